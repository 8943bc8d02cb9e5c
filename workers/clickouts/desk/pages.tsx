// The first page of clickouts: explain a link, what needs someone, how clicks go, the latest of them. And all pages as one.
import { Card, Empty, Head, Needs, joinPages, newPages } from "../../../src/shared/page/kit.ts";
import type { Show, Text } from "../../../src/shared/page/kit.ts";
import { listVisits } from "../clicks/service-visits.ts";
import { ClickTable, addClickPages } from "./pages-clicks.tsx";
import { addEditPages } from "./pages-edit.tsx";
import { ExplainBox, explainAsked } from "./pages-explain.tsx";
import { addImportPages } from "./pages-import.tsx";
import { namesFor } from "./pages-links.tsx";
import { addNewStorePages } from "./pages-new.tsx";
import { addNetworkPages } from "./pages-networks.tsx";
import { Earnings, addReportPages, lastMonth } from "./pages-report.tsx";
import { addSalePages } from "./pages-sales.tsx";
import { addStorePages } from "./pages-store.tsx";
import { addStoresPages } from "./pages-stores.tsx";
import type { Desk } from "./service.ts";
import { clickoutNeeds, clickoutTile } from "./service-needs.ts";
import { SALE } from "./words.ts";

const PATH = "/console/clickouts";
const CLICKS_SHOWN = 10;

const T = {
  title: { en: "Clickouts", pt: "Cliques de saída" },
  says: (clicks: string, sales: string, commission: string): Text => ({
    en: `${clicks}. In 30 days: ${sales}, ${commission} of commission.`,
    pt: `${clicks}. Em 30 dias: ${sales}, ${commission} de comissão.`,
  }),
  stores: { en: "Stores", pt: "Lojas" },
  clicks: { en: "Clicks", pt: "Cliques" },
  sales: { en: "Sales", pt: "Vendas" },
  networks: { en: "Networks", pt: "Redes" },
  attention: { en: "Needs attention", pt: "Pede atenção" },
  latest: { en: "Latest clicks", pt: "Últimos cliques" },
  all: { en: "All", pt: "Ver todos" },
  none: {
    en: "No click yet. Add a store, then explain a link of it above.",
    pt: "Nenhum clique ainda. Adicione uma loja e explique um link dela acima.",
  },
  add: { en: "Add a store", pt: "Adicionar loja" },
};

function page(desk: Desk): Show {
  return async (v) => {
    const op = desk.open(v);
    // Names are asked for as soon as the logs have told the clicks: in the same trip to D1 as all the rest.
    const visits = listVisits(op, {}, CLICKS_SHOWN);
    const [answer, needs, tile, month, clicks, names] = await Promise.all([
      explainAsked(desk, v),
      clickoutNeeds(desk, v),
      clickoutTile(v),
      lastMonth(op),
      visits,
      visits.then(({ items }) => namesFor(desk, v, items)),
    ]);
    const { total } = month.days;
    const link = (what: string, label: Text) => (
      <a class="button" href={`${PATH}/${what}`}>
        {v.t(label)}
      </a>
    );
    const empty = (
      <Empty says={v.t(T.none)}>
        {v.can("clickouts:write") && (
          <a class="button primary" href={`${PATH}/stores/new`}>
            {v.t(T.add)}
          </a>
        )}
      </Empty>
    );
    return {
      title: v.t(T.title),
      body: (
        <>
          <Head
            title={v.t(T.title)}
            says={v.t(
              T.says(`${tile.value} ${tile.unit}`, v.count(total.transactions, ...SALE), v.money(total.commission)),
            )}
          >
            {link("stores", T.stores)}
            {link("clicks", T.clicks)}
            {link("sales", T.sales)}
            {link("networks", T.networks)}
          </Head>
          <div class="pair">
            <ExplainBox v={v} answer={answer} />
            {needs.length > 0 && (
              <Card title={v.t(T.attention)} plain>
                <Needs v={v} needs={needs} />
              </Card>
            )}
          </div>
          <Earnings v={v} month={month} />
          <Card
            title={v.t(T.latest)}
            plain
            aside={
              <a class="button icon" href={`${PATH}/clicks`}>
                {v.t(T.all)}
              </a>
            }
          >
            <ClickTable v={v} clicks={clicks.items} names={names} empty={empty} />
          </Card>
        </>
      ),
    };
  };
}

/** All pages of clickouts. */
export function clickoutPages(desk: Desk) {
  const pages = newPages();
  pages.show(PATH, "clickouts:read", page(desk));
  addStoresPages(pages, desk);
  addNewStorePages(pages, desk);
  addImportPages(pages, desk);
  addEditPages(pages, desk);
  addStorePages(pages, desk);
  addClickPages(pages, desk);
  addSalePages(pages, desk);
  addNetworkPages(pages, desk);
  addReportPages(pages, desk);
  return joinPages(pages);
}
