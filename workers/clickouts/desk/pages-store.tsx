// A store's page: where a link of it would go, its rule with an editor and its past, its latest clicks and sales.
import { Card, Empty, Head } from "../../../src/shared/page/kit.ts";
import type { Pages, Show, Text, View } from "../../../src/shared/page/kit.ts";
import type { StoreView } from "../catalogue/schema.ts";
import { listNetworks } from "../catalogue/service-networks.ts";
import { listRules } from "../catalogue/service-rules.ts";
import { getStore } from "../catalogue/service-stores.ts";
import { listVisits } from "../clicks/service-visits.ts";
import { listTransactions } from "../earnings/service-transactions.ts";
import type { Network } from "../networks.ts";
import { home } from "./pages-links.tsx";
import { ClickTable } from "./pages-clicks.tsx";
import { ExplainBox, explainAsked } from "./pages-explain.tsx";
import { RuleCard, RuleLine, cancelPlanned, saveRule } from "./pages-rule.tsx";
import { SalesTable } from "./pages-sales.tsx";
import { authorNames } from "./service.ts";
import type { Desk } from "./service.ts";
import { readStoreId } from "./service-reading.ts";
import { standingsOf } from "./service-standing.ts";
import type { NetworkStanding } from "./standing.ts";
import { CLICK } from "./words.ts";

const STORES = "/console/clickouts/stores";
const VERSIONS_SHOWN = 12;
const CLICKS_SHOWN = 10;
const SALES_SHOWN = 5;

const T = {
  stores: { en: "Stores", pt: "Lojas" },
  number: (id: number): Text => ({ en: `store ${id}`, pt: `loja ${id}` }),
  clicked: (clicks: string): Text => ({ en: `${clicks} by people in 30 days`, pt: `${clicks} de pessoas em 30 dias` }),
  became: (share: string): Text => ({ en: `${share} became sales`, pt: `${share} viraram vendas` }),
  edit: { en: "Edit store", pt: "Editar loja" },
  clicks: { en: "Clicks", pt: "Cliques" },
  sales: { en: "Sales", pt: "Vendas" },
  latestClicks: { en: "Latest clicks", pt: "Últimos cliques" },
  latestSales: { en: "Latest sales", pt: "Últimas vendas" },
  allSales: { en: "All", pt: "Ver todas" },
  all: { en: "All", pt: "Ver todos" },
  noClicks: {
    en: "No click in the last 31 days. Explain a link above to see that it would work.",
    pt: "Nenhum clique nos últimos 31 dias. Explique um link acima para ver que funcionaria.",
  },
  noSales: {
    en: "No network has told of a sale of this store yet.",
    pt: "Nenhuma rede informou venda desta loja ainda.",
  },
  noDomain: {
    en: "waits for a domain: no visit can reach it",
    pt: "aguarda um domínio: nenhuma visita chega a ela",
  },
};

function Says({ v, store, served, sales }: { v: View; store: StoreView; served: number; sales: number }) {
  return (
    <>
      {store.domains.map((domain) => (
        <>
          <code>{domain}</code>{" "}
        </>
      ))}
      {store.domains.length === 0 ? v.t(T.noDomain) : "·"} {v.t(T.number(store.storeId))} ·{" "}
      {v.t(T.clicked(v.count(served, ...CLICK)))}
      {served > 0 && `, ${v.t(T.became(v.percent(sales / served)))}`}
    </>
  );
}

function page(desk: Desk): Show {
  return async (v, c) => {
    const op = desk.open(v);
    const storeId = readStoreId(c.req.param("id"));
    const [store, answer, authors, rules, networks, standings, clicks, sales] = await Promise.all([
      getStore(op, storeId),
      explainAsked(desk, v),
      authorNames(v.env),
      listRules(op, { storeId }, VERSIONS_SHOWN),
      listNetworks(op),
      standingsOf(op, desk.desk, [storeId]),
      listVisits(op, { storeId }, CLICKS_SHOWN),
      listTransactions(op, { storeId }, SALES_SHOWN),
    ]);
    const versions = rules.items;
    const standing = standings.get(storeId) ?? new Map<Network, NetworkStanding>();
    const sum = (of: "served" | "sales") => [...standing.values()].reduce((all, one) => all + one[of], 0);
    const parts = { v, store, versions, authors, networks, standing };
    const [domain] = store.domains;
    const more = (what: string, label: Text) => (
      <a class="button icon" href={`/console/clickouts/${what}?store_id=${storeId}`}>
        {v.t(label)}
      </a>
    );
    return {
      title: store.name,
      body: (
        <>
          <Head
            title={store.name}
            trail={[home(v), { label: v.t(T.stores), href: STORES }]}
            says={<Says v={v} store={store} served={sum("served")} sales={sum("sales")} />}
          >
            {v.can("clickouts:write") && (
              <a class="button" href={`${STORES}/${storeId}/edit`}>
                {v.t(T.edit)}
              </a>
            )}
            <a class="button" href={`/console/clickouts/clicks?store_id=${storeId}`}>
              {v.t(T.clicks)}
            </a>
            <a class="button" href={`/console/clickouts/sales?store_id=${storeId}`}>
              {v.t(T.sales)}
            </a>
          </Head>
          <ExplainBox v={v} answer={answer} suggested={domain === undefined ? "" : `https://${domain}/`} />
          <div class="cols">
            <RuleCard {...parts} />
            <RuleLine {...parts} />
          </div>
          <Card title={v.t(T.latestClicks)} plain aside={more("clicks", T.all)}>
            <ClickTable v={v} clicks={clicks.items} empty={<Empty says={v.t(T.noClicks)} />} />
          </Card>
          <Card title={v.t(T.latestSales)} plain aside={more("sales", T.allSales)}>
            <SalesTable v={v} sales={sales.items} empty={<Empty says={v.t(T.noSales)} />} />
          </Card>
        </>
      ),
    };
  };
}

/** Adds the page of a store and the forms of its rule. */
export function addStorePages(pages: Pages, desk: Desk): void {
  const path = `${STORES}/:id`;
  const show = page(desk);
  pages.show(path, "clickouts:read", show);
  // The forms of a page that refused an order ask at its own address.
  pages.show(`${path}/rule`, "clickouts:read", show);
  pages.act(`${path}/rule`, "clickouts:write", saveRule(desk), show);
  pages.act(`${path}/rule/cancel`, "clickouts:write", cancelPlanned(desk), show);
}
