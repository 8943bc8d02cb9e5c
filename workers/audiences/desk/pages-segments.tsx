// Audiences at a glance: what needs a person, changes against calls over time, workspaces, and every segment as it stands.
import {
  Card,
  Chart,
  CsvLink,
  Empty,
  Facts,
  Filters,
  Head,
  Needs,
  Pager,
  PostButton,
  Ranges,
  Table,
  needsSay,
} from "../../../src/shared/page/kit.ts";
import type { Child, Filter, Pages, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import { SEGMENT_STATES } from "../objects.ts";
import type { SegmentView, TenantView } from "../schema.ts";
import { flushSegment, listSegments } from "../service-segments.ts";
import { listTenants } from "../service-tenants.ts";
import { PATH, SegmentState, TITLE, Workspace, maybe, segmentPath, segmentSays } from "./pages-parts.tsx";
import { TenantCard } from "./pages-tenants.tsx";
import { MAX_TENANTS, PAGE_SIZE, filterOf, idOf } from "./service-lists.ts";
import { audienceNeeds, shortId } from "./service-needs.ts";
import { flowOver, rangeOf } from "./service.ts";
import type { Desk, Flow, Range } from "./service.ts";
import { CHANGE, SEGMENT, SEGMENT_WORDS } from "./words.ts";

const LIVE_SECONDS = 10;

const T = {
  empty: {
    en: "No audience has arrived yet. Make a key with audiences:ingest and give it to mParticle together with the address of /mparticle.",
    pt: "Nenhuma audiência chegou ainda. Crie uma chave com audiences:ingest e informe-a à mParticle com o endereço de /mparticle.",
  },
  makeKey: { en: "Make a key", pt: "Criar chave" },
  well: (segments: string): Plural => [
    { en: `${segments}, in step with mParticle.`, pt: `${segments}, em dia com a mParticle.` },
    { en: `${segments}, all in step with mParticle.`, pt: `${segments}, todos em dia com a mParticle.` },
  ],
  waits: (changes: string, segments: string): Plural => [
    { en: `${changes} on its way in ${segments}.`, pt: `${changes} a caminho em ${segments}.` },
    { en: `${changes} on their way in ${segments}.`, pt: `${changes} a caminho em ${segments}.` },
  ],
  attention: { en: "Needs attention", pt: "Pede atenção" },
  chart: { en: "Changes sent, and the calls that took them", pt: "Mudanças enviadas e as chamadas que as levaram" },
  sent: { en: "Changes sent", pt: "Mudanças enviadas" },
  calls: { en: "Calls to Split", pt: "Chamadas ao Split" },
  perCall: { en: "Changes per call", pt: "Mudanças por chamada" },
  saved: { en: "Calls saved", pt: "Chamadas poupadas" },
  savedFoot: {
    en: "Saved against one call for each change. Totals come in each minute.",
    pt: "Poupadas em relação a uma chamada por mudança. Os totais chegam a cada minuto.",
  },
  workspace: { en: "Workspace", pt: "Workspace" },
  state: { en: "State", pt: "Estado" },
  segmentsHead: { en: "Segments", pt: "Segmentos" },
  waiting: { en: "Waiting", pt: "À espera" },
  actions: { en: "Actions", pt: "Ações" },
  segment: { en: "Segment", pt: "Segmento" },
  oldest: { en: "Oldest", pt: "Mais antiga" },
  lastFlush: { en: "Last flush", pt: "Último envio" },
  nextFlush: { en: "Next flush", pt: "Próximo envio" },
  members: { en: "Members", pt: "Membros" },
  today: { en: "Calls today", pt: "Chamadas hoje" },
  savedToday: { en: "Saved today", pt: "Poupadas hoje" },
  parked: { en: "Parked", pt: "Separadas" },
  flush: { en: "Flush", pt: "Enviar" },
  flushed: (changes: string, segment: string): Plural => [
    { en: `${changes} of ${segment} is being sent.`, pt: `${changes} de ${segment} a caminho do Split.` },
    { en: `${changes} of ${segment} are being sent.`, pt: `${changes} de ${segment} a caminho do Split.` },
  ],
  nothing: (segment: string): Text => ({ en: `Nothing waits in ${segment}.`, pt: `Nada espera em ${segment}.` }),
  anyWorkspace: { en: "all workspaces", pt: "todos os workspaces" },
  anyState: { en: "all states", pt: "todos os estados" },
  noMatch: { en: "No segment matches.", pt: "Nenhum segmento corresponde." },
};

function FlowCard({ v, flow, range }: { v: View; flow: Flow; range: Range }) {
  const { at, sent, calls, sentSum, callsSum } = flow;
  const perCall = callsSum === 0 ? "–" : v.number(Math.round((10 * sentSum) / callsSum) / 10);
  return (
    <Card title={v.t(T.chart)} aside={<Ranges v={v} chosen={range} />} foot={v.t(T.savedFoot)}>
      <Facts
        facts={[
          { name: v.t(T.sent), value: v.number(sentSum) },
          { name: v.t(T.calls), value: v.number(callsSum) },
          { name: v.t(T.perCall), value: perCall },
          { name: v.t(T.saved), value: v.number(Math.max(0, sentSum - callsSum)) },
        ]}
      />
      <Chart
        v={v}
        label={v.t(T.chart)}
        at={at}
        style={range === "month" ? "date" : "time"}
        series={[
          { name: v.t(T.sent), values: sent },
          { name: v.t(T.calls), values: calls },
        ]}
      />
    </Card>
  );
}

function filtersOf(v: View, tenants: readonly TenantView[]): Filter[] {
  const { workspaceId, state } = filterOf(v.url.searchParams);
  const workspaces = tenants.map((tenant) => ({ value: tenant.workspaceId, label: shortId(tenant.workspaceId) }));
  const states = SEGMENT_STATES.map((value) => ({ value, label: v.t(SEGMENT_WORDS[value].word) }));
  return [
    {
      name: "workspace_id",
      label: v.t(T.workspace),
      value: workspaceId ?? "",
      any: v.t(T.anyWorkspace),
      options: workspaces,
    },
    { name: "state", label: v.t(T.state), value: state ?? "", any: v.t(T.anyState), options: states },
  ];
}

function rowOf(v: View, item: SegmentView, tenants: ReadonlyMap<string, TenantView>): Child[] {
  const waiting = item.pendingAdds + item.pendingDeletes;
  return [
    <>
      <a href={segmentPath(item.id)}>
        <b>{item.segment}</b>
      </a>
      <br />
      <small>{segmentSays(v, item, tenants.get(item.workspaceId))}</small>
    </>,
    <SegmentState v={v} item={item} />,
    <>
      {v.number(waiting)}
      {waiting > 0 && (
        <small>
          {" "}
          +{v.number(item.pendingAdds)} −{v.number(item.pendingDeletes)}
        </small>
      )}
    </>,
    maybe(v, item.oldestPendingAt),
    maybe(v, item.lastFlushAt),
    maybe(v, item.nextFlushAt),
    item.members === null ? "–" : v.number(item.members),
    v.number(item.callsToday),
    v.number(Math.max(0, item.keysToday - item.callsToday)),
    item.parked === 0 ? "0" : <a href={`${segmentPath(item.id)}#parked`}>{v.number(item.parked)}</a>,
    <Workspace v={v} id={item.workspaceId} />,
    v.can("audiences:write") && waiting > 0 && item.state !== "paused" && (
      <PostButton
        v={v}
        to={`${PATH}/flush`}
        label={v.t(T.flush)}
        fields={{ id: item.id, segment: item.segment, back: v.url.search }}
        class="icon"
      />
    ),
  ];
}

/** Adds the first page and its button. */
export function addSegmentsPage(pages: Pages, desk: Desk): void {
  pages.show(PATH, "audiences:read", async (v) => {
    const op = desk.open(v);
    const query = v.url.searchParams;
    const filter = filterOf(query);
    const range = rangeOf(query.get("range"));
    const [{ items, nextCursor }, tenants, totals, flow, needs] = await Promise.all([
      listSegments(op, filter, PAGE_SIZE, query.get("cursor")),
      listTenants(op, MAX_TENANTS),
      desk.desk.segmentTotals(op.db),
      flowOver(v.env, range, v.nowMs),
      audienceNeeds(desk, v),
    ]);
    const byId = new Map(tenants.items.map((tenant) => [tenant.workspaceId, tenant]));
    const num = (name: Text) => ({ name: v.t(name), kind: "num" as const });
    const columns = [
      { name: v.t(T.segment), kind: "wrap" as const },
      v.t(T.state),
      num(T.waiting),
      v.t(T.oldest),
      v.t(T.lastFlush),
      v.t(T.nextFlush),
      num(T.members),
      num(T.today),
      num(T.savedToday),
      num(T.parked),
      v.t(T.workspace),
      { name: v.t(T.actions), kind: "actions" as const },
    ];
    const segments = v.count(totals.segments, ...SEGMENT);
    const pending = items.reduce((sum, { pendingAdds, pendingDeletes }) => sum + pendingAdds + pendingDeletes, 0);
    const nothing = totals.segments === 0 && items.length === 0 && query.size === 0;
    const says =
      needs.length > 0
        ? needsSay(v, needs.length)
        : pending > 0
          ? v.plural(pending, ...T.waits(v.count(pending, ...CHANGE), segments))
          : v.plural(totals.segments, ...T.well(segments));
    const makeKey = (
      <Empty says={v.t(T.empty)}>
        {v.can("keys:write") && (
          <a class="button primary" href="/console/keys#make">
            {v.t(T.makeKey)}
          </a>
        )}
      </Empty>
    );
    return {
      title: v.t(TITLE),
      liveSeconds: LIVE_SECONDS,
      body: (
        <>
          {nothing ? <Head title={v.t(TITLE)} /> : <Head title={v.t(TITLE)} says={says} />}
          {needs.length > 0 && (
            <Card title={v.t(T.attention)} plain>
              <Needs v={v} needs={needs} />
            </Card>
          )}
          {!nothing && <FlowCard v={v} flow={flow} range={range} />}
          {tenants.items.length > 0 && <TenantCard v={v} tenants={tenants.items} />}
          <Card
            title={v.t(T.segmentsHead)}
            id="segments"
            plain
            aside={
              items.length > 0 && (
                <CsvLink
                  path="/api/audiences/segments.csv"
                  query={{ workspace_id: filter.workspaceId, state: filter.state }}
                />
              )
            }
          >
            {!nothing && <Filters v={v} filters={filtersOf(v, tenants.items)} to={`${PATH}#segments`} />}
            <Table
              label={v.t(T.segmentsHead)}
              columns={columns}
              rows={items.map((item) => rowOf(v, item, byId))}
              empty={nothing ? makeKey : <Empty says={v.t(T.noMatch)} />}
            />
            <Pager v={v} next={nextCursor} />
          </Card>
        </>
      ),
    };
  });

  pages.act(`${PATH}/flush`, "audiences:write", async (v, form) => {
    const { pending } = await flushSegment(desk.open(v), idOf(form.text("id")));
    const segment = form.text("segment");
    const flushed = T.flushed(v.count(pending, ...CHANGE), segment);
    const says = pending === 0 ? v.t(T.nothing(segment)) : v.plural(pending, ...flushed);
    const back = form.text("back");
    return { to: `${PATH}${back.startsWith("?") ? back : ""}#segments`, says };
  });
}
