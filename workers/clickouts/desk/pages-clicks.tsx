// Recent clicks with their decision: a list with filters in the address, and one click step by step with what it earned.
import {
  Card,
  Copyable,
  CsvLink,
  Empty,
  EmptyList,
  Facts,
  Head,
  Id,
  ListPage,
  State,
  Steps,
  Table,
  Tag,
  Time,
} from "../../../src/shared/page/kit.ts";
import type { Child, Filter, Pages, Show, Step, Text, View } from "../../../src/shared/page/kit.ts";
import type { ClickRow } from "../clicks/click.ts";
import { listVisits, visitById } from "../clicks/service-visits.ts";
import { clicksQuery } from "./schema.ts";
import type { Desk } from "./service.ts";
import { checked } from "./service.ts";
import { readDays, required } from "./service-reading.ts";
import { salesBearing } from "./service-find.ts";
import { StoreLink, doorQuery, home, namesFor, sharedFilters } from "./pages-links.tsx";
import { SalesTable } from "./pages-sales.tsx";
import { NETWORK_TITLES, NO_LINK, OUTCOMES, SKIPS, SKIPS_SHORT } from "./words.ts";

const PATH = "/console/clickouts/clicks";
const PAGE_SIZE = 50;

const T = {
  title: { en: "Clicks", pt: "Cliques" },
  says: {
    en: "Every visit, newest first, with where it went and why. Without a first day: the last 31 days.",
    pt: "Cada visita, da mais recente à mais antiga, com o destino e o porquê. Sem data inicial: os últimos 31 dias.",
  },
  list: { en: "Clicks", pt: "Cliques" },
  none: { en: "No click matches.", pt: "Nenhum clique corresponde." },
  noneYet: {
    en: "No click yet. Explain a link to see where one would go.",
    pt: "Nenhum clique ainda. Explique um link para ver aonde um iria.",
  },
  explain: { en: "Explain a link", pt: "Explicar um link" },
  when: { en: "When", pt: "Quando" },
  click: { en: "Click", pt: "Clique" },
  url: { en: "Product URL", pt: "URL do produto" },
  wentTo: { en: "Went to", pt: "Foi para" },
  why: { en: "Why", pt: "Por quê" },
  store: { en: "Store", pt: "Loja" },
  outcome: { en: "Outcome", pt: "Desfecho" },
  visitor: { en: "Visitor", pt: "Visitante" },
  people: { en: "people", pt: "pessoas" },
  bots: { en: "bots", pt: "robôs" },
  all: { en: "all", pt: "todos" },
  ref: { en: "Caller's ref", pt: "Ref de quem chama" },
  bot: { en: "bot", pt: "robô" },
  duplicate: { en: "repeated", pt: "repetido" },
  person: { en: "a person", pt: "uma pessoa" },
  came: { en: "Came", pt: "Chegou" },
  country: { en: "Country", pt: "País" },
  referrer: { en: "From the page", pt: "Da página" },
  rule: { en: "Rule", pt: "Regra" },
  decision: { en: "Where it went, and why", pt: "Para onde foi, e por quê" },
  storeFound: { en: "Store found", pt: "Loja encontrada" },
  ruleActive: (version: number): Text => ({ en: `Rule ${version} was active`, pt: `A regra ${version} valia` }),
  noRule: { en: "No rule was active", pt: "Nenhuma regra valia" },
  skipped: (network: string): Text => ({ en: `${network} was skipped`, pt: `${network} foi pulada` }),
  gave: (network: string): Text => ({ en: `${network} gave the link`, pt: `${network} deu o link` }),
  again: { en: "Explain it now", pt: "Explicar agora" },
  sales: { en: "What it earned", pt: "O que rendeu" },
  noSales: {
    en: "No network has told of a sale of this click so far.",
    pt: "Até agora nenhuma rede informou venda deste clique.",
  },
};

/** What stands of a URL in a table: without the host that the store column tells already. */
function shortUrl(url: string): string {
  return URL.canParse(url) ? url.slice(new URL(url).origin.length) || "/" : url;
}

const wentTo = (v: View, click: ClickRow) =>
  click.network === null ? v.t(OUTCOMES[click.outcome]) : NETWORK_TITLES[click.network];

function whyOf(v: View, { tried, reason, outcome }: ClickRow): string {
  const skips = tried.map(({ network, reason: why }) => `${NETWORK_TITLES[network]}: ${v.t(SKIPS_SHORT[why])}`);
  if (skips.length > 0) return skips.join("; ");
  return reason === null || outcome === "tracked" ? "" : v.t(NO_LINK[reason]);
}

/** Clicks as a table. `names`: of their stores; without it the store is known from the page. */
export function ClickTable(props: {
  v: View;
  clicks: readonly ClickRow[];
  names?: ReadonlyMap<number, string>;
  empty?: Child;
}) {
  const { v, clicks, names } = props;
  const rows = clicks.map((click) => [
    <Time v={v} at={Date.parse(click.at)} style="time" />,
    <span class="row">
      <Id value={click.clickoutId} href={`${PATH}/${click.clickoutId}`} />
      {click.bot && <Tag>{v.t(T.bot)}</Tag>}
      {click.duplicate && <Tag>{v.t(T.duplicate)}</Tag>}
    </span>,
    ...(names === undefined ? [] : [<StoreLink v={v} id={click.storeId} names={names} />]),
    <span class="cut" title={click.url}>
      {names === undefined || click.storeId !== null ? shortUrl(click.url) : click.url}
    </span>,
    click.outcome === "tracked" ? wentTo(v, click) : <State tone="warn">{wentTo(v, click)}</State>,
    <small>{whyOf(v, click)}</small>,
  ]);
  const columns = [
    v.t(T.when),
    v.t(T.click),
    ...(names === undefined ? [] : [v.t(T.store)]),
    { name: v.t(T.url), kind: "wrap" as const },
    v.t(T.wentTo),
    { name: v.t(T.why), kind: "wrap" as const },
  ];
  return (
    <Table label={v.t(T.list)} columns={columns} rows={rows} empty={props.empty ?? <Empty says={v.t(T.none)} />} />
  );
}

function filtersOf(v: View): Filter[] {
  const any = v.t(T.all);
  const { store, network, ref, from, to } = sharedFilters(v, any);
  const outcomes = Object.entries(OUTCOMES).map(([value, text]) => ({ value, label: v.t(text) }));
  const visitors = [
    { value: "false", label: v.t(T.people) },
    { value: "true", label: v.t(T.bots) },
  ];
  const outcome = { name: "outcome", label: v.t(T.outcome), any, options: outcomes };
  return [store, network, outcome, { name: "bot", label: v.t(T.visitor), any, options: visitors }, ref, from, to];
}

function list(desk: Desk): Show {
  return async (v) => {
    const query = v.url.searchParams;
    const { store_id: storeId, ...filter } = checked(clicksQuery, Object.fromEntries(query));
    const wanted = { ...filter, storeId, ...readDays(query, v.zone) };
    const { items, nextCursor } = await listVisits(desk.open(v), wanted, PAGE_SIZE, query.get("cursor"));
    const names = await namesFor(desk, v, items);
    const first = { says: v.t(T.noneYet), label: v.t(T.explain), href: "/console/clickouts#explain" };
    const empty = <EmptyList v={v} none={v.t(T.none)} first={first} />;
    return {
      title: v.t(T.title),
      body: (
        <ListPage
          v={v}
          title={v.t(T.title)}
          trail={[home(v)]}
          says={v.t(T.says)}
          list={v.t(T.list)}
          csv={<CsvLink path="/api/clickouts/visits.csv" query={doorQuery(v)} />}
          filters={filtersOf(v)}
          next={nextCursor}
        >
          <ClickTable v={v} clicks={items} names={names} empty={empty} />
        </ListPage>
      ),
    };
  };
}

function stepsOf(v: View, click: ClickRow, names: ReadonlyMap<number, string>): Step[] {
  const steps: Step[] = [];
  if (click.storeId !== null) {
    steps.push({ tone: "ok", title: v.t(T.storeFound), detail: <StoreLink v={v} id={click.storeId} names={names} /> });
    steps.push(
      click.ruleVersion === null
        ? { tone: "warn", title: v.t(T.noRule) }
        : { tone: "ok", title: v.t(T.ruleActive(click.ruleVersion)) },
    );
  }
  for (const { network, reason } of click.tried) {
    steps.push({
      tone: "warn",
      sign: "–",
      title: v.t(T.skipped(NETWORK_TITLES[network])),
      detail: v.t(SKIPS[reason]),
    });
  }
  if (click.network !== null) steps.push({ tone: "ok", title: v.t(T.gave(NETWORK_TITLES[click.network])) });
  else {
    const detail = click.reason === null ? undefined : v.t(NO_LINK[click.reason]);
    const tone = click.outcome === "unknown_store" ? "bad" : "warn";
    const [first = "", ...rest] = v.t(OUTCOMES[click.outcome]);
    steps.push({ tone, title: first.toUpperCase() + rest.join(""), ...(detail === undefined ? {} : { detail }) });
  }
  return steps;
}

function one(desk: Desk): Show {
  return async (v, c) => {
    const op = desk.open(v);
    const id = c.req.param("id") ?? "";
    const found = visitById(op, id).then((click) => required(click, "This click"));
    const [click, names, sales] = await Promise.all([
      found,
      found.then((click) => namesFor(desk, v, [click])),
      salesBearing(op, id),
    ]);
    const facts = [
      { name: v.t(T.came), value: <Time v={v} at={Date.parse(click.at)} style="clock" /> },
      { name: v.t(T.visitor), value: click.bot ? v.t(T.bot) : v.t(T.person) },
      ...(click.country === null ? [] : [{ name: v.t(T.country), value: click.country }]),
      ...(click.ref === null
        ? []
        : [{ name: v.t(T.ref), value: <a href={`${PATH}?ref=${encodeURIComponent(click.ref)}`}>{click.ref}</a> }]),
      ...(click.referrerHost === null ? [] : [{ name: v.t(T.referrer), value: click.referrerHost }]),
    ];
    return {
      title: `${v.t(T.click)} ${click.clickoutId}`,
      body: (
        <>
          <Head
            title={v.t(T.click)}
            trail={[home(v), { label: v.t(T.title), href: PATH }]}
            says={<code class="whole">{click.clickoutId}</code>}
          >
            <a class="button" href={`/console/clickouts?url=${encodeURIComponent(click.url)}#explain`}>
              {v.t(T.again)}
            </a>
          </Head>
          <Facts facts={facts} />
          <Card title={v.t(T.decision)}>
            <Copyable v={v} text={click.url} />
            <Steps steps={stepsOf(v, click, names)} />
          </Card>
          <Card title={v.t(T.sales)} plain>
            <SalesTable v={v} sales={sales} names={names} empty={<Empty says={v.t(T.noSales)} />} />
          </Card>
        </>
      ),
    };
  };
}

/** Adds the pages of clicks. */
export function addClickPages(pages: Pages, desk: Desk): void {
  pages.show(PATH, "clickouts:read", list(desk));
  pages.show(`${PATH}/:id`, "clickouts:read", one(desk));
}
