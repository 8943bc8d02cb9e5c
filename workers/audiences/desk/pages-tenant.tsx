// One workspace of Split: whether its key works, what waits for it, and the form for another key. No page holds a key.
import { Card, Facts, Field, Form, Head, Id, Note, State, Time } from "../../../src/shared/page/kit.ts";
import type { Pages, Show, Text, View } from "../../../src/shared/page/kit.ts";
import type { TenantView } from "../schema.ts";
import { getTenant, replaceKey } from "../service-tenants.ts";
import { PATH, TITLE, refusedSays, tenantPath } from "./pages-parts.tsx";
import { keyOf } from "./service-lists.ts";
import { shortId } from "./service-needs.ts";
import { withWaiting } from "./service.ts";
import type { Desk } from "./service.ts";
import { TENANT_WORDS, splitSaid } from "./words.ts";

const T = {
  title: (id: string): Text => ({ en: `Workspace ${id}`, pt: `Workspace ${id}` }),
  works: { en: "Split takes the key.", pt: "O Split aceita a chave." },
  said: (words: string): Text => ({ en: `Split said: “${words}”.`, pt: `O Split disse: “${words}”.` }),
  asks: {
    en: "It is asked once a minute whether the key works again.",
    pt: "A cada minuto se pergunta a ele se a chave voltou a funcionar.",
  },
  workspace: { en: "Workspace", pt: "Workspace" },
  segments: { en: "Segments", pt: "Segmentos" },
  waiting: { en: "Waiting", pt: "À espera" },
  since: { en: "In this state since", pt: "Neste estado desde" },
  seeSegments: { en: "See its segments", pt: "Ver os segmentos" },
  replace: { en: "Give another key", pt: "Informar outra chave" },
  key: { en: "Admin API key of Split", pt: "Chave Admin API do Split" },
  hint: {
    en: "It is sealed when stored and never shown again. The present one goes on until Split has taken this one.",
    pt: "É selada ao guardar e nunca mais exibida. A atual continua valendo até o Split aceitar esta.",
  },
  save: { en: "Try and store", pt: "Testar e guardar" },
  taken: {
    en: "Split takes the key. What waited goes out now.",
    pt: "O Split aceita a chave. O que esperava sai agora.",
  },
  candidate: {
    en: "The key is stored and tried with the next call; if Split refuses it, the present one goes on.",
    pt: "A chave está guardada e será testada na próxima chamada; se o Split a recusar, a atual continua.",
  },
  still: (words: string): Text => ({
    en: `Split refuses this key as well: ${words}`,
    pt: `O Split também recusa esta chave: ${words}`,
  }),
};

function says(v: View, { state, since, pending }: TenantView): string {
  if (state === "ok") return v.t(T.works);
  return refusedSays(v, Date.parse(since), pending);
}

/** Adds the page of one workspace and its form. */
export function addTenantPage(pages: Pages, desk: Desk): void {
  const one: Show = async (v, c) => {
    const op = desk.open(v);
    const asked = getTenant(op, c.req.param("workspaceId") ?? "");
    const [tenant] = await withWaiting(
      desk,
      op,
      asked.then((one) => [one]),
    );
    if (tenant === undefined) throw new Error("a tenant was asked for, and none came");
    const { workspaceId, state, lastError } = tenant;
    const title = v.t(T.title(shortId(workspaceId)));
    return {
      title: `${title} · ${v.t(TITLE)}`,
      body: (
        <>
          <Head
            title={title}
            trail={[{ label: v.t(TITLE), href: PATH }]}
            says={
              <>
                <State tone={TENANT_WORDS[state].tone}>{v.t(TENANT_WORDS[state].word)}</State> {says(v, tenant)}
              </>
            }
          >
            <a class="button" href={`${PATH}?workspace_id=${encodeURIComponent(workspaceId)}#segments`}>
              {v.t(T.seeSegments)}
            </a>
          </Head>
          {lastError !== null && (
            <Note tone={state === "ok" ? "warn" : "bad"}>
              {v.t(T.said(splitSaid(lastError)))} {state !== "ok" && v.t(T.asks)}
            </Note>
          )}
          <Card>
            <Facts
              facts={[
                { name: v.t(T.segments), value: v.number(tenant.segments) },
                { name: v.t(T.waiting), value: v.number(tenant.pending) },
                { name: v.t(T.since), value: <Time v={v} at={Date.parse(tenant.since)} /> },
              ]}
            />
            <small>
              {v.t(T.workspace)} <Id value={workspaceId} />
            </small>
          </Card>
          {v.can("audiences:write") && (
            <Card title={v.t(T.replace)}>
              <Form v={v} to={tenantPath(workspaceId)}>
                <Field
                  v={v}
                  name="apiToken"
                  label={v.t(T.key)}
                  type="password"
                  hint={v.t(T.hint)}
                  autocomplete="new-password"
                  required
                />
                <button class="primary">{v.t(T.save)}</button>
              </Form>
            </Card>
          )}
        </>
      ),
    };
  };
  pages.show(`${PATH}/tenants/:workspaceId`, "audiences:read", one);

  pages.act(
    `${PATH}/tenants/:workspaceId`,
    "audiences:write",
    async (v, form, c) => {
      const op = desk.open(v);
      const apiToken = keyOf(form.exact("apiToken"));
      const before = await getTenant(op, c.req.param("workspaceId") ?? "");
      const { workspaceId } = before;
      const { state } = await replaceKey(op, workspaceId, apiToken);
      const to = tenantPath(workspaceId);
      if (state === "needs_credentials") {
        const { lastError } = await getTenant(op, workspaceId);
        return { to, says: v.t(T.still(splitSaid(lastError ?? "HTTP 401"))), tone: "bad" };
      }
      return { to, says: v.t(before.state === "ok" ? T.candidate : T.taken) };
    },
    one,
  );
}
