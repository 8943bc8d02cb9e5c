// What audiences has to say on the overview: whether changes flow, and what a person must do so that they do. Reading only.
import { HOUR_MS } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import type { Look, Need, SetUpStep, Plural, Text, TileData } from "../../../src/shared/page/kit.ts";
import type { TenantView } from "../schema.ts";
import { listTenants } from "../service-tenants.ts";
import { MAX_MEMBERS, NEARLY_FULL_MEMBERS } from "../split/members.ts";
import type { SegmentRow } from "../store-segments.ts";
import type { Desk } from "./service.ts";
import { MAX_TENANTS } from "./service-lists.ts";
import { flowOver, withWaiting } from "./service.ts";
import { CALL, CHANGE, SEGMENT, splitSaid } from "./words.ts";

const PATH = "/console/audiences";
/** Segments that get a line of their own; the rest share one. */
const SHOWN = 3;
const MAX_TROUBLED = 100;

const T = {
  flowing: { en: "flowing", pt: "fluindo" },
  quiet: { en: "no changes yet", pt: "sem mudanças ainda" },
  held: [
    { en: "workspace held", pt: "workspace parado" },
    { en: "workspaces held", pt: "workspaces parados" },
  ] satisfies Plural,
  unit: (calls: string): Text => ({ en: `changes in 24 h · ${calls}`, pt: `mudanças em 24 h · ${calls}` }),
  spark: (from: string, to: string): Text => ({
    en: `Changes per hour, 24 hours, between ${from} and ${to}`,
    pt: `Mudanças por hora, 24 horas, entre ${from} e ${to}`,
  }),
  waits: (n: string, age: string): Text => ({
    en: `${n} waiting, the oldest ${age}`,
    pt: `${n} à espera, a mais antiga há ${age}`,
  }),
  nothingWaits: { en: "nothing waits", pt: "nada à espera" },
  refused: (workspace: string): Text => ({
    en: `Split refuses the key of workspace ${workspace}.`,
    pt: `O Split recusa a chave do workspace ${workspace}.`,
  }),
  refusedDetail: (since: string, pending: string, segments: string): Plural => [
    {
      en: `Since ${since}. ${pending} in ${segments} is safe and waiting; a key that works sends it at once.`,
      pt: `Desde ${since}. ${pending} em ${segments} está a salvo, à espera; uma chave que funcione a envia na hora.`,
    },
    {
      en: `Since ${since}. ${pending} in ${segments} are safe and waiting; a key that works sends them at once.`,
      pt: `Desde ${since}. ${pending} em ${segments} estão a salvo, à espera; uma chave que funcione as envia na hora.`,
    },
  ],
  suspends: (time: string): Text => ({
    en: ` From ${time} on mParticle is told to stop sending.`,
    pt: ` A partir de ${time}, a mParticle é avisada para parar de enviar.`,
  }),
  suspended: {
    en: " mParticle is told to stop sending; click Resume there once the key works.",
    pt: " A mParticle foi avisada para parar; clique em Resume lá quando a chave funcionar.",
  },
  enter: { en: "Enter a key", pt: "Informar uma chave" },
  parked: (changes: string, segment: string): Plural => [
    { en: `${changes} of ${segment} is parked.`, pt: `${changes} de ${segment} foi separada.` },
    { en: `${changes} of ${segment} are parked.`, pt: `${changes} de ${segment} foram separadas.` },
  ],
  parkedDetail: [
    { en: "It is safe; the others of the segment went through.", pt: "Está a salvo; as demais do segmento passaram." },
    {
      en: "They are safe; the others of the segment went through.",
      pt: "Estão a salvo; as demais do segmento passaram.",
    },
  ] satisfies Plural,
  look: { en: "Look and replay", pt: "Ver e reenviar" },
  moreParked: (n: string): Plural => [
    { en: `${n} more segment has parked changes.`, pt: `Mais ${n} segmento tem mudanças separadas.` },
    { en: `${n} more segments have parked changes.`, pt: `Mais ${n} segmentos têm mudanças separadas.` },
  ],
  seeSegments: { en: "See the segments", pt: "Ver os segmentos" },
  nearlyFull: (segment: string, members: string): Text => ({
    en: `${segment} holds ${members} of the ${MAX_MEMBERS / 1_000},000 members that Split allows.`,
    pt: `${segment} tem ${members} dos ${MAX_MEMBERS / 1_000}.000 membros que o Split permite.`,
  }),
  full: (segment: string): Text => ({ en: `${segment} is full.`, pt: `${segment} está cheio.` }),
  fullDetail: {
    en: "Removals always go through. Additions without room are parked and come back by themselves when members leave.",
    pt: "Remoções sempre passam. Inclusões sem lugar ficam separadas e voltam sozinhas quando membros saem.",
  },
  lookAt: { en: "Look at the segment", pt: "Ver o segmento" },
  connect: { en: "Connect mParticle", pt: "Conectar a mParticle" },
  connectDetail: {
    en: "Make a key with audiences:ingest; mParticle sends its audiences to /mparticle with it.",
    pt: "Crie uma chave com audiences:ingest; com ela a mParticle envia as audiências para /mparticle.",
  },
};

/** `6b1f…0002`: a workspace's id is long, and its ends tell it from its neighbours. Pure. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`;
}

/** A tenant that Split lets in with no key, with what waits and until when. */
function tenantNeed(look: Look, { workspaceId, since, pending, segments, lastError }: TenantView): Need {
  const sinceMs = Date.parse(since);
  const suspendMs = sinceMs + config(look.env).suspendAfterHours * HOUR_MS;
  const [changes, where] = [look.count(pending, ...CHANGE), look.count(segments, ...SEGMENT)];
  const waiting = look.plural(pending, ...T.refusedDetail(look.time(sinceMs), changes, where));
  const suspends = look.t(suspendMs > look.nowMs ? T.suspends(look.time(suspendMs)) : T.suspended);
  const said = lastError === null ? "" : ` “${splitSaid(lastError)}”`;
  return {
    id: `tenant:${workspaceId}`,
    tone: "bad",
    sentence: look.t(T.refused(shortId(workspaceId))),
    detail: waiting + suspends + said,
    sinceMs,
    action: { label: look.t(T.enter), href: `${PATH}/tenants/${encodeURIComponent(workspaceId)}` },
  };
}

function segmentNeeds(look: Look, row: SegmentRow): Need[] {
  const href = `${PATH}/segments/${row.id}`;
  const needs: Need[] = [];
  if (row.parked > 0) {
    needs.push({
      id: `parked:${row.id}`,
      tone: "warn",
      sentence: look.plural(row.parked, ...T.parked(look.count(row.parked, ...CHANGE), row.target)),
      detail: look.plural(row.parked, ...T.parkedDetail),
      sinceMs: null,
      action: { label: look.t(T.look), href: `${href}#parked` },
    });
  }
  const members = row.members ?? 0;
  if (row.state === "full" || members >= NEARLY_FULL_MEMBERS) {
    const full = row.state === "full" || members >= MAX_MEMBERS;
    needs.push({
      id: `full:${row.id}`,
      tone: "warn",
      sentence: look.t(full ? T.full(row.target) : T.nearlyFull(row.target, look.number(members))),
      detail: look.t(T.fullDetail),
      sinceMs: row.membersAt,
      action: { label: look.t(T.lookAt), href },
    });
  }
  return needs;
}

/** What needs an operator. */
export async function audienceNeeds(desk: Desk, look: Look): Promise<Need[]> {
  const op = desk.open(look);
  const tenants = listTenants(op, MAX_TENANTS).then(({ items }) => items);
  const [waiting, troubled] = await Promise.all([
    withWaiting(desk, op, tenants),
    desk.desk.segmentsInTrouble(op.db, NEARLY_FULL_MEMBERS, MAX_TROUBLED),
  ]);
  const refused = waiting.filter(({ state }) => state === "needs_credentials");
  const rest = troubled.slice(SHOWN).filter(({ parked }) => parked > 0).length;
  const more: Need = {
    id: "parked:more",
    tone: "warn",
    sentence: look.plural(rest, ...T.moreParked(look.number(rest))),
    sinceMs: null,
    action: { label: look.t(T.seeSegments), href: `${PATH}#segments` },
  };
  return [
    ...refused.map((tenant) => tenantNeed(look, tenant)),
    ...troubled.slice(0, SHOWN).flatMap((row) => segmentNeeds(look, row)),
    ...(rest > 0 ? [more] : []),
  ];
}

/** Whether changes flow. */
export async function audienceTile(desk: Desk, look: Look): Promise<TileData> {
  const op = desk.open(look);
  const [flow, totals, tenants] = await Promise.all([
    flowOver(look.env, "day", look.nowMs),
    desk.desk.segmentTotals(op.db),
    listTenants(op, MAX_TENANTS),
  ]);
  const held = tenants.items.filter(({ state }) => state === "needs_credentials").length;
  const { sent, sentSum, callsSum } = flow;
  const ageMs = totals.oldestPendingAt === null ? 0 : Math.max(0, look.nowMs - totals.oldestPendingAt);
  const state =
    held > 0
      ? { tone: "bad" as const, word: look.count(held, ...T.held) }
      : totals.segments === 0
        ? { tone: "idle" as const, word: look.t(T.quiet) }
        : { tone: "ok" as const, word: look.t(T.flowing) };
  return {
    state,
    value: look.number(sentSum),
    unit: look.t(T.unit(look.count(callsSum, ...CALL))),
    spark: { points: sent, label: look.t(T.spark(look.number(Math.min(...sent)), look.number(Math.max(...sent)))) },
    foot: look.t(totals.pending === 0 ? T.nothingWaits : T.waits(look.number(totals.pending), look.duration(ageMs))),
  };
}

/** What an empty deployment does first. */
export async function audienceSetUp(desk: Desk, look: Look): Promise<SetUpStep[]> {
  if (!look.can("keys:write")) return [];
  const { segments } = await desk.desk.segmentTotals(desk.open(look).db);
  const label = look.t(T.connect);
  return [{ label, detail: look.t(T.connectDetail), done: segments > 0, href: "/console/keys#make" }];
}
