// Clicks and what they earned: over time as a chart, and by store, network, day or ref as a table with its file.
import { Card, Chart, CsvLink, Empty, Field, Head, Table } from "../../../src/shared/page/kit.ts";
import type { Child, Pages, Plural, Show, Text, View } from "../../../src/shared/page/kit.ts";
import { DAY_MS, HOUR_MS } from "../../../src/shared/clock.ts";
import type { Figures, ReportItem } from "../earnings/report.ts";
import { makeReport } from "../earnings/service-report.ts";
import type { ReportAnswer } from "../earnings/service-report.ts";
import type { Operation } from "../service.ts";
import { home } from "./pages-links.tsx";
import { reportQuery } from "./schema.ts";
import { checked } from "./service.ts";
import type { Desk } from "./service.ts";
import { NETWORK_TITLES, SALE } from "./words.ts";

const PATH = "/console/clickouts/report";
const CHART_DAYS = 30;
/** Lines of a table on a page; a file has them all. */
const LINES_SHOWN = 200;

const T = {
  title: { en: "Report", pt: "Relatório" },
  says: {
    en: "Clicks and what they earned, by any two. Declined sales count nowhere; days are UTC.",
    pt: "Cliques e o que renderam, por até dois recortes. Vendas recusadas não entram; os dias são em UTC.",
  },
  overTime: { en: "The last 30 days", pt: "Os últimos 30 dias" },
  chart: {
    en: "Clicks by people, conversion and commission a day, 30 days",
    pt: "Cliques de pessoas, conversão e comissão por dia, 30 dias",
  },
  byNetwork: { en: "By network, 30 days", pt: "Por rede, 30 dias" },
  more: { en: "Report", pt: "Relatório" },
  by: { en: "By", pt: "Por" },
  from: { en: "From", pt: "De" },
  to: { en: "To", pt: "Até" },
  show: { en: "Show", pt: "Mostrar" },
  store: { en: "Store", pt: "Loja" },
  network: { en: "Network", pt: "Rede" },
  day: { en: "Day", pt: "Dia" },
  ref: { en: "Caller's ref", pt: "Ref de quem chama" },
  none: { en: "none", pt: "nenhuma" },
  clicks: { en: "Clicks", pt: "Cliques" },
  humans: { en: "By people", pt: "De pessoas" },
  sales: { en: "Sales", pt: "Vendas" },
  conversion: { en: "Conversion", pt: "Conversão" },
  amount: { en: "Sold for", pt: "Valor vendido" },
  commission: { en: "Commission", pt: "Comissão" },
  approved: { en: "Approved", pt: "Aprovada" },
  epc: { en: "Per click", pt: "Por clique" },
  total: { en: "Total", pt: "Total" },
  empty: {
    en: "Nothing was clicked and nothing sold in this time.",
    pt: "Nada foi clicado nem vendido neste período.",
  },
  unconverted: (sales: string): Plural => [
    {
      en: `${sales} in another currency has no rate of its day: it is counted, and in no amount.`,
      pt: `${sales} em outra moeda está sem cotação do dia: é contada, mas não entra nos valores.`,
    },
    {
      en: `${sales} in other currencies have no rate of their day: they are counted, and in no amount.`,
      pt: `${sales} em outras moedas estão sem cotação do dia: são contadas, mas não entram nos valores.`,
    },
  ],
  completeFrom: (day: string): Text => ({
    en: `Clicks by ref are complete from ${day}; older days keep only their totals.`,
    pt: `Os cliques por ref estão completos desde ${day}; dos dias mais antigos ficam só os totais.`,
  }),
  cut: (n: string): Text => ({
    en: `The first ${n} lines. The file has them all.`,
    pt: `As primeiras ${n} linhas. O arquivo tem todas.`,
  }),
};

const GROUPS: readonly (readonly [string, Text])[] = [
  ["network", T.network],
  ["store", T.store],
  ["store,network", { en: "Store and network", pt: "Loja e rede" }],
  ["day", T.day],
  ["day,network", { en: "Day and network", pt: "Dia e rede" }],
  ["day,store", { en: "Day and store", pt: "Dia e loja" }],
  ["ref", T.ref],
  ["ref,store", { en: "Ref and store", pt: "Ref e loja" }],
];

const noon = (day: string) => Date.parse(`${day}T00:00:00Z`) + 12 * HOUR_MS;

function figureCells(v: View, figures: Figures): Child[] {
  return [
    v.number(figures.clicks),
    v.number(figures.humans),
    v.number(figures.transactions),
    // Sales of nobody's click are a share of nothing.
    figures.humans === 0 ? "–" : v.percent(Number(figures.conversion)),
    v.money(figures.sales),
    v.money(figures.commission),
    v.money(figures.approvedCommission),
    figures.humans === 0 ? "–" : v.money(figures.epc),
  ];
}

function groupCell(v: View, dimension: string, item: ReportItem): Child {
  if (dimension === "store") {
    if (typeof item.store !== "number") return v.t(T.none);
    return <a href={`/console/clickouts/stores/${item.store}`}>{item.storeName ?? item.store}</a>;
  }
  if (dimension === "network") {
    return NETWORK_TITLES[item.network as keyof typeof NETWORK_TITLES] ?? v.t(T.none);
  }
  if (dimension === "day") return v.date(noon(item.day ?? ""));
  return <code>{item.ref ?? ""}</code>;
}

/** A report as a table, its total as the last line. */
function ReportTable({
  v,
  report,
  dimensions,
  label,
}: {
  v: View;
  report: ReportAnswer;
  dimensions: readonly string[];
  label: string;
}) {
  const names: Readonly<Record<string, Text>> = { store: T.store, network: T.network, day: T.day, ref: T.ref };
  const num = (text: Text) => ({ name: v.t(text), kind: "num" as const });
  const columns = [
    ...dimensions.map((dimension) => v.t(names[dimension] ?? T.none)),
    ...[T.clicks, T.humans, T.sales, T.conversion, T.amount, T.commission, T.approved, T.epc].map(num),
  ];
  const rows = report.items
    .slice(0, LINES_SHOWN)
    .map((item) => [...dimensions.map((one) => groupCell(v, one, item)), ...figureCells(v, item)]);
  const blanks = dimensions.slice(1).map(() => "");
  const total = [<b>{v.t(T.total)}</b>, ...blanks, ...figureCells(v, report.total).map((cell) => <b>{cell}</b>)];
  return (
    <Table
      label={label}
      columns={columns}
      rows={rows.length === 0 ? [] : [...rows, total]}
      empty={<Empty says={v.t(T.empty)} />}
    />
  );
}

/** What must be known of the amounts, if anything. */
function notesOf(v: View, report: ReportAnswer): string | undefined {
  const notes: string[] = [];
  if (report.items.length > LINES_SHOWN) notes.push(v.t(T.cut(v.number(LINES_SHOWN))));
  if (report.unconverted > 0)
    notes.push(v.plural(report.unconverted, ...T.unconverted(v.count(report.unconverted, ...SALE))));
  if (report.completeFrom !== null) notes.push(v.t(T.completeFrom(v.date(noon(report.completeFrom)))));
  return notes.length === 0 ? undefined : notes.join(" ");
}

/** The last 30 days: a report by day and one by network. */
export async function lastMonth(op: Operation) {
  const toMs = op.deps.clock() + 1;
  const fromMs = (Math.floor(toMs / DAY_MS) - CHART_DAYS + 1) * DAY_MS;
  const [days, networks] = await Promise.all([
    makeReport(op, { dimensions: ["day"], fromMs, toMs }),
    makeReport(op, { dimensions: ["network"], fromMs, toMs }),
  ]);
  return { fromMs, days, networks };
}

/** Clicks, conversion and commission by day as a chart, and the networks side by side. */
export function Earnings({ v, month }: { v: View; month: Awaited<ReturnType<typeof lastMonth>> }) {
  const { fromMs, days, networks } = month;
  // A chart of nothing has marks without a meaning.
  if (days.total.clicks === 0 && days.total.transactions === 0) {
    return (
      <Card title={v.t(T.overTime)}>
        <Empty says={v.t(T.empty)} />
      </Card>
    );
  }
  const byDay = new Map(days.items.map((item) => [item.day, item]));
  const dates = Array.from({ length: CHART_DAYS }, (_, i) => new Date(fromMs + i * DAY_MS).toISOString().slice(0, 10));
  const { currency, value: sum } = days.total.commission;
  const digits = sum.split(".")[1]?.length ?? 0;
  const values = (of: (figures: Figures) => number) =>
    dates.map((day) => {
      const item = byDay.get(day);
      return item === undefined ? 0 : of(item);
    });
  const more = (
    <a class="button icon" href={PATH}>
      {v.t(T.more)}
    </a>
  );
  return (
    <>
      <Card title={v.t(T.overTime)} aside={more} foot={notesOf(v, days)}>
        <Chart
          v={v}
          label={v.t(T.chart)}
          at={dates.map(noon)}
          series={[
            { name: v.t(T.clicks), values: values(({ humans }) => humans), scale: "clicks" },
            {
              name: v.t(T.commission),
              values: values(({ commission }) => Number(commission.value)),
              written: (value) => v.money({ value: value.toFixed(digits), currency }),
              scale: "money",
            },
            {
              name: v.t(T.conversion),
              values: values(({ conversion }) => Number(conversion)),
              written: v.percent,
              scale: "share",
            },
          ]}
        />
      </Card>
      <Card title={v.t(T.byNetwork)} plain>
        <ReportTable v={v} report={networks} dimensions={["network"]} label={v.t(T.byNetwork)} />
      </Card>
    </>
  );
}

function page(desk: Desk): Show {
  return async (v) => {
    const query = v.url.searchParams;
    const { by, from, to } = checked(reportQuery, Object.fromEntries(query));
    const dimensions = by.split(",") as ("store" | "network" | "day" | "ref")[];
    const days = {
      ...(from === undefined ? {} : { fromMs: Date.parse(`${from}T00:00:00Z`) }),
      ...(to === undefined ? {} : { toMs: Date.parse(`${to}T00:00:00Z`) + DAY_MS }),
    };
    const report = await makeReport(desk.open(v), { dimensions, ...days });
    const label = v.t(GROUPS.find(([value]) => value === by)?.[1] ?? T.network);
    const until = new Date(Date.parse(report.to) + DAY_MS).toISOString();
    return {
      title: v.t(T.title),
      body: (
        <>
          <Head title={v.t(T.title)} trail={[home(v)]} says={v.t(T.says)} />
          <Card
            title={label}
            plain
            foot={notesOf(v, report)}
            aside={
              <CsvLink
                path="/api/clickouts/report.csv"
                query={{ group_by: by, from: `${report.from}T00:00:00Z`, to: until }}
              />
            }
          >
            <form class="filters">
              <Field
                v={v}
                name="by"
                type="select"
                label={v.t(T.by)}
                value={by}
                options={GROUPS.map(([value, text]) => ({ value, label: v.t(text) }))}
              />
              <Field v={v} name="from" type="date" label={v.t(T.from)} value={report.from} />
              <Field v={v} name="to" type="date" label={v.t(T.to)} value={report.to} />
              <button>{v.t(T.show)}</button>
            </form>
            <ReportTable v={v} report={report} dimensions={dimensions} label={label} />
          </Card>
        </>
      ),
    };
  };
}

/** Adds the page of the report. */
export function addReportPages(pages: Pages, desk: Desk): void {
  pages.show(PATH, "clickouts:read", page(desk));
}
