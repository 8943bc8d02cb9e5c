// What bears an id: a click, a store, a sale, a caller's ref. Each question costs one look; nothing is searched through.
import { DAY_MS } from "../../../src/shared/clock.ts";
import type { Found, Look, Text } from "../../../src/shared/page/kit.ts";
import { findStore, listStores } from "../catalogue/service-stores.ts";
import type { StoreView } from "../catalogue/schema.ts";
import { listVisits, visitById } from "../clicks/service-visits.ts";
import type { TransactionView } from "../earnings/schema.ts";
import { listTransactions } from "../earnings/service-transactions.ts";
import type { Operation } from "../service.ts";
import type { Desk } from "./service.ts";
import { NETWORK_TITLES, OUTCOMES, SALE_STATES } from "./words.ts";

const CLICK_ID = /^[0-9a-z]{26}$/;
const STORE_ID = /^\d{1,5}$/;
const REF = /^[A-Za-z0-9_-]{1,64}$/;
/** Clicks with a ref are looked for this far back: a day is a call, and the search answers within two seconds. */
const REF_DAYS = 7;
const SHOWN = 5;
const SALES_SHOWN = 20;

const T = {
  click: { en: "click", pt: "clique" },
  store: { en: "store", pt: "loja" },
  sale: { en: "sale", pt: "venda" },
  ref: { en: "caller's ref", pt: "ref de quem chama" },
  clicksWith: (ref: string): Text => ({ en: `Clicks with the ref ${ref}`, pt: `Cliques com a ref ${ref}` }),
};

async function clicks(op: Operation, look: Look, id: string): Promise<Found[]> {
  const click = await visitById(op, id);
  if (click === null) return [];
  const went = click.network === null ? look.t(OUTCOMES[click.outcome]) : NETWORK_TITLES[click.network];
  const href = `/console/clickouts/clicks/${id}`;
  return [{ kind: look.t(T.click), title: went, detail: click.url, href, atMs: Date.parse(click.at) }];
}

const foundStore = (look: Look, { storeId, name, domains }: StoreView): Found => ({
  kind: look.t(T.store),
  title: name,
  detail: domains.join(", "),
  href: `/console/clickouts/stores/${storeId}`,
});

async function stores(op: Operation, look: Look, id: string): Promise<Found[]> {
  if (STORE_ID.test(id)) {
    const store = await findStore(op, Number(id));
    return store === null ? [] : [foundStore(look, store)];
  }
  const { items } = await listStores(op, { q: id }, SHOWN);
  return items.map((store) => foundStore(look, store));
}

/** Sales that bear a text: the click that led to them, an order, a ref. */
export async function salesBearing(op: Operation, text: string): Promise<TransactionView[]> {
  return (await listTransactions(op, { bearing: text }, SALES_SHOWN)).items;
}

/** One sale by its id. */
export async function saleById(op: Operation, id: string): Promise<TransactionView | null> {
  return (await listTransactions(op, { ids: [id] }, 1)).items[0] ?? null;
}

async function sales(op: Operation, look: Look, id: string): Promise<Found[]> {
  const items = await salesBearing(op, id);
  return items.map((sale) => ({
    kind: look.t(T.sale),
    title: `${NETWORK_TITLES[sale.network]}, ${look.money(sale.sale)}, ${look.t(SALE_STATES[sale.status].word)}`,
    detail: sale.orderRef ?? sale.externalId,
    href: `/console/clickouts/sales/${encodeURIComponent(sale.transactionId)}`,
    atMs: Date.parse(sale.occurredAt),
  }));
}

async function refs(op: Operation, look: Look, ref: string): Promise<Found[]> {
  const { items } = await listVisits(op, { ref, fromMs: op.deps.clock() - REF_DAYS * DAY_MS }, 1);
  const [newest] = items;
  if (newest === undefined) return [];
  const href = `/console/clickouts/clicks?ref=${encodeURIComponent(ref)}`;
  return [{ kind: look.t(T.ref), title: look.t(T.clicksWith(ref)), href, atMs: Date.parse(newest.at) }];
}

/** What clickouts knows of an id. */
export async function clickoutFinds(desk: Desk, look: Look, id: string): Promise<Found[]> {
  const op = desk.open(look);
  const found = await Promise.all([
    CLICK_ID.test(id) ? clicks(op, look, id) : [],
    stores(op, look, id),
    sales(op, look, id),
    REF.test(id) && !CLICK_ID.test(id) && !STORE_ID.test(id) ? refs(op, look, id) : [],
  ]);
  return found.flat();
}
