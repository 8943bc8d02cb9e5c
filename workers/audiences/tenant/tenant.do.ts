// Tenant: one Split workspace. It knows which key Split accepts, hands it out together with a slot for each call, and when no
// key works it alone asks once a minute. Keys lie sealed in D1 and open in this memory; they leave only to this tenant's buffers.
import { AskedObject } from "../../../src/shared/durable/asked.do.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import type { Statement } from "../../../src/shared/db/client.ts";
import { WakeUp } from "../../../src/shared/durable/wake-up.ts";
import { CounterOutbox } from "../../../src/shared/telemetry/counters.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { deleteRecord, openRecord, sealRecord } from "../../../src/shared/vault/records.ts";
import type { CallOutcome, CallPlace, NoSlot, Slot, TenantDoor, TenantLook, TenantStatus } from "../objects.ts";
import { segmentBuffer } from "../reach.ts";
import { probe } from "../split/split.client.ts";
import { reportTenant } from "../store-tenants.ts";
import { hintOf, keyIdOf } from "./key-id.ts";
import { Pace } from "./pace.ts";
import { accepted, isNews, newTenancy, withCandidate, withoutCandidate, withoutCredentials } from "./tenancy.ts";
import type { Tenancy } from "./tenancy.ts";
import { Waiting } from "./waiting.ts";

const PROBE_EVERY_MS = MINUTE_MS;
/** A 429 without a time, and the least that any of them counts for. */
const LIMITED_MS = 30 * SECOND_MS;
const LEAST_BLOCK_MS = SECOND_MS;
/** Buffers are told when a key works again; this is for one that was not reached. */
const CHECK_AFTER_MS = 10 * MINUTE_MS;
const FORBIDDEN_MS = 10 * MINUTE_MS;
const NO_KEY_MS = MINUTE_MS;
/** A tenant that needs credentials tells D1 at each probe: silent for so long, it is woken by the sweep. */
const SILENT_MS = 5 * MINUTE_MS;
/** Buffers told in one alarm, six at once. */
const RESUMED_AT_ONCE = 300;

type Refusal = Extract<CallOutcome, { kind: "unauthorized" }>;

/** See the head of this file. Addressed by the workspace id. */
export class Tenant extends AskedObject implements TenantDoor {
  readonly #workspaceId: string;
  readonly #wakeUp: WakeUp;
  readonly #counters: CounterOutbox;
  readonly #pace: Pace;
  readonly #waiting: Waiting;
  readonly #opened = new Map<string, string>();
  /** Changes of keys go one after the other: each reads, asks or writes elsewhere, and then decides. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#workspaceId = ctx.id.name ?? "";
    this.#wakeUp = new WakeUp(ctx.storage, Date.now);
    this.#waiting = new Waiting(ctx.storage.sql);
    this.#counters = new CounterOutbox(ctx.storage, `tenant:${this.#workspaceId}`);
    this.#pace = new Pace(ctx.storage.kv.get<number>("blockedUntilMs"));
  }

  async offer(apiToken: string): Promise<TenantStatus> {
    // A key that is known must not wait for one that is being tried: messages wait for this answer.
    if (isNews(this.#tenancy(), await keyIdOf(apiToken), Date.now(), false)) {
      await this.#inTurn(() => this.#take(apiToken, false));
    }
    return this.#status();
  }

  replaceKey(apiToken: string): Promise<TenantStatus> {
    return this.#inTurn(async () => {
      await this.#take(apiToken, true);
      if (this.#tenancy().state === "needs_credentials") await this.#probe();
      return this.#status();
    });
  }

  async slot(place: CallPlace): Promise<Slot> {
    const { state, good, candidate, proof } = this.#tenancy();
    const keyId = candidate ?? good;
    if (state === "needs_credentials" || keyId === null) return this.#slotless(place);
    const untilMs = this.#pace.ask(place.segmentId, Date.now());
    if (untilMs > 0) return { kind: "wait", untilMs };
    const apiKey = await this.#open(keyId);
    if (apiKey !== null) return { kind: "go", apiKey, keyId, tell: candidate !== null || proof === null };
    // D1 holds another key than this object knows of, or none: it is forgotten here, so that a message may bring it anew.
    const forgotten = candidate === null ? { good: null } : { candidate: null };
    this.ctx.storage.kv.put("tenancy", { ...this.#tenancy(), ...forgotten });
    return this.slot(place);
  }

  async told(place: CallPlace, keyId: string, outcome: CallOutcome): Promise<{ kind: "again" } | NoSlot> {
    switch (outcome.kind) {
      case "limited":
        this.#block(outcome.retryAtMs ?? Date.now() + LIMITED_MS);
        return { kind: "wait", untilMs: this.#pace.ask(place.segmentId, Date.now()) };
      case "accepted":
        if (outcome.spentUntilMs !== undefined) this.#block(outcome.spentUntilMs);
        await this.#inTurn(() => this.#accepted(place, keyId));
        return { kind: "again" };
      case "unauthorized":
        return this.#inTurn(() => this.#refused(place, keyId, outcome));
    }
  }

  async look(): Promise<TenantLook> {
    return { ...this.#status(), lastError: this.#tenancy().lastError };
  }

  async arm(): Promise<void> {
    const nextMs = this.#nextMs();
    if (nextMs !== null) await this.#wakeUp.by(nextMs);
    await this.#write(this.#tenancy(), []);
  }

  override async alarm(): Promise<void> {
    await this.#wakeUp.run(
      () => this.#work(),
      () => this.#nextMs(),
      (error) => log("tenant_alarm_failed", { level: "error", workspaceId: this.#workspaceId, error }),
    );
  }

  async #work(): Promise<void> {
    await this.#inTurn(async () => {
      const probedMs = this.ctx.storage.kv.get<number>("probeAtMs") ?? 0;
      if (this.#tenancy().state === "needs_credentials" && probedMs <= Date.now()) await this.#probe();
    });
    await this.#resumeBuffers();
    await this.#counters.push(metricsDoor(this.env)).catch((error: unknown) => {
      log("metrics_push_failed", { level: "warn", workspaceId: this.#workspaceId, error });
    });
  }

  #nextMs(): number | null {
    const { state, good, candidate } = this.#tenancy();
    const probeMs = state === "ok" ? Infinity : (this.ctx.storage.kv.get<number>("probeAtMs") ?? 0);
    const resumeMs = state === "ok" && (good ?? candidate) !== null && this.#waiting.some(1).length > 0 ? 0 : Infinity;
    const nextMs = Math.min(probeMs, resumeMs, this.#counters.nextPushAtMs() ?? Infinity);
    return nextMs === Infinity ? null : Math.max(nextMs, Date.now());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #tenancy(): Tenancy {
    return this.ctx.storage.kv.get<Tenancy>("tenancy") ?? newTenancy(Date.now());
  }

  #status(): TenantStatus {
    const { state, sinceMs } = this.#tenancy();
    return { state, sinceMs };
  }

  #block(untilMs: number): void {
    // However long an upstream asks for, it is tried again within the hour.
    const nowMs = Date.now();
    this.#pace.block(Math.min(Math.max(untilMs, nowMs + LEAST_BLOCK_MS), nowMs + HOUR_MS));
    this.ctx.storage.kv.put("blockedUntilMs", this.#pace.blockedUntilMs);
  }

  /** Keeps a key that is news as the candidate. */
  async #take(apiToken: string, byOperator: boolean): Promise<void> {
    const keyId = await keyIdOf(apiToken);
    const before = this.#tenancy();
    if (!isNews(before, keyId, Date.now(), byOperator)) return;
    const sealed = await sealRecord(this.env, database(this.env), this.#record("candidate"), apiToken, Date.now());
    if (before.state === "needs_credentials") this.ctx.storage.kv.put("probeAtMs", 0);
    // First the alarm: a key on disk without one would wait for the next message.
    await this.#wakeUp.by(Date.now());
    await this.#write(withCandidate(before, keyId, hintOf(apiToken)), [sealed.statement]);
    this.#opened.set(keyId, apiToken);
  }

  /** D1 first: what this object knows of its keys is never ahead of what lies there sealed. */
  async #write(after: Tenancy, statements: Statement[]): Promise<void> {
    const db = database(this.env);
    const dueAtMs = after.state === "ok" ? null : Date.now() + SILENT_MS;
    await together(db, [...statements, reportTenant(db, this.#workspaceId, after, after.hint, dueAtMs)]);
    this.ctx.storage.kv.put("tenancy", after);
  }

  #record(role: "good" | "candidate"): string {
    return `audiences:key:${this.#workspaceId}:${role}`;
  }

  /** The key itself; null where D1 holds none, or another than is wanted. */
  async #open(keyId: string): Promise<string | null> {
    const known = this.#opened.get(keyId);
    if (known !== undefined) return known;
    const role = keyId === this.#tenancy().candidate ? "candidate" : "good";
    const apiKey = await openRecord(this.env, database(this.env), this.#record(role));
    if (apiKey === null || (await keyIdOf(apiKey)) !== keyId) return null;
    this.#opened.set(keyId, apiKey);
    return apiKey;
  }

  async #accepted(place: CallPlace, keyId: string): Promise<void> {
    const before = this.#tenancy();
    const after = accepted(before, keyId, place, Date.now());
    if (after.good !== before.good) await this.#promote(keyId, after);
    else if (after.state !== before.state) await this.#write(after, []);
    else if (after !== before) this.ctx.storage.kv.put("tenancy", after);
    if (after.state === "ok" && before.state !== "ok") await this.#wakeUp.by(Date.now());
  }

  async #promote(keyId: string, after: Tenancy): Promise<void> {
    const apiKey = await this.#open(keyId);
    if (apiKey === null) return;
    const db = database(this.env);
    const sealed = await sealRecord(this.env, db, this.#record("good"), apiKey, Date.now());
    const forgotten = deleteRecord(db, this.#record("candidate"));
    await this.#write({ ...after, hint: hintOf(apiKey) }, [sealed.statement, forgotten]);
    for (const other of this.#opened.keys()) if (other !== keyId) this.#opened.delete(other);
  }

  async #refused(place: CallPlace, keyId: string, refusal: Refusal): Promise<{ kind: "again" } | NoSlot> {
    const { status, detail } = refusal;
    const before = this.#tenancy();
    const nowMs = Date.now();
    if (before.state === "needs_credentials") return this.#slotless(place);
    // Another key came or was dropped since the call had its slot.
    if (keyId !== (before.candidate ?? before.good)) return { kind: "again" };
    const without = withoutCandidate(before, nowMs, detail);
    if (without !== before) {
      await this.#write(without, [deleteRecord(database(this.env), this.#record("candidate"))]);
      return { kind: "again" };
    }
    if (status === "403" && before.proof !== null && before.proof.environmentId !== place.environmentId) {
      // Whoever names another environment must not stop the ones that work.
      const works = await this.#try(keyId, before.proof);
      if (works === null) return { kind: "wait", untilMs: nowMs + LIMITED_MS };
      if (works === "accepted") return { kind: "forbidden", checkAtMs: nowMs + FORBIDDEN_MS, detail };
    }
    this.ctx.storage.kv.put("probeAtMs", nowMs + PROBE_EVERY_MS);
    await this.#wakeUp.by(nowMs + PROBE_EVERY_MS);
    await this.#write(withoutCredentials(before, place, nowMs, detail), []);
    log("tenant_needs_credentials", { level: "warn", workspaceId: this.#workspaceId, status });
    return this.#slotless(place);
  }

  #slotless(place: CallPlace): NoSlot {
    const { good, candidate } = this.#tenancy();
    this.#waiting.add(place);
    const soon = (good ?? candidate) === null ? NO_KEY_MS : CHECK_AFTER_MS;
    return { kind: "needs_credentials", checkAtMs: Date.now() + soon };
  }

  /** Asks Split with each key whether it works now: where it was refused, and in one other environment that waits. */
  async #probe(): Promise<void> {
    const { candidate, good, failed } = this.#tenancy();
    this.ctx.storage.kv.put("probeAtMs", Date.now() + PROBE_EVERY_MS);
    const places = failed === null ? [] : [failed, ...this.#waiting.some(1, failed.environmentId)];
    for (const keyId of [candidate, good]) {
      let refusal = "";
      for (const place of keyId === null ? [] : places) {
        const came = await this.#try(keyId!, place);
        if (came === "accepted") return this.#accepted(place, keyId!);
        if (came === null) return;
        refusal ||= came.detail;
      }
      if (refusal !== "") await this.#drop(keyId === candidate, refusal);
    }
  }

  /** A refusal again: the candidate goes if there is another key, and the row tells why, and that somebody still asks. */
  async #drop(isCandidate: boolean, error: string): Promise<void> {
    const before = this.#tenancy();
    const after = isCandidate ? withoutCandidate(before, Date.now(), error) : before;
    const forgotten = after === before ? [] : [deleteRecord(database(this.env), this.#record("candidate"))];
    await this.#write({ ...after, lastError: error }, forgotten);
  }

  /** Null where Split said nothing of the key. */
  async #try(keyId: string, place: CallPlace): Promise<"accepted" | { detail: string } | null> {
    const apiKey = await this.#open(keyId);
    if (apiKey === null) return null;
    const deps = { fetch, clock: Date.now, count: this.#counters.add.bind(this.#counters) };
    const answer = await probe({ apiUrl: config(this.env).splitApiUrl, apiKey, deps }, place);
    if (answer.kind === "later") {
      if (answer.limited) this.#block(answer.retryAtMs ?? Date.now() + LIMITED_MS);
      return null;
    }
    return answer.kind === "unauthorized" ? { detail: answer.detail } : "accepted";
  }

  /** Tells the buffers that wait for a key. One that does not answer looks for itself after a while. */
  async #resumeBuffers(): Promise<void> {
    const { state, good, candidate } = this.#tenancy();
    if (state !== "ok" || (good ?? candidate) === null) return;
    const places = this.#waiting.some(RESUMED_AT_ONCE);
    const resume = async ({ segmentId }: CallPlace) => {
      this.#waiting.remove(segmentId);
      const told = segmentBuffer(this.env, segmentId).resume();
      await told.catch((error: unknown) => log("segment_unresumed", { level: "warn", segmentId, error }));
    };
    while (places.length > 0) await Promise.all(places.splice(0, 6).map(resume));
  }
}
