// Deliveries with what became of them, and what was set aside: elements that could not be read, attributes that Maxymiser
// refused, with the way back. No visitor's id or value is shown.
import { CsvLink, Empty, Form, ListPage, Table, Tag, Time } from "../../../src/shared/page/kit.ts";
import type { Child, Pages, Plural, View } from "../../../src/shared/page/kit.ts";
import { OUTCOMES } from "../schema.ts";
import type { ParkedItem } from "../schema.ts";
import { listParked, replayParked } from "../service-parked.ts";
import { listDeliveries } from "../service-views.ts";
import { DeliveryTable, PATH, SiteLink, TITLE } from "./pages-parts.tsx";
import { deliveriesOf, parkedOf, pickedIds } from "./service.ts";
import type { Desk } from "./service.ts";
import { OUTCOME_WORDS, reasonText } from "./words.ts";

const PAGE_SIZE = 50;
const LIVE_SECONDS = 10;

const T = {
  deliveries: { en: "Deliveries", pt: "Entregas" },
  deliveriesSay: {
    en: "Calls to Maxymiser, newest first: the newest 1,000 of each shard. A customer shows as the hash of his id.",
    pt: "Chamadas ao Maxymiser, da mais recente à mais antiga: as 1.000 mais novas de cada fatia. Um cliente aparece como o hash do id.",
  },
  none: { en: "No delivery matches.", pt: "Nenhuma entrega corresponde." },
  site: { en: "Site", pt: "Site" },
  outcome: { en: "Outcome", pt: "Desfecho" },
  any: { en: "all", pt: "todos" },
  id: { en: "Customer or delivery id", pt: "Id de cliente ou de entrega" },
  idHint: { en: "Whole, or a customer's hash.", pt: "Inteiro, ou o hash do cliente." },
  parked: { en: "Quarantine and parked", pt: "Quarentena e separados" },
  parkedSay: {
    en: "What could not be read, and what Maxymiser did not take. Kept for 30 days; a replay keeps the event's own time, so nothing newer is replaced.",
    pt: "O que não pôde ser lido e o que o Maxymiser não aceitou. Guardado por 30 dias; reenviar mantém a hora do evento, e nada mais novo é substituído.",
  },
  noneParked: { en: "Nothing is set aside.", pt: "Nada separado." },
  kind: { en: "What", pt: "O quê" },
  quarantine: { en: "not readable", pt: "ilegível" },
  delivery: { en: "not delivered", pt: "não entregue" },
  pick: { en: "Pick", pt: "Escolher" },
  when: { en: "When", pt: "Quando" },
  attribute: { en: "Attribute", pt: "Atributo" },
  why: { en: "Why", pt: "Por quê" },
  replay: { en: "Replay those picked", pt: "Reenviar os escolhidos" },
  replayPage: (n: string): Plural => [
    { en: "Replay the one on this page", pt: "Reenviar o desta página" },
    { en: `Replay all ${n} on this page`, pt: `Reenviar os ${n} desta página` },
  ],
  replaySite: { en: "Replay all of this site", pt: "Reenviar tudo deste site" },
  replayed: (n: string): Plural => [
    { en: `${n} goes out again.`, pt: `${n} de volta ao envio.` },
    { en: `${n} go out again.`, pt: `${n} de volta ao envio.` },
  ],
  kept: { en: " What still cannot be read stays.", pt: " O que ainda é ilegível fica." },
  pickOne: { en: "Pick at least one line.", pt: "Escolha ao menos uma linha." },
};

function parkedRow(v: View, item: ParkedItem, pickable: boolean): Child[] {
  return [
    ...(pickable
      ? [<input type="checkbox" name="ids" value={item.id} aria-label={`${v.t(T.pick)} ${item.at}`} />]
      : []),
    <Time v={v} at={Date.parse(item.at)} />,
    <Tag>{v.t(item.kind === "quarantine" ? T.quarantine : T.delivery)}</Tag>,
    <SiteLink id={item.mmSiteId} />,
    item.attributeName === null ? "–" : <code>{item.attributeName}</code>,
    <>
      {v.t(reasonText(item.reason))}
      <br />
      <small>{item.detail}</small>
    </>,
  ];
}

function Parked({ v, items, site }: { v: View; items: readonly ParkedItem[]; site: string | undefined }) {
  const pickable = v.can("visitors:write") && items.length > 0;
  const columns = [
    ...(pickable ? [v.t(T.pick)] : []),
    v.t(T.when),
    v.t(T.kind),
    v.t(T.site),
    v.t(T.attribute),
    { name: v.t(T.why), kind: "wrap" as const },
  ];
  const rows = items.map((item) => parkedRow(v, item, pickable));
  const table = (
    <Table label={v.t(T.parked)} columns={columns} rows={rows} empty={<Empty says={v.t(T.noneParked)} />} />
  );
  if (!pickable) return table;
  return (
    <Form v={v} to={`${PATH}/parked/replay${v.url.search}`} class="plain-form">
      {table}
      <div class="row foot-row">
        <button>{v.t(T.replay)}</button>
        <button
          class={site === undefined ? "primary" : undefined}
          name="all"
          value={items.map(({ id }) => id).join(",")}
        >
          {v.plural(items.length, ...T.replayPage(v.number(items.length)))}
        </button>
        {site !== undefined && (
          <button class="primary" name="site" value={site}>
            {v.t(T.replaySite)}
          </button>
        )}
      </div>
    </Form>
  );
}

/** Adds the lists of deliveries and of what was set aside. */
export function addListPages(pages: Pages, desk: Desk): void {
  pages.show(`${PATH}/deliveries`, "visitors:read", async (v) => {
    const query = v.url.searchParams;
    const filter = deliveriesOf(query);
    const { items, nextCursor } = await listDeliveries(desk.open(v), filter, PAGE_SIZE, query.get("cursor"));
    const { site, outcome, bearing } = filter;
    const outcomes = OUTCOMES.map((value) => ({ value, label: v.t(OUTCOME_WORDS[value].word) }));
    return {
      title: `${v.t(T.deliveries)} · ${v.t(TITLE)}`,
      ...(query.size === 0 ? { liveSeconds: LIVE_SECONDS } : {}),
      body: (
        <ListPage
          v={v}
          title={v.t(T.deliveries)}
          trail={[{ label: v.t(TITLE), href: PATH }]}
          says={v.t(T.deliveriesSay)}
          csv={<CsvLink path="/api/visitors/deliveries.csv" query={{ site, outcome }} />}
          filters={[
            { name: "site", label: v.t(T.site), value: site ?? "" },
            { name: "outcome", label: v.t(T.outcome), any: v.t(T.any), options: outcomes },
            { name: "id", label: v.t(T.id), value: bearing ?? "", placeholder: v.t(T.idHint) },
          ]}
          next={nextCursor}
        >
          <DeliveryTable v={v} items={items} empty={T.none} />
        </ListPage>
      ),
    };
  });

  pages.show(`${PATH}/parked`, "visitors:read", async (v) => {
    const query = v.url.searchParams;
    const filter = parkedOf(query);
    const { items, nextCursor } = await listParked(desk.open(v), filter, PAGE_SIZE, query.get("cursor"));
    const { site, kind } = filter;
    const kinds = (["quarantine", "delivery"] as const).map((value) => ({ value, label: v.t(T[value]) }));
    return {
      title: `${v.t(T.parked)} · ${v.t(TITLE)}`,
      body: (
        <ListPage
          v={v}
          title={v.t(T.parked)}
          trail={[{ label: v.t(TITLE), href: PATH }]}
          says={v.t(T.parkedSay)}
          csv={<CsvLink path="/api/visitors/parked.csv" query={{ site, kind }} />}
          filters={[
            { name: "kind", label: v.t(T.kind), any: v.t(T.any), options: kinds },
            { name: "site", label: v.t(T.site), value: site ?? "" },
          ]}
          next={nextCursor}
        >
          <Parked v={v} items={items} site={site} />
        </ListPage>
      ),
    };
  });

  pages.act(`${PATH}/parked/replay`, "visitors:write", async (v, form, c) => {
    const to = `${PATH}/parked${v.url.search}`;
    const wanted = pickedIds(form.text("site"), form.text("all"), form.all("ids"));
    if (wanted === null) return { to, says: v.t(T.pickOne), tone: "warn" };
    const replayed = await replayParked(desk.open(v, c), wanted);
    const short = "ids" in wanted && replayed < wanted.ids.length;
    return {
      to,
      says: v.plural(replayed, ...T.replayed(v.number(replayed))) + (short ? v.t(T.kept) : ""),
      tone: short ? "warn" : "ok",
    };
  });
}
