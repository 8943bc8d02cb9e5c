// The form of a new store: its name, its domains, and the networks of its first rule in order.
import { Card, Field, Form, Head } from "../../../src/shared/page/kit.ts";
import type { Pages, Posted, Show, Text } from "../../../src/shared/page/kit.ts";
import { storeBody } from "../catalogue/schema.ts";
import { createStore } from "../catalogue/service-stores.ts";
import { NETWORKS } from "../networks.ts";
import { home } from "./pages-links.tsx";
import { relationFields } from "./relation-fields.ts";
import { checked } from "./service.ts";
import type { Desk } from "./service.ts";
import { NETWORK_TITLES } from "./words.ts";

const PATH = "/console/clickouts/stores";
/** Networks that a new store may be given at once; more are added on its page. */
const FIRST_NETWORKS = 3;

const T = {
  title: { en: "Stores", pt: "Lojas" },
  add: { en: "Add a store", pt: "Adicionar loja" },
  domains: { en: "Domains", pt: "Domínios" },
  name: { en: "Name", pt: "Nome" },
  domainsHint: {
    en: "One a line, without www. Pages of its subdomains count too.",
    pt: "Um por linha, sem www. As páginas dos subdomínios também contam.",
  },
  networksTitle: {
    en: "Networks, in the order they shall be asked",
    pt: "Redes, na ordem em que devem ser consultadas",
  },
  nth: (n: number): Text => ({ en: `Network ${n}`, pt: `Rede ${n}` }),
  nobody: { en: "none", pt: "nenhuma" },
  externalId: { en: "Its id there", pt: "O id dela lá" },
  externalHint: {
    en: "Advertiser (Awin), mid (Rakuten), store (Lomadee) or programme (Afilio).",
    pt: "Anunciante (Awin), mid (Rakuten), loja (Lomadee) ou programa (Afilio).",
  },
  parameters: { en: "Parameters of Direto", pt: "Parâmetros do Direto" },
  parametersHint: {
    en: "Only for Direto: name=value, one a line. {click} becomes the click id.",
    pt: "Só para Direto: nome=valor, um por linha. {click} vira o id de clique.",
  },
  made: (name: string): Text => ({
    en: `${name} is added. All visits know it within a minute and a half.`,
    pt: `${name} foi adicionada. Todas as visitas a conhecem em até um minuto e meio.`,
  }),
};

const form: Show = (v) => {
  const none = { value: "", label: v.t(T.nobody) };
  const networks = NETWORKS.map((network) => ({ value: network, label: NETWORK_TITLES[network] }));
  const numbers = Array.from({ length: FIRST_NETWORKS }, (_, i) => i);
  return {
    title: v.t(T.add),
    body: (
      <>
        <Head title={v.t(T.add)} trail={[home(v), { label: v.t(T.title), href: PATH }]} />
        <Card>
          <Form v={v} to={`${PATH}/new`}>
            <div class="fields">
              <Field v={v} name="name" label={v.t(T.name)} required more={{ maxlength: "200" }} />
              <Field
                v={v}
                name="domains"
                type="textarea"
                label={v.t(T.domains)}
                hint={v.t(T.domainsHint)}
                value={v.url.searchParams.get("domain") ?? ""}
                required
              />
            </div>
            <h3>{v.t(T.networksTitle)}</h3>
            {numbers.map((i) => (
              <div class="fields">
                <Field
                  v={v}
                  name={`networks.${i}.network`}
                  type="select"
                  label={v.t(T.nth(i + 1))}
                  options={[none, ...networks]}
                />
                <Field
                  v={v}
                  name={`networks.${i}.externalId`}
                  label={v.t(T.externalId)}
                  {...(i === 0 ? { hint: v.t(T.externalHint) } : {})}
                  more={{ maxlength: "64" }}
                />
              </div>
            ))}
            <Field v={v} name="parameters" type="textarea" label={v.t(T.parameters)} hint={v.t(T.parametersHint)} />
            <button class="primary">{v.t(T.add)}</button>
          </Form>
        </Card>
      </>
    ),
  };
};

/** The networks of the form, as the door wants them; those that were left at “none” are not there. */
function networksOf(given: Posted): Record<string, unknown>[] {
  const numbers = Array.from({ length: FIRST_NETWORKS }, (_, i) => i);
  return numbers.flatMap((i) => {
    const network = given.text(`networks.${i}.network`);
    if (network === "") return [];
    const fields = relationFields(network, given.text(`networks.${i}.externalId`), given.text("parameters"));
    return [fields];
  });
}

/** Adds the form of a new store. */
export function addNewStorePages(pages: Pages, desk: Desk): void {
  pages.show(`${PATH}/new`, "clickouts:write", form);
  pages.act(
    `${PATH}/new`,
    "clickouts:write",
    async (v, given) => {
      const domains = given
        .text("domains")
        .split(/[\s,;]+/)
        .filter(Boolean);
      const body = checked(storeBody, { name: given.text("name"), domains, networks: networksOf(given) });
      const made = await createStore(desk.open(v), body);
      return { to: `${PATH}/${made.storeId}`, says: v.t(T.made(made.name)) };
    },
    form,
  );
}
