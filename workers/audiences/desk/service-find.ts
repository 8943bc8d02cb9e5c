// What bears an id: a segment by its name, audience or id, a workspace, and an MPID in the segments that know of it.
import type { Found, Look, Text } from "../../../src/shared/page/kit.ts";
import { inTime } from "../../../src/shared/deadline.ts";
import type { MpidTrace } from "../objects.ts";
import { TENANT_ID } from "../ids.ts";
import { sixAtOnce } from "../service.ts";
import type { Operation } from "../service.ts";
import type { SegmentRow } from "../store-segments.ts";
import type { Desk } from "./service.ts";
import { SEGMENT_WORDS, TENANT_WORDS, VERB_WORDS, reasonText, splitSaid } from "./words.ts";

const PATH = "/console/audiences";
/** mParticle's profile ids are 64-bit integers. */
const MPID = /^-?\d{1,20}$/;
const SHOWN = 20;
/** Buffers that one search asks, those that were sent to last; it answers within two seconds. */
const BUFFERS_ASKED = 200;
const ANSWER_MS = 1_500;

const T = {
  segment: { en: "segment", pt: "segmento" },
  tenant: { en: "workspace", pt: "workspace" },
  member: { en: "MPID", pt: "MPID" },
  parked: (verb: string, segment: string): Text => ({
    en: `parked: ${verb}, ${segment}`,
    pt: `separada: ${verb}, ${segment}`,
  }),
  waiting: (verb: string, segment: string): Text => ({
    en: `waiting: ${verb}, ${segment}`,
    pt: `à espera: ${verb}, ${segment}`,
  }),
  sent: (segment: string): Text => ({ en: `sent: ${segment}`, pt: `enviada: ${segment}` }),
  last: { en: "the time of its newest change", pt: "a hora da mudança mais nova" },
};

const foundSegment = (look: Look, row: SegmentRow): Found => ({
  kind: look.t(T.segment),
  title: row.target,
  detail: `${look.t(SEGMENT_WORDS[row.state].word)} · ${row.environmentId}`,
  href: `${PATH}/segments/${row.id}`,
});

function foundTrace(look: Look, row: SegmentRow, { parked, waiting, sentEventMs }: MpidTrace): Found[] {
  const kind = look.t(T.member);
  const href = `${PATH}/segments/${row.id}`;
  const found: Found[] = [];
  if (parked !== null) {
    const title = look.t(T.parked(look.t(VERB_WORDS[parked.verb]), row.target));
    const detail = `${look.t(reasonText(parked.reason))}: ${splitSaid(parked.detail)}`;
    found.push({ kind, title, detail, href: `${href}#parked`, atMs: parked.atMs });
  }
  if (waiting !== null) {
    found.push({ kind, title: look.t(T.waiting(look.t(VERB_WORDS[waiting]), row.target)), href });
  }
  if (sentEventMs !== null) {
    found.push({ kind, title: look.t(T.sent(row.target)), detail: look.t(T.last), href, atMs: sentEventMs });
  }
  return found;
}

async function members(desk: Desk, op: Operation, look: Look, mpid: string): Promise<Found[]> {
  const rows = await desk.desk.segmentsByUse(op.db, BUFFERS_ASKED);
  const untilMs = look.deps.clock() + ANSWER_MS;
  const found = await sixAtOnce(rows, async (row) => {
    const leftMs = untilMs - look.deps.clock();
    if (leftMs <= 0) return [];
    const trace = await inTime(op.objects.buffer(row.id).trace(mpid), leftMs).catch(() => null);
    return trace === null ? [] : foundTrace(look, row, trace);
  });
  return found.flat();
}

async function tenants(op: Operation, look: Look, id: string): Promise<Found[]> {
  const [row] = await op.data.listTenants(op.db, 1, "", id);
  if (row === undefined) return [];
  const detail = look.t(TENANT_WORDS[row.state].word);
  return [{ kind: look.t(T.tenant), title: id, detail, href: `${PATH}/tenants/${id}`, atMs: row.since }];
}

/** What audiences knows of an id. */
export async function audienceFinds(desk: Desk, look: Look, id: string): Promise<Found[]> {
  const op = desk.open(look);
  const [segments, workspaces, traces] = await Promise.all([
    desk.desk.segmentsBearing(op.db, id, SHOWN),
    TENANT_ID.test(id) ? tenants(op, look, id) : [],
    MPID.test(id) ? members(desk, op, look, id) : [],
  ]);
  return [...segments.map((row) => foundSegment(look, row)), ...workspaces, ...traces];
}
