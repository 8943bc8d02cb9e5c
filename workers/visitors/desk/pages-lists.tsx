// Deliveries with what became of them, and what was set aside: elements that could not be read, attributes that Maxymiser
// refused, with the way back. No visitor's id or value is shown.
import { Card, Empty, Field, Form, Head, Pager, Tag, Table, Time } from "../../../src/shared/page/kit.ts";
import type { Child, Pages, Plural, Show, View } from "../../../src/shared/page/kit.ts";
import { OUTCOMES } from "../schema.ts";
import { listParked, replayParked } from "../service-parked.ts";
import type { ParkedItem } from "../service-parked.ts";
import { listDeliveries } from "../service-views.ts";
import { CsvLink, DeliveryTable, PATH, SiteLink, TITLE } from "./pages-parts.tsx";
import { deliveriesOf, deliveryPlaceOf, parkedOf, parkedPlaceOf, pickedIds } from "./service.ts";
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
  filter: { en: "Filter", pt: "Filtrar" },
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

function Deliveries({ v }: { v: View }) {
  const { site = "", outcome = "", bearing = "" } = deliveriesOf(v.url.searchParams);
  const outcomes = OUTCOMES.map((value) => ({ value, label: v.t(OUTCOME_WORDS[value].word) }));
  return (
    <form class="filters" method="get" action={`${PATH}/deliveries`}>
      <Field v={v} name="site" label={v.t(T.site)} value={site} />
      <Field
        v={v}
        name="outcome"
        label={v.t(T.outcome)}
        type="select"
        value={outcome}
        options={[{ value: "", label: v.t(T.any) }, ...outcomes]}
      />
      <Field v={v} name="id" label={v.t(T.id)} value={bearing} placeholder={v.t(T.idHint)} />
      <button>{v.t(T.filter)}</button>
    </form>
  );
}

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

function ParkedFilters({ v }: { v: View }) {
  const { site = "", kind = "" } = parkedOf(v.url.searchParams);
  const kinds = (["quarantine", "delivery"] as const).map((value) => ({ value, label: v.t(T[value]) }));
  return (
    <form class="filters" method="get" action={`${PATH}/parked`}>
      <Field
        v={v}
        name="kind"
        label={v.t(T.kind)}
        type="select"
        value={kind}
        options={[{ value: "", label: v.t(T.any) }, ...kinds]}
      />
      <Field v={v} name="site" label={v.t(T.site)} value={site} />
      <button>{v.t(T.filter)}</button>
    </form>
  );
}

function Parked({ v, items, next }: { v: View; items: readonly ParkedItem[]; next: string | null }) {
  const { site } = parkedOf(v.url.searchParams);
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
  return (
    <>
      {pickable ? (
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
      ) : (
        table
      )}
      <Pager v={v} next={next} />
    </>
  );
}

/** Adds the lists of deliveries and of what was set aside. */
export function addListPages(pages: Pages, desk: Desk): void {
  pages.show(`${PATH}/deliveries`, "visitors:read", async (v) => {
    const query = v.url.searchParams;
    const { items, nextCursor } = await listDeliveries(
      desk.open(v),
      deliveriesOf(query),
      deliveryPlaceOf(query),
      PAGE_SIZE,
    );
    return {
      title: `${v.t(T.deliveries)} · ${v.t(TITLE)}`,
      ...(query.size === 0 ? { liveSeconds: LIVE_SECONDS } : {}),
      body: (
        <>
          <Head title={v.t(T.deliveries)} trail={[{ label: v.t(TITLE), href: PATH }]} says={v.t(T.deliveriesSay)}>
            <CsvLink v={v} path="/api/visitors/deliveries.csv" names={["site", "outcome"]} />
          </Head>
          <Card plain>
            <Deliveries v={v} />
            <DeliveryTable v={v} items={items} empty={T.none} />
            <Pager v={v} next={nextCursor} />
          </Card>
        </>
      ),
    };
  });

  const parked: Show = async (v) => {
    const query = v.url.searchParams;
    const { items, nextCursor } = await listParked(desk.open(v), parkedOf(query), parkedPlaceOf(query), PAGE_SIZE);
    return {
      title: `${v.t(T.parked)} · ${v.t(TITLE)}`,
      body: (
        <>
          <Head title={v.t(T.parked)} trail={[{ label: v.t(TITLE), href: PATH }]} says={v.t(T.parkedSay)}>
            <CsvLink v={v} path="/api/visitors/parked.csv" names={["site", "kind"]} />
          </Head>
          <Card plain>
            <ParkedFilters v={v} />
            <Parked v={v} items={items} next={nextCursor} />
          </Card>
        </>
      ),
    };
  };
  pages.show(`${PATH}/parked`, "visitors:read", parked);

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
