// Search: one id, and what every system of the house knows of it.
import { AppError } from "../../../src/shared/errors.ts";
import { Card, Empty, Head, Table, Tag, Time, askAll, newPages } from "../../../src/shared/page/kit.ts";
import type { Child, Plural, Text } from "../../../src/shared/page/kit.ts";

const MAX_LENGTH = 100;

const T = {
  title: { en: "Search", pt: "Procura" },
  nothing: {
    en: "No system knows this id. It must be whole: a click, purchase, contact, user or request id, or an MPID.",
    pt: "Nenhum sistema conhece este id. Ele precisa estar inteiro: id de clique, compra, contato, usuário ou requisição, ou um MPID.",
  },
  ask: { en: "Type an id in the box above.", pt: "Digite um id na caixa acima." },
  found: { en: "Found", pt: "Encontrado" },
  what: { en: "What", pt: "O quê" },
  where: { en: "Where", pt: "Onde" },
  detail: { en: "Detail", pt: "Detalhe" },
  when: { en: "When", pt: "Quando" },
  many: (count: string): Text => ({ en: `${count} for`, pt: `${count} para` }),
};

const RESULT: Plural = [
  { en: "result", pt: "resultado" },
  { en: "results", pt: "resultados" },
];

/** The page of a search. */
export const findPages = newPages();

findPages.show("/console/find", null, async (v, c) => {
  const id = (v.url.searchParams.get("id") ?? "").trim();
  if (id.length > MAX_LENGTH) throw new AppError("invalid_request", { retry: false, detail: "No id is this long." });
  const answers = id === "" ? [] : await askAll(c.get("house").systems, v, (system) => system.find?.(v, id));
  const rows = answers.flatMap(({ system, answer }) =>
    answer.map((found): Child[] => [
      found.atMs === undefined ? "" : <Time v={v} at={found.atMs} />,
      <Tag>{found.kind}</Tag>,
      found.href === undefined ? <b>{found.title}</b> : <a href={found.href}>{found.title}</a>,
      found.detail ?? "",
      system.nav?.[0] === undefined || system.name === "console" ? system.name : v.t(system.nav[0].label),
    ]),
  );
  const columns = [
    v.t(T.when),
    v.t(T.what),
    v.t(T.found),
    { name: v.t(T.detail), kind: "wrap" as const },
    v.t(T.where),
  ];
  const says =
    id === "" ? (
      v.t(T.ask)
    ) : (
      <>
        {v.t(T.many(v.count(rows.length, ...RESULT)))} <code class="whole">{id}</code>
      </>
    );
  return {
    title: id === "" ? v.t(T.title) : `${id} · ${v.t(T.title)}`,
    body: (
      <>
        <Head title={v.t(T.title)} says={says} />
        {id !== "" && (
          <Card plain>
            <Table label={v.t(T.title)} columns={columns} rows={rows} empty={<Empty says={v.t(T.nothing)} />} />
          </Card>
        )}
      </>
    ),
  };
});
