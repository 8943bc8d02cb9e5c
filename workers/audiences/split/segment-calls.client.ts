// What one buffer does at Split, through its tenant's slots: makes its segment or takes it away, sends keys, counts members.
// It says what an answer means for the buffer; it stores nothing and never keeps a key beyond a call.
import type { Clock } from "../../../src/shared/clock.ts";
import type { Change } from "../../../src/shared/durable/change.ts";
import type { Stop, Verdict } from "../../../src/shared/durable/policy.ts";
import type { UpstreamDeps } from "../../../src/shared/http/upstream.ts";
import type { CallPlace, NoSlot, SegmentIdentity, TenantDoor, Verb } from "../objects.ts";
import { SEGMENT_FULL } from "../segment/plan.ts";
import {
  activateSegment,
  changeMembers,
  countMembers,
  createSegment,
  deactivateSegment,
  deleteSegment,
  MAX_MEMBERS,
} from "./split.client.ts";
import type { SplitAnswer, SplitSegment, SplitSession } from "./split.client.ts";

/** A turn that comes so soon is waited for; a longer wait gives the alarm back. */
const WAIT_HERE_MS = 5_000;
/** What Split refuses for good is looked at again after this: somebody may have put it right there. */
const REFUSED_AGAIN_MS = 10 * 60_000;
/** Keys of a tenant that a call may be tried with, and turns that it may wait for. */
const MAX_TURNS = 8;

/** What the calls stand on. */
export interface SegmentCallsPort {
  segmentId: string;
  apiUrl: string;
  tenant: () => Pick<TenantDoor, "slot" | "told">;
  deps: UpstreamDeps;
  clock: Clock;
  wait: (ms: number) => Promise<void>;
  /** Told of each call with keys. */
  called: (verb: Verb, status: string, keysTaken: number) => void;
}

/** The answer to a call, or why it could not be made. */
type Asked<T> = { answer: SplitAnswer<T> } | { stop: Stop };

/** See the head of this file. */
export class SegmentCalls {
  readonly #port: SegmentCallsPort;

  constructor(port: SegmentCallsPort) {
    this.#port = port;
  }

  /** Makes the segment and activates it; null when it is there. What is there already is as good. */
  async ensure(identity: SegmentIdentity, name: string): Promise<Stop | null> {
    const at = placeOf(identity, name);
    const description = `mParticle audience ${identity.audienceName ?? name}${identity.audienceId === null ? "" : ` (${identity.audienceId})`}`;
    const made = await this.#ask(at, (session) => createSegment(session, at, identity.trafficTypeId, description));
    if ("stop" in made) return made.stop;
    if (made.answer.kind !== "done" && made.answer.kind !== "exists") return this.#notNow(made.answer);
    const activated = await this.#ask(at, (session) => activateSegment(session, at));
    if ("stop" in activated) return activated.stop;
    if (activated.answer.kind === "done" || activated.answer.kind === "exists") return null;
    if (activated.answer.kind !== "refused") return this.#notNow(activated.answer);
    // Some answer 400 where it is active already: then it has members to count.
    return typeof (await this.count(identity, name)) === "number" ? null : this.#notNow(activated.answer);
  }

  /**
   * Takes the segment away: from its workspace, or where another environment uses it from this one only. Null when it is gone,
   * Split's words where it refuses.
   */
  async remove(
    identity: SegmentIdentity,
    name: string,
    usedElsewhere: boolean,
  ): Promise<Stop | { refused: string } | null> {
    const at = placeOf(identity, name);
    const gone = await this.#ask(at, (session) =>
      usedElsewhere ? deactivateSegment(session, at) : deleteSegment(session, at),
    );
    if ("stop" in gone) return gone.stop;
    const { answer } = gone;
    if (answer.kind === "done" || answer.kind === "missing") return null;
    return answer.kind === "refused" ? { refused: answer.detail } : this.#notNow(answer);
  }

  /** How many members the segment has; null where it is not active. */
  async count(identity: SegmentIdentity, name: string): Promise<number | Stop | null> {
    const at = placeOf(identity, name);
    const counted = await this.#ask(at, (session) => countMembers(session, at));
    if ("stop" in counted) return counted.stop;
    if (counted.answer.kind === "done") return counted.answer.value;
    return counted.answer.kind === "missing" ? null : this.#notNow(counted.answer);
  }

  /** Sends changes of one verb. `missing`: Split knows no such segment. */
  async send(
    identity: SegmentIdentity,
    name: string,
    changes: readonly Change<Verb>[],
    comment: string,
  ): Promise<Verdict | "missing"> {
    const at = placeOf(identity, name);
    const verb = changes[0]!.value;
    const keys = changes.map(({ key }) => key);
    const sent = await this.#ask(at, (session) => changeMembers(session, at, verb, keys, comment));
    if ("stop" in sent) return sent.stop;
    const { answer } = sent;
    this.#port.called(
      verb,
      answer.kind === "unauthorized" ? "unauthorized" : answer.status,
      answer.kind === "done" ? keys.length : 0,
    );
    if (answer.kind === "done") return { kind: "delivered" };
    if (answer.kind === "missing") return "missing";
    if (answer.kind !== "refused") return this.#notNow(answer);
    // 409 is about the segment as it is (an approval is needed): no key of it would fare better alone.
    if (answer.status === "409") {
      return { kind: "refused", reason: "approval_required", detail: answer.detail, smallest: Infinity };
    }
    const over = verb === "add" ? await this.#keysWithoutRoom(identity, name, keys) : [];
    const reason = over.length > 0 ? SEGMENT_FULL : "rejected";
    return { kind: "refused", reason, detail: answer.detail, keys: over };
  }

  /** Of refused adds, those that Split has no room for; none if room is not what they lack. */
  async #keysWithoutRoom(identity: SegmentIdentity, name: string, keys: readonly string[]): Promise<readonly string[]> {
    const members = await this.count(identity, name);
    return typeof members === "number" ? keys.slice(Math.max(0, MAX_MEMBERS - members)) : [];
  }

  /** Makes one call as soon as the tenant has a slot for it, with another key if one is refused. */
  async #ask<T>(
    { name, environmentId }: SplitSegment,
    call: (session: SplitSession) => Promise<SplitAnswer<T>>,
  ): Promise<Asked<T>> {
    const { segmentId, tenant, apiUrl, deps, clock, wait } = this.#port;
    const place: CallPlace = { segmentId, environmentId, name };
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const slot = await tenant().slot(place);
      if (slot.kind === "wait" && slot.untilMs - clock() <= WAIT_HERE_MS) {
        await wait(Math.max(0, slot.untilMs - clock()));
        continue;
      }
      if (slot.kind !== "go") return { stop: stopOf(slot) };
      const answer = await call({ apiUrl, apiKey: slot.apiKey, deps });
      const next = await this.#tell(place, slot, answer);
      if (next === null) return { answer };
      if (next.kind !== "again") return { stop: stopOf(next) };
    }
    return { stop: { kind: "retry", reason: "no_turn" } };
  }

  /** Tells the tenant what concerns it. Null when the answer stands. */
  async #tell(place: CallPlace, slot: { keyId: string; tell: boolean }, answer: SplitAnswer<unknown>) {
    const { tenant } = this.#port;
    switch (answer.kind) {
      case "unauthorized": {
        const { status, detail } = answer;
        return tenant().told(place, slot.keyId, { kind: "unauthorized", status, detail });
      }
      case "later":
        if (!answer.limited) return null;
        return tenant().told(place, slot.keyId, { kind: "limited", retryAtMs: answer.retryAtMs });
      default: {
        const spentUntilMs = answer.kind === "done" ? answer.spentUntilMs : undefined;
        if (slot.tell || spentUntilMs !== undefined) {
          await tenant().told(place, slot.keyId, { kind: "accepted", spentUntilMs });
        }
        return null;
      }
    }
  }

  /** An answer that stops the buffer: to be tried again at a time of ours, or a good while later where Split said no. */
  #notNow(answer: SplitAnswer<unknown>): Stop {
    if (answer.kind === "later") {
      return { kind: "retry", reason: answer.limited ? "rate_limited" : "unavailable", retryAtMs: answer.retryAtMs };
    }
    return { kind: "retry", reason: `segment_${answer.kind}`, retryAtMs: this.#port.clock() + REFUSED_AGAIN_MS };
  }
}

function placeOf({ workspaceId, environmentId }: SegmentIdentity, name: string): SplitSegment {
  return { workspaceId, environmentId, name };
}

function stopOf(slot: NoSlot): Stop {
  if (slot.kind === "wait") return { kind: "retry", reason: "paced", retryAtMs: slot.untilMs };
  return { kind: "hold", reason: slot.kind, checkAtMs: slot.checkAtMs };
}
