// The doors of audiences behind the real root, with a clock that a test holds, over the real D1; and objects in memory, for
// tests of what the doors and services do. What the real objects do is tried with themselves.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createRoot } from "../../src/shared/http/root.ts";
import type { Deps } from "../../src/shared/deps.ts";
import { decode } from "../../src/shared/durable/encoding.ts";
import type {
  AudienceObjects,
  MembershipChanges,
  ParkedChange,
  SegmentBufferDoor,
  SegmentIdentity,
  SegmentLook,
  TenantDoor,
  TenantState,
  TenantStatus,
  Verb,
} from "../../workers/audiences/objects.ts";
import { AUDIENCE_LARGE_BODIES, AUDIENCE_PREFIXES, audienceRoutes } from "../../workers/audiences/routes.ts";
import { forgetOffers } from "../../workers/audiences/service-tenants.ts";
import { audienceData } from "../../workers/audiences/store.ts";

/** When tests begin: 2026-11-21T12:00:00Z. */
export const START_MS = Date.UTC(2026, 10, 21, 12);

/** A buffer that keeps what it is told, and says so. */
export class MemoryBuffer implements SegmentBufferDoor {
  identity: SegmentIdentity | null = null;
  target = "";
  readonly members = new Map<string, readonly [Verb, atMs: number]>();
  wish: readonly ["active" | "deleted", atMs: number] | null = null;
  puts = 0;
  flushes = 0;
  arms = 0;
  registered = false;
  parkedChanges: ParkedChange[] = [];
  /** What `look` says beside its counts. */
  state: SegmentLook["state"] = "creating";
  /** Thrown by the next calls, one each. */
  readonly failures: Error[] = [];

  #fail(): void {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }

  #known(identity: SegmentIdentity): void {
    this.identity = identity;
    if (this.target === "") this.target = identity.segment;
  }

  async put(identity: SegmentIdentity, { parts }: MembershipChanges) {
    this.#fail();
    this.#known(identity);
    this.puts++;
    let stale = 0;
    const changes = parts.flatMap(({ text }) => decode<Verb>(`[${text}]`, 0));
    for (const { key, value, atMs } of changes) {
      if ((this.members.get(key)?.[1] ?? 0) > atMs) stale++;
      else this.members.set(key, [value, atMs]);
    }
    return { taken: changes.length - stale, stale, registered: this.registered };
  }

  async want(identity: SegmentIdentity, state: "active" | "deleted", atMs: number) {
    this.#fail();
    this.#known(identity);
    if (this.wish === null || this.wish[1] <= atMs) this.wish = [state, atMs];
    return { registered: this.registered };
  }

  count(verb: Verb): number {
    return [...this.members.values()].filter(([wanted]) => wanted === verb).length;
  }

  async flush() {
    this.#fail();
    this.flushes++;
    return { pending: this.members.size };
  }

  async replay(mpids?: readonly string[]) {
    const back = this.parkedChanges.filter(({ mpid }) => mpids === undefined || mpids.includes(mpid));
    this.parkedChanges = this.parkedChanges.filter((change) => !back.includes(change));
    return { replayed: back.length };
  }

  async parked(afterMpid: string | null, limit: number) {
    return this.parkedChanges.filter(({ mpid }) => afterMpid === null || mpid > afterMpid).slice(0, limit);
  }

  async trace(mpid: string) {
    const waiting = this.members.get(mpid)?.[0] ?? null;
    const parked = this.parkedChanges.find((change) => change.mpid === mpid) ?? null;
    return waiting === null && parked === null ? null : { waiting, parked, sentEventMs: null };
  }

  async look(): Promise<SegmentLook | null> {
    this.#fail();
    if (this.identity === null) return null;
    const [pendingAdds, pendingDeletes] = [this.count("add"), this.count("delete")];
    const times = [...this.members.values()].map(([, atMs]) => atMs);
    return {
      segment: this.target,
      audienceId: this.identity.audienceId,
      state: this.state,
      pendingAdds,
      pendingDeletes,
      oldestPendingAtMs: times.length === 0 ? null : Math.min(...times),
      members: null,
      membersAtMs: null,
      lastFlushAtMs: null,
      nextFlushAtMs: START_MS + 10_000,
      callsToday: 0,
      keysToday: 0,
      parked: this.parkedChanges.length,
    };
  }

  async rename(segment: string) {
    this.target = segment;
    return (await this.look())!;
  }

  async resume() {}

  async arm() {
    this.#fail();
    this.arms++;
  }
}

/** A tenant that keeps the keys it was offered. */
export class MemoryTenant implements Omit<TenantDoor, "slot" | "told"> {
  readonly offers: string[] = [];
  readonly replaced: string[] = [];
  arms = 0;
  state: TenantState = "ok";
  sinceMs = START_MS;
  readonly failures: Error[] = [];

  async offer(apiToken: string): Promise<TenantStatus> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.offers.push(apiToken);
    return { state: this.state, sinceMs: this.sinceMs };
  }

  async replaceKey(apiToken: string): Promise<TenantStatus> {
    this.replaced.push(apiToken);
    this.state = "ok";
    return { state: this.state, sinceMs: this.sinceMs };
  }

  async look() {
    return { state: this.state, sinceMs: this.sinceMs, lastError: null };
  }

  async arm() {
    this.arms++;
  }
}

/** Objects in memory, by name. */
export class MemoryObjects implements AudienceObjects {
  readonly buffers = new Map<string, MemoryBuffer>();
  readonly tenants = new Map<string, MemoryTenant>();

  buffer(id: string): MemoryBuffer {
    let one = this.buffers.get(id);
    if (one === undefined) this.buffers.set(id, (one = new MemoryBuffer()));
    return one;
  }

  tenant(workspaceId: string): MemoryTenant {
    let one = this.tenants.get(workspaceId);
    if (one === undefined) this.tenants.set(workspaceId, (one = new MemoryTenant()));
    return one;
  }

  /** The buffer of a segment's name. */
  named(segment: string): MemoryBuffer | undefined {
    return [...this.buffers.values()].find(({ identity }) => identity?.segment === segment);
  }
}

/** An answer with its body read. `json` is whatever the door says: tests look into it. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

/** A body that is sent as it is: not JSON of ours. */
export class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The doors, and what a test does with them. */
export interface Doors {
  deps: Deps;
  objects: MemoryObjects;
  setNow(ms: number): void;
  /** The doors as somebody outside meets them. */
  fetch(request: Request): Promise<Response>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Opens the doors with the root's token unless a call names another `Authorization` (an empty one: none). */
export function openDoors(bindings: Env = env, base = "https://sluice.test"): Doors {
  forgetOffers();
  let nowMs = START_MS;
  const objects = new MemoryObjects();
  const deps: Deps = { clock: () => nowMs, fetch: globalThis.fetch };
  const routes = audienceRoutes({ data: audienceData, objects: () => objects });
  const audiences = {
    name: "audiences",
    prefixes: AUDIENCE_PREFIXES,
    largeBodies: AUDIENCE_LARGE_BODIES,
    routes,
  };
  const root = createRoot([audiences], deps);
  return {
    deps,
    objects,
    setNow: (ms) => void (nowMs = ms),
    async fetch(request) {
      const ctx = createExecutionContext();
      const response = await root.fetch(request, bindings, ctx);
      await waitOnExecutionContext(ctx);
      return response;
    },
    async call(method, path, body, headers = {}) {
      const ctx = createExecutionContext();
      const sent = new Headers({ Authorization: `Bearer ${env.ADMIN_TOKEN}`, ...headers });
      if (sent.get("Authorization") === "") sent.delete("Authorization");
      if (body !== undefined && !sent.has("Content-Type")) sent.set("Content-Type", "application/json");
      const text = body instanceof Raw ? body.text : JSON.stringify(body);
      const init: RequestInit = { method, headers: sent, ...(body === undefined ? {} : { body: text }) };
      const response = await root.fetch(new Request(`${base}${path}`, init), bindings, ctx);
      const answer = await response.text();
      await waitOnExecutionContext(ctx);
      const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
      return {
        status: response.status,
        headers: response.headers,
        text: answer,
        json: isJson ? JSON.parse(answer) : null,
      };
    },
  };
}

/** The account of mParticle's messages in tests. */
export const ACCOUNT = {
  account_id: 123456,
  account_settings: { apiKey: "split-admin-key", workspaceId: "ws1", environmentId: "env1", trafficTypeId: "tt1" },
};

/** A message of mParticle. */
export function message(type: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type,
    id: "c9a5d2de-7f3b-4f8e-8c1e-9e7a3f0c2b21",
    timestamp_ms: START_MS - 1_000,
    firehose_version: "2.7.1",
    account: ACCOUNT,
    ...more,
  };
}
