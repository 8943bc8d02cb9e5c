// What belongs to a store besides its rule: name, domains, its relations to networks, and its end.
import {
  Card,
  Danger,
  Empty,
  Field,
  Form,
  Head,
  PostButton,
  State,
  Table,
  Time,
} from "../../../src/shared/page/kit.ts";
import type { Act, Child, Pages, Show, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import { relationBody, relationPatch, storePatch } from "../catalogue/schema.ts";
import type { RelationView, StoreView } from "../catalogue/schema.ts";
import { addRelation, changeRelation, removeRelation } from "../catalogue/service-relations.ts";
import { changeStore, deleteStore, getStore } from "../catalogue/service-stores.ts";
import { NETWORKS } from "../networks.ts";
import { home } from "./pages-links.tsx";
import { linesOfParameters, relationFields } from "./relation-fields.ts";
import { checked } from "./service.ts";
import type { Desk } from "./service.ts";
import { readStoreId } from "./service-reading.ts";
import { NETWORK_TITLES, RELATION_STATES } from "./words.ts";

const STORES = "/console/clickouts/stores";

const T = {
  stores: { en: "Stores", pt: "Lojas" },
  edit: { en: "Edit", pt: "Editar" },
  editOf: (name: string): Text => ({ en: `Edit ${name}`, pt: `Editar ${name}` }),
  says: {
    en: "A change is in use everywhere within a minute and a half. Clicks of before keep what they were.",
    pt: "Uma mudança vale em toda parte em até um minuto e meio. Os cliques de antes ficam como foram.",
  },
  name: { en: "Name", pt: "Nome" },
  rename: { en: "Rename", pt: "Renomear" },
  renamed: { en: "The store is renamed.", pt: "A loja foi renomeada." },
  domains: { en: "Domains", pt: "Domínios" },
  noDomains: {
    en: "No domain yet: no visit can reach this store. Add one below.",
    pt: "Nenhum domínio ainda: nenhuma visita chega a esta loja. Adicione um abaixo.",
  },
  addDomain: { en: "Add a domain", pt: "Adicionar domínio" },
  addDomainHint: { en: "Without www; its subdomains count too.", pt: "Sem www; os subdomínios também contam." },
  addIt: { en: "Add", pt: "Adicionar" },
  domainAdded: (domain: string): Text => ({
    en: `${domain} belongs to this store now.`,
    pt: `${domain} agora é desta loja.`,
  }),
  domainRemoved: (domain: string): Text => ({ en: `${domain} is removed.`, pt: `${domain} foi tirado.` }),
  remove: { en: "Remove", pt: "Tirar" },
  removeDomain: { en: "Remove this domain", pt: "Tirar este domínio" },
  removeDomainSays: (domain: string): Text => ({
    en: `Visits to ${domain} get “not found” within a minute and a half, unless another store takes it.`,
    pt: `As visitas a ${domain} recebem “não encontrada” em até um minuto e meio, a menos que outra loja o assuma.`,
  }),
  relations: { en: "Networks that know this store", pt: "Redes que conhecem esta loja" },
  noRelations: { en: "No network knows this store yet.", pt: "Nenhuma rede conhece esta loja ainda." },
  network: { en: "Network", pt: "Rede" },
  externalId: { en: "Its id there", pt: "O id dela lá" },
  state: { en: "State", pt: "Situação" },
  since: { en: "Since", pt: "Desde" },
  parameters: { en: "Parameters of Direto", pt: "Parâmetros do Direto" },
  parametersHint: {
    en: "Only for Direto: name=value, one a line. {click} becomes the click id.",
    pt: "Só para Direto: nome=valor, um por linha. {click} vira o id de clique.",
  },
  actions: { en: "Actions", pt: "Ações" },
  leave: { en: "Set to left", pt: "Marcar que saiu" },
  join: { en: "Set to joined", pt: "Marcar como parceira" },
  stateSet: { en: "The relation is changed.", pt: "A relação foi alterada." },
  addRelation: { en: "Add a network", pt: "Adicionar rede" },
  added: {
    en: "The network knows the store now. Put it into the rule to have it asked.",
    pt: "A rede agora conhece a loja. Coloque-a na regra para que seja consultada.",
  },
  deleteRelation: { en: "Delete", pt: "Excluir" },
  deleteRelationIt: { en: "Delete this relation", pt: "Excluir esta relação" },
  deleteRelationSays: (network: string): Text => ({
    en: `${network} forgets this store; sales of its past clicks go on being attributed.`,
    pt: `${network} esquece esta loja; as vendas dos cliques passados continuam sendo atribuídas.`,
  }),
  relationGone: { en: "The relation is deleted.", pt: "A relação foi excluída." },
  end: { en: "Delete the store", pt: "Excluir a loja" },
  endIt: { en: "Delete this store", pt: "Excluir esta loja" },
  endSays: (domains: string, rules: string): Text => ({
    en: `Its ${domains} and ${rules} go with it, and its number is never used again. A store that has clicks is not deleted: its reports need it.`,
    pt: `Vão junto ${domains} e ${rules}, e o número dela nunca é reutilizado. Uma loja com cliques não é excluída: os relatórios precisam dela.`,
  }),
  gone: (name: string): Text => ({ en: `${name} is deleted.`, pt: `${name} foi excluída.` }),
};

const DOMAIN: Plural = [
  { en: "domain", pt: "domínio" },
  { en: "domains", pt: "domínios" },
];
const RELATION: Plural = [
  { en: "relation", pt: "relação" },
  { en: "relations", pt: "relações" },
];

const pathOf = (storeId: number, what = "") => `${STORES}/${storeId}/edit${what}`;

function RelationActions({ v, store, relation }: { v: View; store: StoreView; relation: RelationView }) {
  const fields = { relationId: String(relation.relationId) };
  const joined = relation.state === "joined";
  return (
    <span class="row">
      <PostButton
        v={v}
        to={pathOf(store.storeId, "/relation/state")}
        label={v.t(joined ? T.leave : T.join)}
        fields={{ ...fields, state: joined ? "left" : "joined" }}
        class="icon"
      />
      <Danger
        v={v}
        to={pathOf(store.storeId, "/relation/delete")}
        label={v.t(T.deleteRelation)}
        says={v.t(T.deleteRelationSays(NETWORK_TITLES[relation.network]))}
        confirm={v.t(T.deleteRelationIt)}
        fields={fields}
      />
    </span>
  );
}

function Relations({ v, store }: { v: View; store: StoreView }) {
  const rows = store.networks.map((relation): Child[] => {
    const { tone, word } = RELATION_STATES[relation.state];
    const parameters = linesOfParameters(relation.settings.parameters);
    return [
      <b>{NETWORK_TITLES[relation.network]}</b>,
      <>
        <code>{relation.externalId || "–"}</code>
        {parameters !== "" && <small title={parameters}> {parameters.split("\n").join(", ")}</small>}
      </>,
      <State tone={tone}>{v.t(word)}</State>,
      <Time v={v} at={Date.parse(relation.since)} />,
      <RelationActions v={v} store={store} relation={relation} />,
    ];
  });
  const columns = [
    v.t(T.network),
    { name: v.t(T.externalId), kind: "wrap" as const },
    v.t(T.state),
    v.t(T.since),
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  const networks = NETWORKS.map((network) => ({ value: network, label: NETWORK_TITLES[network] }));
  return (
    <Card title={v.t(T.relations)} id="relations" plain>
      <Table label={v.t(T.relations)} columns={columns} rows={rows} empty={<Empty says={v.t(T.noRelations)} />} />
      <div class="padded">
        <Form v={v} to={pathOf(store.storeId, "/relation")}>
          <div class="fields">
            <Field v={v} name="network" type="select" label={v.t(T.network)} options={networks} />
            <Field v={v} name="externalId" label={v.t(T.externalId)} more={{ maxlength: "64" }} />
            <Field
              v={v}
              name="settings"
              type="textarea"
              label={v.t(T.parameters)}
              hint={v.t(T.parametersHint)}
              more={{ rows: "2" }}
            />
          </div>
          <button>{v.t(T.addRelation)}</button>
        </Form>
      </div>
    </Card>
  );
}

function Domains({ v, store }: { v: View; store: StoreView }) {
  const rows = store.domains.map((domain): Child[] => [
    <code>{domain}</code>,
    <Danger
      v={v}
      to={pathOf(store.storeId, "/domain/remove")}
      label={v.t(T.remove)}
      says={v.t(T.removeDomainSays(domain))}
      confirm={v.t(T.removeDomain)}
      fields={{ domain }}
    />,
  ]);
  const columns = [v.t(T.domains), { name: v.t(T.actions), kind: "actions" as const }];
  return (
    <Card title={v.t(T.domains)} id="domains" plain>
      <Table label={v.t(T.domains)} columns={columns} rows={rows} empty={<Empty says={v.t(T.noDomains)} />} />
      <div class="padded">
        <Form v={v} to={pathOf(store.storeId, "/domain")}>
          <Field
            v={v}
            name="addDomains"
            label={v.t(T.addDomain)}
            hint={v.t(T.addDomainHint)}
            required
            more={{ maxlength: "300" }}
          />
          <button>{v.t(T.addIt)}</button>
        </Form>
      </div>
    </Card>
  );
}

function edit(desk: Desk): Show {
  return async (v, c) => {
    const store = await getStore(desk.open(v), readStoreId(c.req.param("id")));
    const counts = [v.count(store.domains.length, ...DOMAIN), v.count(store.networks.length, ...RELATION)] as const;
    return {
      title: v.t(T.editOf(store.name)),
      body: (
        <>
          <Head
            title={v.t(T.editOf(store.name))}
            trail={[
              home(v),
              { label: v.t(T.stores), href: STORES },
              { label: store.name, href: `${STORES}/${store.storeId}` },
            ]}
            says={v.t(T.says)}
          />
          <div class="cols">
            <Domains v={v} store={store} />
            <Card title={v.t(T.name)}>
              <Form v={v} to={pathOf(store.storeId, "/name")}>
                <Field v={v} name="name" label={v.t(T.name)} value={store.name} required more={{ maxlength: "200" }} />
                <button>{v.t(T.rename)}</button>
              </Form>
            </Card>
          </div>
          <Relations v={v} store={store} />
          <div>
            <Danger
              v={v}
              to={pathOf(store.storeId, "/delete")}
              label={v.t(T.end)}
              says={v.t(T.endSays(...counts))}
              confirm={v.t(T.endIt)}
            />
          </div>
        </>
      ),
    };
  };
}

/** Adds the page and its forms. */
export function addEditPages(pages: Pages, desk: Desk): void {
  const show = edit(desk);
  const path = `${STORES}/:id/edit`;
  const write = "clickouts:write";
  pages.show(path, write, show);
  const act = (what: string, does: Act) => pages.act(path + what, write, does, show);
  act("/name", async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    await changeStore(desk.open(v), storeId, checked(storePatch, { name: form.text("name") }));
    return { to: pathOf(storeId), says: v.t(T.renamed) };
  });
  act("/domain", async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    const domain = form.text("addDomains");
    const store = await changeStore(desk.open(v), storeId, checked(storePatch, { addDomains: [domain] }));
    const added = store.domains.find((known) => known === domain.toLowerCase()) ?? domain;
    return { to: pathOf(storeId), says: v.t(T.domainAdded(added)) };
  });
  act("/domain/remove", async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    const domain = form.text("domain");
    await changeStore(desk.open(v), storeId, checked(storePatch, { removeDomains: [domain] }));
    return { to: pathOf(storeId), says: v.t(T.domainRemoved(domain)) };
  });
  act("/relation", async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    const fields = relationFields(form.text("network"), form.text("externalId"), form.text("settings"));
    await addRelation(desk.open(v), storeId, checked(relationBody, fields));
    return { to: pathOf(storeId), says: v.t(T.added) };
  });
  act("/relation/state", async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    const patch = checked(relationPatch, { state: form.text("state") });
    await changeRelation(desk.open(v), storeId, Number(form.text("relationId")), patch);
    return { to: pathOf(storeId), says: v.t(T.stateSet) };
  });
  act("/relation/delete", async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    await removeRelation(desk.open(v), storeId, Number(form.text("relationId")));
    return { to: pathOf(storeId), says: v.t(T.relationGone) };
  });
  act("/delete", async (v, _form, c) => {
    const op = desk.open(v);
    const { storeId, name } = await getStore(op, readStoreId(c.req.param("id")));
    await deleteStore(op, storeId);
    return { to: STORES, says: v.t(T.gone(name)) };
  });
}
