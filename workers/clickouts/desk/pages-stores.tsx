// The stores: which network serves each, in which order, and how each of them does.
import { CsvLink, EmptyList, ListPage, State, Table } from "../../../src/shared/page/kit.ts";
import type { Child, Pages, Show, Text, View } from "../../../src/shared/page/kit.ts";
import type { StoreView } from "../catalogue/schema.ts";
import { listStores, storesOnPage } from "../catalogue/service-stores.ts";
import { NETWORKS } from "../networks.ts";
import type { Network } from "../networks.ts";
import { home } from "./pages-links.tsx";
import { storesQuery } from "./schema.ts";
import { checked } from "./service.ts";
import type { Desk } from "./service.ts";
import { standingsOf } from "./service-standing.ts";
import type { NetworkStanding } from "./standing.ts";
import { NETWORK_TITLES } from "./words.ts";

const PATH = "/console/clickouts/stores";
const PAGE_SIZE = 50;

const T = {
  title: { en: "Stores", pt: "Lojas" },
  says: {
    en: "Each with its networks in the order they are asked. Figures are of the last 30 days.",
    pt: "Cada uma com suas redes na ordem em que são consultadas. Os números são dos últimos 30 dias.",
  },
  add: { en: "Add a store", pt: "Adicionar loja" },
  importMany: { en: "Import many", pt: "Importar várias" },
  find: { en: "Name or domain", pt: "Nome ou domínio" },
  network: { en: "Network", pt: "Rede" },
  all: { en: "all", pt: "todas" },
  store: { en: "Store", pt: "Loja" },
  domains: { en: "Domains", pt: "Domínios" },
  order: { en: "Networks, in order", pt: "Redes, em ordem" },
  clicks: { en: "Clicks", pt: "Cliques" },
  epc: { en: "Per click", pt: "Por clique" },
  approved: { en: "Approved", pt: "Aprovadas" },
  failed: { en: "Failed", pt: "Falhas" },
  noRule: { en: "no rule: the fallback serves", pt: "sem regra: a reserva atende" },
  noDomain: { en: "waits for a domain", pt: "aguarda um domínio" },
  none: { en: "No store matches.", pt: "Nenhuma loja corresponde." },
  noneYet: {
    en: "There is no store yet. Add the first: its name, its domains, and which network serves it.",
    pt: "Ainda não há lojas. Adicione a primeira: nome, domínios e a rede que a atende.",
  },
  more: (n: number): Text => ({ en: `and ${n} more`, pt: `e mais ${n}` }),
};

const SHOWN_DOMAINS = 2;

function domainsOf(v: View, { domains }: StoreView): Child {
  if (domains.length === 0) return <State tone="warn">{v.t(T.noDomain)}</State>;
  const rest = domains.length - SHOWN_DOMAINS;
  return (
    <>
      {domains.slice(0, SHOWN_DOMAINS).map((domain) => (
        <>
          <code>{domain}</code>{" "}
        </>
      ))}
      {rest > 0 && <small title={domains.slice(SHOWN_DOMAINS).join(", ")}>{v.t(T.more(rest))}</small>}
    </>
  );
}

/** One line for each network of the rule: the columns of a store stay beside each other. */
const lines = (networks: readonly Network[], of: (network: Network) => Child): Child =>
  networks.map((network) => <span class="line-of">{of(network)}</span>);

const percentOf = (v: View, share: number | null | undefined) =>
  share === null || share === undefined ? "–" : v.percent(share);

/** What a click earned, or a dash. */
const epcOf = (v: View, standing: NetworkStanding | undefined) =>
  standing === undefined || standing.epc === null ? "–" : v.money(standing.epc);

function list(desk: Desk): Show {
  return async (v) => {
    const query = v.url.searchParams;
    const filter = checked(storesQuery, Object.fromEntries(query));
    const op = desk.open(v);
    const asked = [op, filter, PAGE_SIZE, query.get("cursor")] as const;
    const [{ items, nextCursor }, standings] = await Promise.all([
      listStores(...asked),
      standingsOf(op, desk.desk, storesOnPage(...asked)),
    ]);
    const rows = items.map((store): Child[] => {
      const order = store.rule?.networks ?? [];
      const of = (network: Network): NetworkStanding | undefined => standings.get(store.storeId)?.get(network);
      return [
        <a href={`${PATH}/${store.storeId}`}>
          <b>{store.name}</b>
        </a>,
        domainsOf(v, store),
        order.length === 0 ? <State tone="warn">{v.t(T.noRule)}</State> : lines(order, (n) => NETWORK_TITLES[n]),
        lines(order, (network) => v.number(of(network)?.served ?? 0)),
        lines(order, (network) => epcOf(v, of(network))),
        lines(order, (network) => percentOf(v, of(network)?.approved)),
        lines(order, (network) => percentOf(v, of(network)?.failed)),
      ];
    });
    const num = (text: Text) => ({ name: v.t(text), kind: "num" as const });
    const columns = [
      v.t(T.store),
      { name: v.t(T.domains), kind: "wrap" as const },
      v.t(T.order),
      num(T.clicks),
      num(T.epc),
      num(T.approved),
      num(T.failed),
    ];
    const mayWrite = v.can("clickouts:write");
    const first = { says: v.t(T.noneYet), label: v.t(T.add), href: mayWrite ? `${PATH}/new` : null, primary: true };
    const networks = NETWORKS.map((network) => ({ value: network, label: NETWORK_TITLES[network] }));
    return {
      title: v.t(T.title),
      body: (
        <ListPage
          v={v}
          title={v.t(T.title)}
          trail={[home(v)]}
          says={v.t(T.says)}
          list={v.t(T.title)}
          csv={<CsvLink path="/api/clickouts/stores.csv" query={Object.fromEntries(query)} />}
          filters={[
            { name: "q", type: "search", label: v.t(T.find), more: { maxlength: "100" } },
            { name: "network", label: v.t(T.network), any: v.t(T.all), options: networks },
          ]}
          next={nextCursor}
          actions={
            mayWrite && (
              <>
                <a class="button" href={`${PATH}/import`}>
                  {v.t(T.importMany)}
                </a>
                <a class="button primary" href={`${PATH}/new`}>
                  {v.t(T.add)}
                </a>
              </>
            )
          }
        >
          <Table
            label={v.t(T.title)}
            columns={columns}
            rows={rows}
            empty={<EmptyList v={v} none={v.t(T.none)} first={first} />}
          />
        </ListPage>
      ),
    };
  };
}

/** Adds the page of the list. */
export function addStoresPages(pages: Pages, desk: Desk): void {
  pages.show(PATH, "clickouts:read", list(desk));
}
