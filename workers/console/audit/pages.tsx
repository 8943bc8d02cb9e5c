// Audit: who changed what, and when. Filters are in the URL; nothing here can be changed.
import {
  Card,
  CsvLink,
  Diff,
  Empty,
  Filters,
  Head,
  Id,
  Pager,
  Table,
  Time,
  newPages,
} from "../../../src/shared/page/kit.ts";
import type { Child, View } from "../../../src/shared/page/kit.ts";
import { AppError } from "../../../src/shared/errors.ts";
import { auditQuery } from "./schema.ts";
import type { Json } from "./schema.ts";
import { actorNames, auditPage } from "./service.ts";

const PATH = "/console/audit";
const PAGE_SIZE = 50;
/** Longer values are cut: the CSV has them whole. */
const MAX_SHOWN = 160;

const T = {
  title: { en: "Audit", pt: "Auditoria" },
  says: {
    en: "Every change that a person or a job made, newest first.",
    pt: "Tudo o que uma pessoa ou tarefa mudou, do mais novo ao mais antigo.",
  },
  when: { en: "When", pt: "Quando" },
  who: { en: "Who", pt: "Quem" },
  action: { en: "Action", pt: "Ação" },
  subject: { en: "What", pt: "O quê" },
  change: { en: "Change", pt: "Mudança" },
  request: { en: "Request", pt: "Requisição" },
  from: { en: "From (UTC)", pt: "De (UTC)" },
  to: { en: "Until (UTC)", pt: "Até (UTC)" },
  all: { en: "Show all", pt: "Mostrar tudo" },
  none: { en: "No change fits.", pt: "Nenhuma mudança corresponde." },
  actorHint: { en: "root, key:…", pt: "root, key:…" },
  actionHint: { en: "credential.put", pt: "credential.put" },
};

/** The page of the audit. */
export const auditPages = newPages();

/** Its filters from the URL: days begin and end in UTC. */
function filtersOf(v: View) {
  const text = (name: string) => v.url.searchParams.get(name)?.trim() || undefined;
  const day = (name: string, time: string) => (text(name) === undefined ? undefined : `${text(name)}T${time}Z`);
  const given = {
    actor: text("actor"),
    action: text("action"),
    request_id: text("request_id"),
    from: day("from", "00:00:00"),
    to: day("to", "23:59:59"),
  };
  const read = auditQuery.safeParse(given);
  if (read.success) return read.data;
  throw new AppError("invalid_request", { retry: false, detail: "A filter is not valid." });
}

const written = (value: Json | undefined): string => {
  if (value === null || value === undefined) return "";
  const plain = Array.isArray(value) && value.every((one) => typeof one === "string");
  const text = typeof value === "string" ? value : plain ? value.join(", ") : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

const fieldsOf = (value: Json): Record<string, Json> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;

/** What changed: field by field where both sides have fields. */
function Change({ before, after }: { before: Json; after: Json }) {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  if (was === null && is === null) return <Diff from={written(before)} to={written(after)} />;
  const names = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])];
  const changed = names.map((name) => ({ name, from: written(was?.[name]), to: written(is?.[name]) }));
  return (
    <ul class="changes">
      {changed
        .filter(({ from, to }) => from !== to)
        .map(({ name, from, to }) => (
          <li>
            <small>{name}</small> <Diff from={from} to={to} />
          </li>
        ))}
    </ul>
  );
}

auditPages.show(PATH, "audit:read", async (v) => {
  const filters = filtersOf(v);
  const query = v.url.searchParams;
  const [{ items, nextCursor }, names] = await Promise.all([
    auditPage(v.env, filters, PAGE_SIZE, query.get("cursor") ?? undefined),
    actorNames(v.env),
  ]);
  const who = (actor: string): Child => {
    const name = names.get(actor);
    return name === undefined ? <Id value={actor} /> : <span title={actor}>{name}</span>;
  };
  const rows = items.map((item): Child[] => [
    <Time v={v} at={Date.parse(item.at)} />,
    who(item.actor),
    <code>{item.action}</code>,
    <Id value={item.subject} />,
    <Change before={item.before} after={item.after} />,
    item.requestId === null ? "" : <Id value={item.requestId} href={`${PATH}?request_id=${item.requestId}`} />,
  ]);
  const columns = [
    v.t(T.when),
    v.t(T.who),
    v.t(T.action),
    v.t(T.subject),
    { name: v.t(T.change), kind: "wrap" as const },
    v.t(T.request),
  ];
  return {
    title: v.t(T.title),
    body: (
      <>
        <Head title={v.t(T.title)} says={v.t(T.says)}>
          <CsvLink path="/api/audit.csv" query={filters} />
        </Head>
        <Card plain>
          <Filters
            v={v}
            filters={[
              { name: "actor", label: v.t(T.who), placeholder: v.t(T.actorHint) },
              { name: "action", label: v.t(T.action), placeholder: v.t(T.actionHint) },
              { name: "from", type: "date", label: v.t(T.from) },
              { name: "to", type: "date", label: v.t(T.to) },
            ]}
          >
            {query.size > 0 && <a href={PATH}>{v.t(T.all)}</a>}
          </Filters>
          <Table label={v.t(T.title)} columns={columns} rows={rows} empty={<Empty says={v.t(T.none)} />} />
          <Pager v={v} next={nextCursor} />
        </Card>
      </>
    ),
  };
});
