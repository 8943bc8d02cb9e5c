// One segment: how it stands, where its changes go, and what Split would not take, with the way back.
import {
  Card,
  CsvLink,
  Empty,
  Facts,
  Field,
  Form,
  Head,
  Id,
  Pager,
  PostButton,
  Table,
  Time,
} from "../../../src/shared/page/kit.ts";
import type { Child, Pages, Show, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import type { ParkedView, SegmentView } from "../schema.ts";
import { flushSegment, getSegment, listParked, renameSegment, replaySegment } from "../service-segments.ts";
import { listTenants } from "../service-tenants.ts";
import { PATH, SegmentState, TITLE, Workspace, maybe, segmentPath, segmentSays } from "./pages-parts.tsx";
import { MAX_TENANTS, idOf, nameOf, pickedMpids } from "./service-lists.ts";
import type { Desk } from "./service.ts";
import { CHANGE, VERB_WORDS, reasonText, splitSaid } from "./words.ts";

const LIVE_SECONDS = 10;
const PAGE_SIZE = 100;

const T = {
  waitsAdd: { en: "Waiting to be added", pt: "À espera de inclusão" },
  waitsDelete: { en: "Waiting to be removed", pt: "À espera de remoção" },
  oldest: { en: "Oldest of them", pt: "A mais antiga" },
  lastFlush: { en: "Last flush", pt: "Último envio" },
  nextFlush: { en: "Next flush", pt: "Próximo envio" },
  members: { en: "Members at Split", pt: "Membros no Split" },
  counted: (time: string): Text => ({ en: `counted ${time}`, pt: `contados ${time}` }),
  calls: { en: "Calls today", pt: "Chamadas hoje" },
  saved: { en: "Calls saved today", pt: "Chamadas poupadas hoje" },
  flush: { en: "Flush now", pt: "Enviar agora" },
  flushed: (changes: string): Plural => [
    { en: `${changes} is being sent.`, pt: `${changes} a caminho do Split.` },
    { en: `${changes} are being sent.`, pt: `${changes} a caminho do Split.` },
  ],
  nothingWaits: { en: "Nothing waits here.", pt: "Nada espera aqui." },
  where: { en: "Where its changes go", pt: "Para onde vão as mudanças" },
  workspace: { en: "Workspace", pt: "Workspace" },
  environment: { en: "Environment", pt: "Ambiente" },
  audience: { en: "Audience at mParticle", pt: "Audiência na mParticle" },
  noAudience: { en: "none (batch door)", pt: "nenhuma (porta de lotes)" },
  id: { en: "Id here", pt: "Id aqui" },
  name: { en: "Name at Split", pt: "Nome no Split" },
  nameHint: {
    en: "From now on changes go to the segment of this name; it is made if it is not there. Members of the present one stay.",
    pt: "A partir de agora as mudanças vão para o segmento com este nome; ele é criado se não existir. Os membros do atual ficam.",
  },
  rename: { en: "Send changes there", pt: "Enviar as mudanças para lá" },
  renamed: (name: string): Text => ({
    en: `Changes go to ${name} from now on.`,
    pt: `As mudanças vão para ${name} a partir de agora.`,
  }),
  parked: { en: "Parked changes", pt: "Mudanças separadas" },
  noneParked: {
    en: "Nothing is parked: Split took all that was sent.",
    pt: "Nada separado: o Split aceitou tudo que foi enviado.",
  },
  pick: { en: "Pick", pt: "Escolher" },
  mpid: { en: "MPID", pt: "MPID" },
  verb: { en: "Change", pt: "Mudança" },
  reason: { en: "Why", pt: "Por quê" },
  said: { en: "What Split said", pt: "O que o Split disse" },
  when: { en: "Of", pt: "De" },
  wholeSegment: { en: "the segment", pt: "o segmento" },
  replay: { en: "Replay those picked", pt: "Reenviar as escolhidas" },
  replayAll: (n: string): Plural => [
    { en: "Replay it", pt: "Reenviar" },
    { en: `Replay all ${n}`, pt: `Reenviar todas (${n})` },
  ],
  replayed: (changes: string): Plural => [
    { en: `${changes} goes out again.`, pt: `${changes} de volta ao envio.` },
    { en: `${changes} go out again.`, pt: `${changes} de volta ao envio.` },
  ],
  pickOne: { en: "Pick at least one change.", pt: "Escolha ao menos uma mudança." },
};

function Standing({ v, item }: { v: View; item: SegmentView }) {
  const { callsToday, keysToday, members, membersAt } = item;
  return (
    <Facts
      facts={[
        { name: v.t(T.waitsAdd), value: v.number(item.pendingAdds) },
        { name: v.t(T.waitsDelete), value: v.number(item.pendingDeletes) },
        { name: v.t(T.oldest), value: maybe(v, item.oldestPendingAt) },
        { name: v.t(T.lastFlush), value: maybe(v, item.lastFlushAt) },
        { name: v.t(T.nextFlush), value: maybe(v, item.nextFlushAt) },
        {
          name: v.t(T.members),
          value:
            members === null ? (
              "–"
            ) : (
              <>
                {v.number(members)}
                {membersAt !== null && <small> {v.t(T.counted(v.time(Date.parse(membersAt))))}</small>}
              </>
            ),
        },
        { name: v.t(T.calls), value: v.number(callsToday) },
        { name: v.t(T.saved), value: v.number(Math.max(0, keysToday - callsToday)) },
      ]}
    />
  );
}

function Target({ v, item }: { v: View; item: SegmentView }) {
  return (
    <Card title={v.t(T.where)}>
      <Facts
        small
        facts={[
          { name: v.t(T.workspace), value: <Workspace v={v} id={item.workspaceId} /> },
          { name: v.t(T.environment), value: <Id value={item.environmentId} /> },
          {
            name: v.t(T.audience),
            value: item.audienceId === null ? v.t(T.noAudience) : <Id value={item.audienceId} />,
          },
          { name: v.t(T.id), value: <Id value={item.id} /> },
        ]}
      />
      {v.can("audiences:write") && (
        <Form v={v} to={`${segmentPath(item.id)}/name`}>
          <Field
            v={v}
            name="segmentName"
            label={v.t(T.name)}
            hint={v.t(T.nameHint)}
            value={item.segment}
            required
            more={{ maxlength: "100", spellcheck: "false" }}
          />
          <button>{v.t(T.rename)}</button>
        </Form>
      )}
    </Card>
  );
}

function Parked(props: { v: View; item: SegmentView; parked: readonly ParkedView[]; next: string | null }) {
  const { v, item, parked, next } = props;
  const pickable = v.can("audiences:write") && parked.length > 0;
  const rows = parked.map((one): Child[] => [
    ...(pickable
      ? [
          one.mpid === "" ? (
            ""
          ) : (
            <input type="checkbox" name="mpids" value={one.mpid} aria-label={`${v.t(T.pick)} ${one.mpid}`} />
          ),
        ]
      : []),
    one.mpid === "" ? v.t(T.wholeSegment) : <Id value={one.mpid} />,
    v.t(VERB_WORDS[one.verb]),
    v.t(reasonText(one.reason)),
    splitSaid(one.detail),
    <Time v={v} at={Date.parse(one.at)} />,
  ]);
  const columns = [
    ...(pickable ? [v.t(T.pick)] : []),
    v.t(T.mpid),
    v.t(T.verb),
    { name: v.t(T.reason), kind: "wrap" as const },
    { name: v.t(T.said), kind: "wrap" as const },
    v.t(T.when),
  ];
  const table = (
    <Table label={v.t(T.parked)} columns={columns} rows={rows} empty={<Empty says={v.t(T.noneParked)} />} />
  );
  const csv = <CsvLink path={`/api/audiences/segments/${item.id}/parked.csv`} />;
  return (
    <Card title={v.t(T.parked)} id="parked" plain aside={parked.length > 0 && csv}>
      {pickable ? (
        <Form v={v} to={`${segmentPath(item.id)}/replay`} class="plain-form">
          {table}
          <div class="row foot-row">
            <button>{v.t(T.replay)}</button>
            <button class="primary" name="all" value="1">
              {v.plural(item.parked, ...T.replayAll(v.number(item.parked)))}
            </button>
          </div>
        </Form>
      ) : (
        table
      )}
      <Pager v={v} next={next} />
    </Card>
  );
}

/** Adds the page of one segment and its buttons. */
export function addSegmentPage(pages: Pages, desk: Desk): void {
  const one: Show = async (v, c) => {
    const op = desk.open(v);
    const id = idOf(c.req.param("id"));
    const [item, parked, tenants] = await Promise.all([
      getSegment(op, id),
      listParked(op, id, PAGE_SIZE, v.url.searchParams.get("cursor")),
      // An operator has a handful; asked for all, it goes in the same trip.
      listTenants(op, MAX_TENANTS),
    ]);
    const tenant = tenants.items.find(({ workspaceId }) => workspaceId === item.workspaceId);
    const mayWrite = v.can("audiences:write");
    return {
      title: `${item.segment} · ${v.t(TITLE)}`,
      // While somebody picks, what he picked must stay.
      ...(parked.items.length > 0 ? {} : { liveSeconds: LIVE_SECONDS }),
      body: (
        <>
          <Head
            title={item.segment}
            trail={[{ label: v.t(TITLE), href: PATH }]}
            says={
              <>
                <SegmentState v={v} item={item} /> {segmentSays(v, item, item.state === "paused" ? tenant : undefined)}
              </>
            }
          >
            {mayWrite && <PostButton v={v} to={`${segmentPath(id)}/flush`} label={v.t(T.flush)} />}
          </Head>
          <Card>
            <Standing v={v} item={item} />
          </Card>
          <Parked v={v} item={item} parked={parked.items} next={parked.nextCursor} />
          <Target v={v} item={item} />
        </>
      ),
    };
  };
  pages.show(segmentPath(":id"), "audiences:read", one);

  pages.act(`${segmentPath(":id")}/flush`, "audiences:write", async (v, _form, c) => {
    const id = idOf(c.req.param("id"));
    const { pending } = await flushSegment(desk.open(v), id);
    const flushed = T.flushed(v.count(pending, ...CHANGE));
    const says = pending === 0 ? v.t(T.nothingWaits) : v.plural(pending, ...flushed);
    return { to: segmentPath(id), says };
  });

  pages.act(`${segmentPath(":id")}/replay`, "audiences:write", async (v, form, c) => {
    const id = idOf(c.req.param("id"));
    const to = `${segmentPath(id)}#parked`;
    const picked = form.all("mpids");
    if (form.text("all") === "" && picked.length === 0) return { to, says: v.t(T.pickOne), tone: "warn" };
    const { replayed } = await replaySegment(
      desk.open(v),
      id,
      form.text("all") === "" ? pickedMpids(picked) : undefined,
    );
    return { to, says: v.plural(replayed, ...T.replayed(v.count(replayed, ...CHANGE))) };
  });

  pages.act(
    `${segmentPath(":id")}/name`,
    "audiences:write",
    async (v, form, c) => {
      const id = idOf(c.req.param("id"));
      const segmentName = nameOf(form.text("segmentName"));
      await renameSegment(desk.open(v), id, segmentName);
      return { to: segmentPath(id), says: v.t(T.renamed(segmentName)) };
    },
    one,
  );
}
