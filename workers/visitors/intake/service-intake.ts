// Takes a pushed body: what can be read goes to its shards and is on disk when this resolves, the rest lies in quarantine. No
// upstream is called on this path.
import { AppError } from "../../../src/shared/errors.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { sha256Hex } from "../customer-hash.ts";
import { intakeEvents } from "../customer-log/events.ts";
import { tellCustomer } from "../customer-log/service-collect.ts";
import { visitorBuffer } from "../doors.ts";
import { handed } from "../delivery/held.ts";
import type { Handed } from "../delivery/held.ts";
import { loadsOf, readBody } from "./intake.ts";
import type { Intake, Rejected, ShardLoad } from "./intake.ts";
import type { Integration } from "./integration.ts";
import type { Operation } from "../service.ts";
import { shardsOf } from "./service-sites.ts";
import type { VisitorUpdate } from "./update.ts";

/** A message has 128 KB, and a UTF-16 unit takes up to three bytes in UTF-8. */
const MAX_MESSAGE_CHARACTERS = 40_000;
/** An element that is longer is not kept whole: it is garbage, and a D1 row has 2 MB. */
const MAX_ELEMENT_CHARACTERS = 100_000;
const MAX_DETAIL = 500;

/** What became of a body. `first` is the first update that was taken, as the replaced service answered it. */
export interface Received {
  accepted: number;
  rejected: readonly Rejected[];
  first: VisitorUpdate | null;
}

type Intaking = Pick<Operation, "env" | "deps" | "db" | "data" | "waitUntil">;

/** Takes a body. Throws `busy` when it could not be made durable: sent again, what was taken counts once. */
export async function receive(op: Intaking, integration: Integration, body: unknown): Promise<Received> {
  const read = readBody(integration, body, op.deps.clock());
  const { intake, shards } = await withKnownSites(op, read);
  const { accepted, rejected } = intake;
  const work = loadsOf(accepted, shards).map((load) => putLoad(op.env, load));
  if (rejected.length > 0) work.push(setAside(op, integration, rejected));
  await Promise.all(work);
  const nowMs = op.deps.clock();
  const taken = accepted.map(({ updates }) => updates[0]!);
  tellCustomer(op.env, op.waitUntil, () => intakeEvents(taken, rejected, nowMs));
  return { accepted: accepted.length, rejected, first: accepted[0]?.updates[0] ?? null };
}

/** An element of a site for which there is no room is refused like one that names none. */
async function withKnownSites(op: Intaking, read: Intake) {
  const shards = await shardsOf(op, new Set(read.accepted.map(({ updates }) => updates[0]!.mmSiteId)));
  const intake: Intake = { accepted: [], rejected: [...read.rejected] };
  for (const one of read.accepted) {
    const { mmSiteId } = one.updates[0]!;
    if (shards.has(mmSiteId)) intake.accepted.push(one);
    else {
      const detail = "There is no room for another site.";
      intake.rejected.push({ index: one.index, element: one.element, reason: "no_site", detail, mmSiteId });
    }
  }
  if (intake.rejected.length > read.rejected.length) intake.rejected.sort((a, b) => a.index - b.index);
  return { intake, shards };
}

/** To the shard's object; where that is away, to the queue, whose consumer calls the same method. */
async function putLoad(env: Env, { mmSiteId, shard, updates }: ShardLoad): Promise<void> {
  const changes = updates.map(handed);
  try {
    await visitorBuffer(env, mmSiteId, shard).put(JSON.stringify(changes));
  } catch (error) {
    log("visitor_buffer_away", { level: "warn", site: mmSiteId, shard, error });
    await enqueue(env, mmSiteId, shard, changes);
  }
}

async function enqueue(env: Env, mmSiteId: string, shard: number, changes: readonly Handed[]): Promise<void> {
  try {
    for (const updates of messagesOf(changes)) {
      await env.VISITORS_QUEUE.send({ queue: "visitors", mmSiteId, shard, updates });
    }
  } catch (error) {
    log("visitors_queue_away", { level: "error", error });
    throw new AppError("busy", {
      retry: true,
      detail: "Not all of it could be stored. Send the whole body again; what was stored counts once.",
      headers: { "Retry-After": "2" },
    });
  }
}

function* messagesOf(changes: readonly Handed[]): Generator<Handed[]> {
  let message: Handed[] = [];
  let characters = 0;
  for (const change of changes) {
    const size = JSON.stringify(change).length + 1;
    if (message.length > 0 && characters + size > MAX_MESSAGE_CHARACTERS) {
      yield message;
      message = [];
      characters = 0;
    }
    message.push(change);
    characters += size;
  }
  if (message.length > 0) yield message;
}

/** Into the quarantine, each under the hash of what it is, so that a body which comes again lies there once. */
async function setAside(op: Intaking, integration: Integration, rejected: readonly Rejected[]): Promise<void> {
  const at = op.deps.clock();
  const rows = await Promise.all(
    rejected.map(async ({ element, reason, detail, mmSiteId }) => {
      const text = (JSON.stringify(element) ?? "null").slice(0, MAX_ELEMENT_CHARACTERS);
      const id = await sha256Hex(`${integration.name}\n${text}`);
      return {
        id,
        at,
        integration: integration.name,
        mmSiteId,
        reason,
        detail: detail.slice(0, MAX_DETAIL),
        element: text,
      };
    }),
  );
  try {
    await op.data.quarantine(op.db, rows);
  } catch (error) {
    log("quarantine_away", { level: "error", error });
    throw new AppError("busy", {
      retry: true,
      detail: "What cannot be read could not be set aside. Send the whole body again; what was stored counts once.",
      headers: { "Retry-After": "2" },
    });
  }
}
