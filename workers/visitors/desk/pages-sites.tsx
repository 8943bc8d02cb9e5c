// Visitors at a glance: what needs a person, what was delivered and waits over time, and every site as it stands.
import {
  Card,
  Chart,
  CsvLink,
  Empty,
  Facts,
  Head,
  Needs,
  Pager,
  Ranges,
  Table,
  needsSay,
} from "../../../src/shared/page/kit.ts";
import type { Child, Pages, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import type { SiteItem } from "../schema.ts";
import { listDeliveries, listSites } from "../service-views.ts";
import { AccessState, DeliveryTable, PATH, SiteLink, TITLE, maybe, accessSays } from "./pages-parts.tsx";
import { sitePath, visitorNeeds } from "./service-needs.ts";
import { flowOver, rangeOf } from "./service.ts";
import type { Desk, Flow, Range } from "./service.ts";
import { ATTRIBUTE, SITE } from "./words.ts";

const LIVE_SECONDS = 10;
const PAGE_SIZE = 25;
const DELIVERIES_SHOWN = 10;

const T = {
  well: (sites: string): Text => ({ en: `${sites}; attributes flow.`, pt: `${sites}; os atributos fluem.` }),
  waits: (attributes: string, sites: string): Plural => [
    { en: `${attributes} on its way to ${sites}.`, pt: `${attributes} a caminho de ${sites}.` },
    { en: `${attributes} on their way to ${sites}.`, pt: `${attributes} a caminho de ${sites}.` },
  ],
  start: {
    en: "No site yet: add one, or let the DMP push.",
    pt: "Nenhum site ainda: adicione um, ou deixe a DMP enviar.",
  },
  attention: { en: "Needs attention", pt: "Pede atenção" },
  chart: { en: "Attributes delivered and waiting", pt: "Atributos entregues e à espera" },
  delivered: { en: "Delivered", pt: "Entregues" },
  waiting: { en: "Waiting", pt: "À espera" },
  held: { en: "Held", pt: "Retidos" },
  p99: { en: "Delay p99, today", pt: "Atraso p99, hoje" },
  foot: {
    en: "From receipt to delivery. What a site may not take yet is held for 24 hours, then parked. Totals come in each minute.",
    pt: "Do recebimento à entrega. O que um site ainda não pode receber fica retido por 24 horas, depois é separado. Os totais chegam a cada minuto.",
  },
  sites: { en: "Sites", pt: "Sites" },
  site: { en: "Site", pt: "Site" },
  access: { en: "Credentials", pt: "Credenciais" },
  token: { en: "Token until", pt: "Token até" },
  region: { en: "Region", pt: "Região" },
  today: { en: "Delivered today", pt: "Entregues hoje" },
  oldest: { en: "Oldest", pt: "Mais antigo" },
  parked: { en: "Parked", pt: "Separados" },
  actions: { en: "Actions", pt: "Ações" },
  open: { en: "Open", pt: "Abrir" },
  enter: { en: "Enter credentials", pt: "Informar credenciais" },
  none: {
    en: "No site yet. It appears with its credentials, or with the first push that names it.",
    pt: "Nenhum site ainda. Ele aparece com as credenciais, ou com o primeiro envio que o cite.",
  },
  add: { en: "Add a site", pt: "Adicionar um site" },
  siteId: { en: "Site id of Maxymiser", pt: "Id do site no Maxymiser" },
  latest: { en: "Latest deliveries", pt: "Últimas entregas" },
  all: { en: "All deliveries", pt: "Todas as entregas" },
  quarantine: { en: "Quarantine and parked", pt: "Quarentena e separados" },
  noDeliveries: {
    en: "Nothing was delivered yet. What the DMP pushes to /receive_data/mm shows here within seconds.",
    pt: "Nada foi entregue ainda. O que a DMP envia a /receive_data/mm aparece aqui em segundos.",
  },
};

function FlowCard({ v, flow, range, sites }: { v: View; flow: Flow; range: Range; sites: readonly SiteItem[] }) {
  const sum = (of: (site: SiteItem) => number) => v.number(sites.reduce((total, site) => total + of(site), 0));
  const delayMs = Math.max(0, ...sites.map(({ delayP99Ms }) => delayP99Ms ?? 0));
  return (
    <Card title={v.t(T.chart)} aside={<Ranges v={v} chosen={range} />} foot={v.t(T.foot)}>
      <Facts
        facts={[
          { name: v.t(T.delivered), value: v.number(flow.deliveredSum) },
          { name: v.t(T.waiting), value: sum((site) => site.pending) },
          { name: v.t(T.held), value: sum((site) => site.held) },
          { name: v.t(T.p99), value: delayMs === 0 ? "–" : v.duration(delayMs) },
        ]}
      />
      <Chart
        v={v}
        label={v.t(T.chart)}
        at={flow.at}
        style={range === "month" ? "date" : "time"}
        series={[
          { name: v.t(T.delivered), values: flow.delivered },
          { name: v.t(T.waiting), values: flow.waiting },
        ]}
      />
    </Card>
  );
}

function rowOf(v: View, item: SiteItem): Child[] {
  const { mmSiteId, credentials, parked } = item;
  const enters = credentials === "missing" || credentials === "refused";
  const to = sitePath(mmSiteId);
  return [
    <>
      <SiteLink id={mmSiteId} />
      <br />
      <small>{accessSays(v, item)}</small>
    </>,
    <AccessState v={v} access={credentials} />,
    maybe(v, item.tokenExpiresAt),
    item.region ?? "–",
    v.number(item.deliveredToday),
    v.number(item.pending),
    v.number(item.held),
    maybe(v, item.oldestPendingAt),
    item.delayP99Ms === null ? "–" : v.duration(item.delayP99Ms),
    parked === 0 ? (
      "0"
    ) : (
      <a href={`${PATH}/parked?kind=delivery&site=${encodeURIComponent(mmSiteId)}`}>{v.number(parked)}</a>
    ),
    <a class={enters ? "button icon primary" : "button icon"} href={enters ? `${to}#credentials` : to}>
      {v.t(enters ? T.enter : T.open)}
    </a>,
  ];
}

function Sites({ v, items, next }: { v: View; items: readonly SiteItem[]; next: string | null }) {
  const num = (name: Text) => ({ name: v.t(name), kind: "num" as const });
  const columns = [
    { name: v.t(T.site), kind: "wrap" as const },
    v.t(T.access),
    v.t(T.token),
    v.t(T.region),
    num(T.today),
    num(T.waiting),
    num(T.held),
    v.t(T.oldest),
    num(T.p99),
    num(T.parked),
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  return (
    <Card title={v.t(T.sites)} id="sites" plain aside={items.length > 0 && <CsvLink path="/api/visitors/sites.csv" />}>
      <Table
        label={v.t(T.sites)}
        columns={columns}
        rows={items.map((item) => rowOf(v, item))}
        empty={<Empty says={v.t(T.none)} />}
      />
      <Pager v={v} next={next} />
    </Card>
  );
}

function AddSite({ v }: { v: View }) {
  return (
    <Card title={v.t(T.add)} id="add">
      <form method="get" action={`${PATH}/sites`} class="row">
        <input
          class="grow"
          name="mmSiteId"
          required
          maxlength={64}
          autocomplete="off"
          spellcheck={false}
          aria-label={v.t(T.siteId)}
          placeholder={v.t(T.siteId)}
        />
        <button class="primary">{v.t(T.enter)}</button>
      </form>
    </Card>
  );
}

/** Adds the first page. */
export function addSitesPage(pages: Pages, desk: Desk): void {
  pages.show(PATH, "visitors:read", async (v) => {
    const op = desk.open(v);
    const range = rangeOf(v.url.searchParams.get("range"));
    const [{ items, nextCursor }, flow, needs, deliveries] = await Promise.all([
      listSites(op, PAGE_SIZE, v.url.searchParams.get("cursor")),
      flowOver(v.env, range, v.nowMs),
      visitorNeeds(desk, v),
      listDeliveries(op, {}, DELIVERIES_SHOWN),
    ]);
    const pending = items.reduce((sum, site) => sum + site.pending, 0);
    const sites = v.count(items.length, ...SITE);
    const says =
      needs.length > 0
        ? needsSay(v, needs.length)
        : items.length === 0
          ? v.t(T.start)
          : pending > 0
            ? v.plural(pending, ...T.waits(v.count(pending, ...ATTRIBUTE), sites))
            : v.t(T.well(sites));
    return {
      title: v.t(TITLE),
      liveSeconds: LIVE_SECONDS,
      body: (
        <>
          <Head title={v.t(TITLE)} says={says}>
            <a class="button" href={`${PATH}/parked`}>
              {v.t(T.quarantine)}
            </a>
          </Head>
          {needs.length > 0 && (
            <Card title={v.t(T.attention)} plain>
              <Needs v={v} needs={needs} />
            </Card>
          )}
          {items.length > 0 && <FlowCard v={v} flow={flow} range={range} sites={items} />}
          <Sites v={v} items={items} next={nextCursor} />
          {v.can("credentials:write") && <AddSite v={v} />}
          <Card title={v.t(T.latest)} plain aside={<a href={`${PATH}/deliveries`}>{v.t(T.all)}</a>}>
            <DeliveryTable v={v} items={deliveries.items} empty={T.noDeliveries} />
          </Card>
        </>
      ),
    };
  });

  pages.routes.get(`${PATH}/sites`, (c) => {
    const site = (c.req.query("mmSiteId") ?? "").trim();
    return c.redirect(site === "" ? `${PATH}#add` : `${sitePath(site)}#credentials`, 303);
  });
}
