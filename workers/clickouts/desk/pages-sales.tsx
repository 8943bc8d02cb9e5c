// Sales that networks told of: attributed to a click or not, with every change of theirs. Looking only.
import {
  Card,
  CsvLink,
  Empty,
  EmptyList,
  Facts,
  Head,
  Id,
  ListPage,
  State,
  Table,
  Tag,
  Time,
  Timeline,
} from "../../../src/shared/page/kit.ts";
import type { Child, Filter, Pages, Show, Text, View } from "../../../src/shared/page/kit.ts";
import type { TransactionView } from "../earnings/schema.ts";
import { listTransactions, storesOfTransactions } from "../earnings/service-transactions.ts";
import { StoreLink, doorQuery, home, sharedFilters } from "./pages-links.tsx";
import { salesQuery } from "./schema.ts";
import { checked } from "./service.ts";
import type { Desk } from "./service.ts";
import { saleById } from "./service-find.ts";
import { readDays, required } from "./service-reading.ts";
import { NETWORK_TITLES, SALE_FIELDS, SALE_STATES } from "./words.ts";

const PATH = "/console/clickouts/sales";
const PAGE_SIZE = 50;

const T = {
  title: { en: "Sales", pt: "Vendas" },
  says: {
    en: "What the networks say that clicks earned, by the order's time. They are asked every hour.",
    pt: "O que as redes dizem que os cliques renderam, pela hora do pedido. São consultadas a cada hora.",
  },
  none: { en: "No sale matches.", pt: "Nenhuma venda corresponde." },
  noneYet: {
    en: "No network has told of a sale yet. Ask them now, or wait for the full hour.",
    pt: "Nenhuma rede informou vendas ainda. Consulte-as agora ou aguarde a próxima hora.",
  },
  ask: { en: "Ask the networks", pt: "Consultar as redes" },
  when: { en: "Ordered", pt: "Pedido em" },
  sale: { en: "Sale", pt: "Venda" },
  commission: { en: "Commission", pt: "Comissão" },
  state: { en: "State", pt: "Situação" },
  network: { en: "Network", pt: "Rede" },
  store: { en: "Store", pt: "Loja" },
  order: { en: "Order", pt: "Pedido" },
  click: { en: "Click", pt: "Clique" },
  notOurs: { en: "not attributed", pt: "não atribuída" },
  attributed: { en: "Click", pt: "Clique" },
  ours: { en: "attributed", pt: "atribuída" },
  all: { en: "all", pt: "todas" },
  ref: { en: "Caller's ref", pt: "Ref de quem chama" },
  changed: (n: string): Text => ({ en: `changed ${n}×`, pt: `mudou ${n}×` }),
  changes: { en: "What changed", pt: "O que mudou" },
  noChange: { en: "Nothing has changed since we first read it.", pt: "Nada mudou desde a primeira leitura." },
  validated: { en: "Decided", pt: "Decidida em" },
  reason: { en: "Reason of the refusal", pt: "Motivo da recusa" },
  advertiser: { en: "Advertiser there", pt: "Anunciante lá" },
  idThere: { en: "Id there", pt: "Id lá" },
  why: {
    en: "Its click id is missing, foreign, or of a click that our log does not have. It counts in no store's figures.",
    pt: "O id de clique falta, é de outro sistema ou não está no nosso registro. Não entra nos números de loja alguma.",
  },
  details: { en: "Details", pt: "Detalhes" },
  what: { en: "Detail", pt: "Detalhe" },
  value: { en: "Value", pt: "Valor" },
  nothing: { en: "nothing", pt: "nada" },
};

/** A sale's state. */
export function SaleState({ v, status }: { v: View; status: TransactionView["status"] }) {
  const { tone, word } = SALE_STATES[status];
  return <State tone={tone}>{v.t(word)}</State>;
}

/** Sales as a table. `names`: of their stores; without it the store is known from the page. */
export function SalesTable(props: {
  v: View;
  sales: readonly TransactionView[];
  names?: ReadonlyMap<number, string>;
  empty?: Child;
}) {
  const { v, sales, names } = props;
  const rows = sales.map((sale) => [
    <Time v={v} at={Date.parse(sale.occurredAt)} />,
    <a href={`${PATH}/${encodeURIComponent(sale.transactionId)}`}>{sale.orderRef ?? sale.externalId}</a>,
    NETWORK_TITLES[sale.network],
    ...(names === undefined ? [] : [<StoreLink v={v} id={sale.storeId} names={names} />]),
    <span class="row">
      <SaleState v={v} status={sale.status} />
      {sale.changes.length > 0 && <Tag>{v.t(T.changed(v.number(sale.changes.length)))}</Tag>}
    </span>,
    v.money(sale.sale),
    v.money(sale.commission),
    sale.clickoutId === null ? (
      <Tag>{v.t(T.notOurs)}</Tag>
    ) : (
      <Id value={sale.clickoutId} href={`/console/clickouts/clicks/${sale.clickoutId}`} />
    ),
  ]);
  const columns = [
    v.t(T.when),
    v.t(T.order),
    v.t(T.network),
    ...(names === undefined ? [] : [v.t(T.store)]),
    v.t(T.state),
    { name: v.t(T.sale), kind: "num" as const },
    { name: v.t(T.commission), kind: "num" as const },
    v.t(T.click),
  ];
  return (
    <Table label={v.t(T.title)} columns={columns} rows={rows} empty={props.empty ?? <Empty says={v.t(T.none)} />} />
  );
}

function filtersOf(v: View): Filter[] {
  const any = v.t(T.all);
  const { store, network, ref, from, to } = sharedFilters(v, any);
  const states = Object.entries(SALE_STATES).map(([value, { word }]) => ({ value, label: v.t(word) }));
  const attributed = [
    { value: "true", label: v.t(T.ours) },
    { value: "false", label: v.t(T.notOurs) },
  ];
  const status = { name: "status", label: v.t(T.state), any, options: states };
  const click = { name: "attributed", label: v.t(T.attributed), any, options: attributed };
  return [status, network, click, store, ref, from, to];
}

function list(desk: Desk): Show {
  return async (v) => {
    const query = v.url.searchParams;
    const { store_id: storeId, ...filter } = checked(salesQuery, Object.fromEntries(query));
    const wanted = { ...filter, storeId, ...readDays(query, v.zone) };
    const asked = [desk.open(v), wanted, PAGE_SIZE, query.get("cursor")] as const;
    const [{ items, nextCursor }, names] = await Promise.all([
      listTransactions(...asked),
      storesOfTransactions(...asked),
    ]);
    const first = { says: v.t(T.noneYet), label: v.t(T.ask), href: "/console/clickouts/networks#runs" };
    const empty = <EmptyList v={v} none={v.t(T.none)} first={first} />;
    return {
      title: v.t(T.title),
      body: (
        <ListPage
          v={v}
          title={v.t(T.title)}
          trail={[home(v)]}
          says={v.t(T.says)}
          list={v.t(T.title)}
          csv={<CsvLink path="/api/clickouts/transactions.csv" query={doorQuery(v)} />}
          filters={filtersOf(v)}
          next={nextCursor}
        >
          <SalesTable v={v} sales={items} names={names} empty={empty} />
        </ListPage>
      ),
    };
  };
}

/** A value of a change as its reader knows it: states by their word, amounts in his writing. */
function written(v: View, field: string, value: string | null): string {
  if (value === null) return v.t(T.nothing);
  const state = SALE_STATES[value as keyof typeof SALE_STATES];
  if (field === "status" && state !== undefined) return v.t(state.word);
  const [, amount, currency] = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(value) ?? [];
  return amount === undefined || currency === undefined ? value : v.money({ value: amount, currency });
}

function one(desk: Desk): Show {
  return async (v, c) => {
    const id = decodeURIComponent(c.req.param("id") ?? "");
    const op = desk.open(v);
    const [found, names] = await Promise.all([saleById(op, id), storesOfTransactions(op, { ids: [id] }, 1)]);
    const sale = required(found, "This sale");
    const facts = [
      { name: v.t(T.sale), value: v.money(sale.sale) },
      { name: v.t(T.commission), value: v.money(sale.commission) },
      { name: v.t(T.when), value: <Time v={v} at={Date.parse(sale.occurredAt)} /> },
      ...(sale.validatedAt === null
        ? []
        : [{ name: v.t(T.validated), value: <Time v={v} at={Date.parse(sale.validatedAt)} /> }]),
      ...(sale.storeId === null
        ? []
        : [{ name: v.t(T.store), value: <StoreLink v={v} id={sale.storeId} names={names} /> }]),
    ];
    const more = [
      [v.t(T.order), sale.orderRef],
      [v.t(T.idThere), sale.externalId],
      [v.t(T.advertiser), sale.advertiserId],
      [v.t(T.ref), sale.ref],
      [v.t(T.reason), sale.declineReason],
    ].filter(([, value]) => value !== null);
    const periods = sale.changes.toReversed().map(({ at, field, from, to }) => ({
      when: "past" as const,
      title: (
        <>
          <Time v={v} at={Date.parse(at)} /> · {v.t(SALE_FIELDS[field] ?? { en: field, pt: field })}
        </>
      ),
      detail: (
        <span class="diff">
          <del>{written(v, field, from)}</del> <ins>{written(v, field, to)}</ins>
        </span>
      ),
    }));
    return {
      title: `${v.t(T.sale)} ${sale.orderRef ?? sale.externalId}`,
      body: (
        <>
          <Head
            title={`${NETWORK_TITLES[sale.network]}, ${sale.orderRef ?? sale.externalId}`}
            trail={[home(v), { label: v.t(T.title), href: PATH }]}
            says={<SaleState v={v} status={sale.status} />}
          />
          <Facts facts={facts} />
          <div class="cols">
            <Card title={v.t(T.details)} plain>
              <Table
                label={v.t(T.details)}
                columns={[v.t(T.what), v.t(T.value)]}
                rows={[
                  [
                    v.t(T.click),
                    sale.clickoutId === null ? (
                      <Tag>{v.t(T.notOurs)}</Tag>
                    ) : (
                      <Id value={sale.clickoutId} href={`/console/clickouts/clicks/${sale.clickoutId}`} />
                    ),
                  ],
                  ...more,
                ]}
              />
            </Card>
            <Card title={v.t(T.changes)} foot={sale.clickoutId === null ? v.t(T.why) : undefined}>
              {periods.length === 0 ? <p class="muted">{v.t(T.noChange)}</p> : <Timeline periods={periods} />}
            </Card>
          </div>
        </>
      ),
    };
  };
}

/** Adds the pages of sales. */
export function addSalePages(pages: Pages, desk: Desk): void {
  pages.show(PATH, "clickouts:read", list(desk));
  pages.show(`${PATH}/:id`, "clickouts:read", one(desk));
}
