// Credentials of upstreams: what is there and whether it works; enter, test, delete. No page holds a value that was stored.
import {
  Card,
  Danger,
  Empty,
  Facts,
  Field,
  Form,
  Head,
  Note,
  PostButton,
  State,
  Table,
  Time,
  newPages,
} from "../../../src/shared/page/kit.ts";
import type { Child, Show, Text, View } from "../../../src/shared/page/kit.ts";
import { changeOf } from "../change.ts";
import { isNetwork, titleOf } from "./titles.ts";
import { credentialForm, credentialStates, putCredential, removeCredential, testCredential } from "./service.ts";

const PATH = "/console/credentials";

const T = {
  title: { en: "Credentials", pt: "Credenciais" },
  says: {
    en: "With these we sign in at networks and other third parties. They are sealed when stored and never shown again.",
    pt: "Com elas entramos nas redes e em outros parceiros. São seladas ao guardar e nunca mais exibidas.",
  },
  list: { en: "Third parties", pt: "Parceiros" },
  name: { en: "For", pt: "De" },
  state: { en: "State", pt: "Estado" },
  stored: { en: "Stored", pt: "Guardadas" },
  used: { en: "Last used", pt: "Último uso" },
  said: { en: "What it last said", pt: "O que disse por último" },
  actions: { en: "Actions", pt: "Ações" },
  missing: { en: "missing", pt: "faltam" },
  works: { en: "stored", pt: "guardadas" },
  failing: { en: "refused", pt: "recusadas" },
  enter: { en: "Enter credentials", pt: "Informar credenciais" },
  replace: { en: "Replace", pt: "Trocar" },
  open: { en: "Open", pt: "Abrir" },
  add: { en: "Add", pt: "Adicionar" },
  family: (name: string): Text => ({ en: `Add credentials of ${name}`, pt: `Adicionar credenciais de ${name}` }),
  save: { en: "Check and store", pt: "Verificar e guardar" },
  unchecked: { en: "Store without asking the upstream", pt: "Guardar sem consultar o parceiro" },
  uncheckedHint: { en: "For when it is down. Test them later.", pt: "Para quando ele está fora do ar. Teste depois." },
  asks: {
    en: "The upstream is asked before anything is stored; what is there goes on working until then.",
    pt: "O parceiro é consultado antes de guardar; até lá, vale o que já está guardado.",
  },
  saved: (name: string): Text => ({
    en: `The credentials of ${name} are stored.`,
    pt: `As credenciais de ${name} estão guardadas.`,
  }),
  test: { en: "Test", pt: "Testar" },
  testOk: (name: string, detail: string): Text => ({
    en: `${name} takes them: ${detail}`,
    pt: `${name} as aceita: ${detail}`,
  }),
  testBad: (name: string, detail: string): Text => ({
    en: `${name} refuses them: ${detail}`,
    pt: `${name} as recusa: ${detail}`,
  }),
  remove: { en: "Delete", pt: "Excluir" },
  removeIt: { en: "Delete these credentials", pt: "Excluir estas credenciais" },
  removeNetwork: (name: string): Text => ({
    en: `Calls to ${name} stop within a minute and a half; links go to the next network of each rule. You will need the values to undo this.`,
    pt: `As chamadas a ${name} param em até um minuto e meio; os links passam à próxima rede de cada regra. Para desfazer, você vai precisar dos valores.`,
  }),
  removeOther: (name: string): Text => ({
    en: `Calls to ${name} stop; what comes for it is held until there are new ones. You will need the values to undo this.`,
    pt: `As chamadas a ${name} param; o que chegar fica guardado até haver novas. Para desfazer, você vai precisar dos valores.`,
  }),
  removed: (name: string): Text => ({
    en: `The credentials of ${name} are deleted.`,
    pt: `As credenciais de ${name} foram excluídas.`,
  }),
  sealedBy: { en: "Sealed by master key", pt: "Seladas pela chave-mestra" },
  never: { en: "never", pt: "nunca" },
  nothing: { en: "nothing", pt: "nada" },
};

const pathOf = (name: string) => `${PATH}/${encodeURIComponent(name)}`;

/** `publisherId` as a person reads it: `Publisher id`. */
function labelOf(field: string): string {
  const words = field.replaceAll(/([A-Z])/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The pages of credentials. */
export const credentialPages = newPages();

function stateOf(v: View, stored: { lastError: string | null } | undefined): Child {
  if (stored === undefined) return <State tone="idle">{v.t(T.missing)}</State>;
  return stored.lastError === null ? (
    <State tone="ok">{v.t(T.works)}</State>
  ) : (
    <State tone="bad">{v.t(T.failing)}</State>
  );
}

const whenever = (v: View, ms: number | null | undefined): Child =>
  ms === null || ms === undefined ? v.t(T.never) : <Time v={v} at={ms} />;

credentialPages.show(PATH, "credentials:read", async (v) => {
  const states = await credentialStates(v.env);
  const rows = states.flatMap(({ name, stored }): Child[][] => {
    const many = name.includes("<");
    const lines = stored.map((one): Child[] => [
      <a href={pathOf(one.name)}>
        <b>{titleOf(one.name)}</b>
      </a>,
      stateOf(v, one),
      <Time v={v} at={one.updatedAt} />,
      whenever(v, one.lastUsedAt),
      one.lastError ?? "",
      <a class="button icon" href={pathOf(one.name)}>
        {v.t(T.open)}
      </a>,
    ]);
    if (many || stored.length > 0) return lines;
    const enter = (
      <a class="button icon" href={pathOf(name)}>
        {v.t(T.enter)}
      </a>
    );
    const title = (
      <a href={pathOf(name)}>
        <b>{titleOf(name)}</b>
      </a>
    );
    return [[title, stateOf(v, undefined), "", "", "", v.can("credentials:write") && enter]];
  });
  const families = states.map(({ name }) => name).filter((name) => name.includes("<"));
  const columns = [
    v.t(T.name),
    v.t(T.state),
    v.t(T.stored),
    v.t(T.used),
    { name: v.t(T.said), kind: "wrap" as const },
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  return {
    title: v.t(T.title),
    body: (
      <>
        <Head title={v.t(T.title)} says={v.t(T.says)} />
        <Card title={v.t(T.list)} plain>
          <Table label={v.t(T.list)} columns={columns} rows={rows} empty={<Empty says={v.t(T.nothing)} />} />
        </Card>
        {v.can("credentials:write") &&
          families.map((pattern) => {
            const [family = "", parameter = ""] = pattern.replace(/[<>]/g, "").split(":");
            return (
              <Card title={v.t(T.family(titleOf(family)))}>
                <form method="get" action={`${PATH}/of/${family}`} class="row">
                  <input
                    class="grow"
                    name="parameter"
                    required
                    aria-label={labelOf(parameter)}
                    placeholder={labelOf(parameter)}
                  />
                  <button class="primary">{v.t(T.add)}</button>
                </form>
              </Card>
            );
          })}
      </>
    ),
  };
});

credentialPages.routes.get(`${PATH}/of/:family`, (c) =>
  c.redirect(pathOf(`${c.req.param("family")}:${c.req.query("parameter") ?? ""}`), 303),
);

const one: Show = async (v, c) => {
  const name = c.req.param("name") ?? "";
  const { fields, stored } = await credentialForm(v.env, name);
  const title = titleOf(name);
  const mayWrite = v.can("credentials:write");
  return {
    title: `${title} · ${v.t(T.title)}`,
    body: (
      <>
        <Head title={title} trail={[{ label: v.t(T.title), href: PATH }]} says={stateOf(v, stored)}>
          {stored !== undefined && mayWrite && <PostButton v={v} to={`${pathOf(name)}/test`} label={v.t(T.test)} />}
        </Head>
        {stored?.lastError && <Note tone="bad">{v.t(T.testBad(title, stored.lastError))}</Note>}
        {stored !== undefined && (
          <Facts
            facts={[
              { name: v.t(T.stored), value: <Time v={v} at={stored.updatedAt} /> },
              { name: v.t(T.used), value: whenever(v, stored.lastUsedAt) },
              { name: v.t(T.sealedBy), value: stored.keyVersion },
            ]}
          />
        )}
        {mayWrite && (
          <Card title={v.t(stored === undefined ? T.enter : T.replace)} foot={v.t(T.asks)}>
            <Form v={v} to={pathOf(name)}>
              <div class="fields">
                {fields.map((field) => (
                  <Field
                    v={v}
                    name={field.name}
                    label={labelOf(field.name)}
                    type={field.options.length > 0 ? "select" : field.hidden ? "password" : "text"}
                    options={field.options.map((value) => ({ value, label: value }))}
                    autocomplete={field.hidden ? "new-password" : "off"}
                    required
                  />
                ))}
              </div>
              <label class="box">
                <input type="checkbox" name="_unchecked" value="1" />
                <span>
                  {v.t(T.unchecked)}
                  <small>{v.t(T.uncheckedHint)}</small>
                </span>
              </label>
              <div class="row">
                <button class="primary">{v.t(T.save)}</button>
              </div>
            </Form>
          </Card>
        )}
        {stored !== undefined && mayWrite && (
          <div>
            <Danger
              v={v}
              to={`${pathOf(name)}/delete`}
              label={v.t(T.remove)}
              says={v.t(isNetwork(name) ? T.removeNetwork(title) : T.removeOther(title))}
              confirm={v.t(T.removeIt)}
            />
          </div>
        )}
      </>
    ),
  };
};

credentialPages.show(`${PATH}/:name`, "credentials:read", one);

credentialPages.act(
  `${PATH}/:name`,
  "credentials:write",
  async (v, form, c) => {
    const name = c.req.param("name") ?? "";
    const { fields } = await credentialForm(v.env, name);
    const given = Object.fromEntries(fields.map((field) => [field.name, form.exact(field.name)]));
    await putCredential(changeOf(c), name, given, form.text("_unchecked") === "");
    return { to: pathOf(name), says: v.t(T.saved(titleOf(name))) };
  },
  one,
);

credentialPages.act(`${PATH}/:name/test`, "credentials:write", async (v, _form, c) => {
  const name = c.req.param("name") ?? "";
  const { ok, detail } = await testCredential(changeOf(c), name);
  const says = v.t(ok ? T.testOk(titleOf(name), detail) : T.testBad(titleOf(name), detail));
  return { to: pathOf(name), says, tone: ok ? "ok" : "bad" };
});

credentialPages.act(`${PATH}/:name/delete`, "credentials:write", async (v, _form, c) => {
  const name = c.req.param("name") ?? "";
  await removeCredential(changeOf(c), name);
  return { to: PATH, says: v.t(T.removed(titleOf(name))) };
});
