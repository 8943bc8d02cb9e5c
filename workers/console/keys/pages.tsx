// Keys: who may call which doors. A new key is shown once, on the page that answers its form.
import { SCOPES } from "../../../src/shared/auth/scopes.ts";
import {
  Card,
  Choices,
  Copyable,
  CsvLink,
  Danger,
  Empty,
  Field,
  Form,
  Head,
  Note,
  Pager,
  Table,
  Tag,
  Time,
  newPages,
} from "../../../src/shared/page/kit.ts";
import type { Show, Text } from "../../../src/shared/page/kit.ts";
import { changeOf } from "../change.ts";
import { keysPage, makeKey, removeKey } from "./service.ts";

const PATH = "/console/keys";
const PAGE_SIZE = 50;

const T = {
  title: { en: "Keys", pt: "Chaves" },
  says: {
    en: "A key lets a person or a system in, with the scopes it was given. Only a hash of it is kept.",
    pt: "Uma chave deixa entrar uma pessoa ou um sistema, com os escopos que recebeu. Só um hash dela é guardado.",
  },
  sessions: { en: "Who is signed in", pt: "Quem está conectado" },
  present: { en: "Keys in use", pt: "Chaves em uso" },
  none: {
    en: "There is no key yet. Make your own below, then use the admin token only in an emergency.",
    pt: "Ainda não há chaves. Crie a sua abaixo e deixe o token de administração para emergências.",
  },
  make: { en: "Make a key", pt: "Criar chave" },
  name: { en: "Name", pt: "Nome" },
  nameHint: { en: "Who or what uses it: “marina”, “shop back end”.", pt: "Quem ou o que a usa: “marina”, “loja”." },
  scopes: { en: "May do", pt: "Pode" },
  everything: { en: "everything", pt: "tudo" },
  expires: { en: "Ends on", pt: "Válida até" },
  expiresHint: { en: "Optional. At the end of this day, in UTC.", pt: "Opcional. Até o fim deste dia, em UTC." },
  begins: { en: "Begins with", pt: "Começa com" },
  made: { en: "Made", pt: "Criada" },
  used: { en: "Last used", pt: "Último uso" },
  never: { en: "never", pt: "nunca" },
  actions: { en: "Actions", pt: "Ações" },
  revoke: { en: "Revoke", pt: "Revogar" },
  revokeIt: { en: "Revoke this key", pt: "Revogar esta chave" },
  revokeSays: (name: string): Text => ({
    en: `Calls with “${name}” and its sessions here end within two minutes. This cannot be undone.`,
    pt: `As chamadas com “${name}” e suas sessões aqui terminam em até dois minutos. Não há como desfazer.`,
  }),
  revoked: { en: "The key is revoked.", pt: "A chave foi revogada." },
  shown: {
    en: "This key is shown only now. Copy it to where you keep passwords.",
    pt: "Esta chave só aparece agora. Copie-a para onde você guarda suas senhas.",
  },
  back: { en: "Done, it is copied", pt: "Pronto, já copiei" },
};

/** The pages of keys. */
export const keyPages = newPages();

const keys: Show = async (v) => {
  const { items, nextCursor } = await keysPage(v.env, PAGE_SIZE, v.url.searchParams.get("cursor") ?? undefined);
  const when = (time: string | null) => (time === null ? v.t(T.never) : <Time v={v} at={Date.parse(time)} />);
  const mayWrite = v.can("keys:write");
  const rows = items.map((key) => [
    <b>{key.name}</b>,
    <code>{key.prefix}…</code>,
    <span class="row">
      {key.scopes.map((scope) => (
        <Tag>{scope === "*" ? v.t(T.everything) : scope}</Tag>
      ))}
    </span>,
    when(key.createdAt),
    when(key.lastUsedAt),
    key.expiresAt === null ? v.t(T.never) : <Time v={v} at={Date.parse(key.expiresAt)} style="date" />,
    mayWrite && (
      <Danger
        v={v}
        to={`${PATH}/revoke`}
        label={v.t(T.revoke)}
        says={v.t(T.revokeSays(key.name))}
        confirm={v.t(T.revokeIt)}
        fields={{ id: key.id }}
      />
    ),
  ]);
  const columns = [
    v.t(T.name),
    v.t(T.begins),
    { name: v.t(T.scopes), kind: "wrap" as const },
    v.t(T.made),
    v.t(T.used),
    v.t(T.expires),
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  return {
    title: v.t(T.title),
    body: (
      <>
        <Head title={v.t(T.title)} says={v.t(T.says)}>
          <a class="button" href="/console/sessions">
            {v.t(T.sessions)}
          </a>
        </Head>
        <Card title={v.t(T.present)} plain aside={items.length > 0 && <CsvLink path="/api/keys.csv" />}>
          <Table label={v.t(T.present)} columns={columns} rows={rows} empty={<Empty says={v.t(T.none)} />} />
          <Pager v={v} next={nextCursor} />
        </Card>
        {mayWrite && (
          <Card title={v.t(T.make)} id="make">
            <Form v={v} to={PATH}>
              <div class="fields">
                <Field
                  v={v}
                  name="name"
                  label={v.t(T.name)}
                  hint={v.t(T.nameHint)}
                  required
                  more={{ maxlength: "100" }}
                />
                <Field v={v} name="expiresAt" type="date" label={v.t(T.expires)} hint={v.t(T.expiresHint)} />
              </div>
              <Choices
                v={v}
                name="scopes"
                label={v.t(T.scopes)}
                options={SCOPES.filter(v.can).map((scope) => ({
                  value: scope,
                  label: scope === "*" ? <b>{v.t(T.everything)}</b> : <code>{scope}</code>,
                }))}
              />
              <button class="primary">{v.t(T.make)}</button>
            </Form>
          </Card>
        )}
      </>
    ),
  };
};

keyPages.show(PATH, "keys:read", keys);

keyPages.act(
  PATH,
  "keys:write",
  async (v, form, c) => {
    const day = form.text("expiresAt");
    const expiresAt = day === "" ? null : `${day}T23:59:59Z`;
    const made = await makeKey(changeOf(c), { name: form.text("name"), scopes: form.all("scopes"), expiresAt });
    return {
      title: v.t(T.title),
      body: (
        <>
          <Head title={made.name} trail={[{ label: v.t(T.title), href: PATH }]} />
          <Note tone="ok" live>
            {v.t(T.shown)}
          </Note>
          <Card>
            <Copyable v={v} text={made.key} />
            <div class="row">
              <a class="button primary" href={PATH}>
                {v.t(T.back)}
              </a>
            </div>
          </Card>
        </>
      ),
    };
  },
  keys,
);

keyPages.act(`${PATH}/revoke`, "keys:write", async (v, form, c) => {
  await removeKey(changeOf(c), form.text("id"));
  return { to: PATH, says: v.t(T.revoked) };
});
