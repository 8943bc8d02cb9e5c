// Messages that a queue gave up: why, what they hold, and the button that sends them again.
import {
  Card,
  Empty,
  Form,
  Head,
  Id,
  Pager,
  Table,
  Time,
  inReadersWords,
  newPages,
} from "../../../src/shared/page/kit.ts";
import type { Show, Plural, Text } from "../../../src/shared/page/kit.ts";
import { changeOf } from "../change.ts";
import { parkedPage, replay } from "./service.ts";

const PATH = "/console/parked";
/** One press replays the page, and a replay takes at most 100. */
const PAGE_SIZE = 50;

const T = {
  title: { en: "Parked messages", pt: "Mensagens separadas" },
  says: {
    en: "What a queue could not deliver after all its tries is set aside here, never dropped. A replay sends it once more; what was already counted counts once.",
    pt: "O que uma fila não conseguiu entregar depois de todas as tentativas é separado aqui e nunca se perde. Reenviar tenta de novo; o que já contou conta uma vez só.",
  },
  waiting: { en: "Waiting", pt: "À espera" },
  replayed: { en: "Replayed", pt: "Reenviadas" },
  none: { en: "Nothing is parked.", pt: "Nada foi separado." },
  noneReplayed: { en: "Nothing was replayed yet.", pt: "Nada foi reenviado ainda." },
  pick: { en: "Pick", pt: "Escolher" },
  when: { en: "Parked", pt: "Desde" },
  queue: { en: "Queue", pt: "Fila" },
  reason: { en: "Reason", pt: "Motivo" },
  message: { en: "Message", pt: "Mensagem" },
  body: { en: "What it holds", pt: "Conteúdo" },
  replay: { en: "Replay those picked", pt: "Reenviar as escolhidas" },
  replayAll: (n: string): Plural => [
    { en: "Replay the one on this page", pt: "Reenviar a desta página" },
    { en: `Replay all ${n} on this page`, pt: `Reenviar as ${n} desta página` },
  ],
  sent: [
    { en: "message was sent again.", pt: "mensagem foi reenviada." },
    { en: "messages were sent again.", pt: "mensagens foram reenviadas." },
  ] satisfies Plural,
  kept: [
    {
      en: "stays parked: its queue is not known or did not take it.",
      pt: "continua separada: a fila não é conhecida ou não a aceitou.",
    },
    {
      en: "stay parked: their queue is not known or did not take them.",
      pt: "continuam separadas: a fila não é conhecida ou não as aceitou.",
    },
  ] satisfies Plural,
  nothing: { en: "Pick at least one message.", pt: "Escolha ao menos uma mensagem." },
};

const REASONS: Readonly<Record<string, Text>> = {
  malformed: { en: "not readable", pt: "ilegível" },
  retries_exhausted: { en: "all tries failed", pt: "todas as tentativas falharam" },
};

/** The page of parked messages. */
export const parkedPages = newPages();

const list: Show = async (v) => {
  const query = v.url.searchParams;
  const replayed = query.get("replayed") === "true";
  const [queue, reason] = ["queue", "reason"].map((name) => query.get(name) || undefined);
  const { items, nextCursor } = await parkedPage(
    v.env,
    { queue, reason, replayed },
    PAGE_SIZE,
    query.get("cursor") ?? undefined,
  );
  const pickable = !replayed && v.can("jobs:write");
  const rows = items.map((item) => [
    ...(pickable
      ? [<input type="checkbox" name="ids" value={item.id} aria-label={`${v.t(T.pick)} ${item.id}`} />]
      : []),
    <Time v={v} at={Date.parse(item.parkedAt)} />,
    item.queue,
    <>
      {REASONS[item.reason] === undefined ? item.reason : v.t(REASONS[item.reason]!)}
      {item.reason !== "retries_exhausted" && (
        <>
          <br />
          <small>{inReadersWords(v, { code: "not_found", detail: item.detail, errors: undefined }).detail}</small>
        </>
      )}
    </>,
    <Id value={item.id} />,
    <details>
      <summary>{v.t(T.message)}</summary>
      <code class="whole">{item.excerpt}</code>
    </details>,
  ]);
  const columns = [
    ...(pickable ? [v.t(T.pick)] : []),
    v.t(T.when),
    v.t(T.queue),
    { name: v.t(T.reason), kind: "wrap" as const },
    v.t(T.message),
    { name: v.t(T.body), kind: "wrap" as const },
  ];
  const table = (
    <Table
      label={v.t(T.title)}
      columns={columns}
      rows={rows}
      empty={<Empty says={v.t(replayed ? T.noneReplayed : T.none)} />}
    />
  );
  const tab = (to: string, text: Text, current: boolean) => (
    <a class="button icon" href={to} aria-current={current ? "page" : undefined}>
      {v.t(text)}
    </a>
  );
  return {
    title: v.t(T.title),
    body: (
      <>
        <Head title={v.t(T.title)} says={v.t(T.says)}>
          {tab(PATH, T.waiting, !replayed)}
          {tab(`${PATH}?replayed=true`, T.replayed, replayed)}
        </Head>
        <Card plain>
          {pickable && items.length > 0 ? (
            <Form v={v} to={`${PATH}/replay${v.url.search}`} class="plain-form">
              {table}
              <div class="row foot-row">
                <button>{v.t(T.replay)}</button>
                <button class="primary" name="all" value={items.map(({ id }) => id).join(",")}>
                  {v.plural(items.length, ...T.replayAll(v.number(items.length)))}
                </button>
              </div>
            </Form>
          ) : (
            table
          )}
          <Pager v={v} next={nextCursor} />
        </Card>
      </>
    ),
  };
};

parkedPages.show(PATH, "jobs:read", list);

parkedPages.act(`${PATH}/replay`, "jobs:write", async (v, form, c) => {
  const all = form.text("all");
  const ids = all === "" ? form.all("ids") : all.split(",");
  const to = PATH + v.url.search;
  if (ids.length === 0) return { to, says: v.t(T.nothing), tone: "warn" };
  const { replayed, failed } = await replay(changeOf(c), ids);
  const sent = v.count(replayed.length, ...T.sent);
  if (failed.length === 0) return { to, says: sent };
  return { to, says: `${sent} ${v.count(failed.length, ...T.kept)}`, tone: "warn" };
});
