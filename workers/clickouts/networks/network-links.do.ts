// NetworkLinks: one object per network that is asked for links (lomadee, afilio, magazinevoce). The truth of link templates:
// it makes one call for all who ask for the same URL, counts calls, keeps the circuit, and writes KV only after its own disk.
import { AskedObject } from "../../../src/shared/durable/asked.do.ts";
import { config } from "../../../src/shared/config.ts";
import { DAY_MS } from "../../../src/shared/clock.ts";
import { CounterOutbox, PUSH_EVERY_MS } from "../../../src/shared/telemetry/counters.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { database } from "../../../src/shared/db/client.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { noteCredentialUse, openCredential } from "../../../src/shared/vault/credentials.ts";
import { admit, circuitOf, failed, OPEN_GATE, paused, refused, succeeded } from "./gate.ts";
import type { GateState } from "./gate.ts";
import { FAILURE_MEMORY_MS } from "./link-ask.ts";
import type { LinkAsk, LinkReply } from "./link-ask.ts";
import { afilioLink } from "./afilio.client.ts";
import type { LinkRequest, LinkResult } from "./link-client.ts";
import { lomadeeLink } from "./lomadee.client.ts";
import { magazineLuizaSku } from "./magazineluiza.client.ts";
import type { LinkNetwork } from "../networks.ts";

/** Templates that nobody used for so long are forgotten (systems/clickouts, Retention); a SKU never changes and stays. */
const UNUSED_DAYS = 180;
/** Failures remembered at most; the oldest go first. */
const MAX_FAILURES = 5_000;

/** What the operator is told of a network. */
export interface NetworkState {
  circuit: "closed" | "open" | "half_open";
  lastError: string | null;
}

/** See the head of this file. Addressed by the network's name. */
export class NetworkLinks extends AskedObject {
  readonly #network: LinkNetwork;
  readonly #sql: SqlStorage;
  readonly #counters: CounterOutbox;
  readonly #flights = new Map<string, Promise<LinkReply>>();
  readonly #failures = new Map<string, { reply: LinkReply; untilMs: number }>();
  #credentials: { revision: number; fields: Record<string, string> } | null = null;
  #lastError: string | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#network = ctx.id.name as LinkNetwork;
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS template (key TEXT PRIMARY KEY, raw TEXT NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID",
    );
    this.#counters = new CounterOutbox(ctx.storage, `links:${this.#network}`);
  }

  /** The link of one URL: from the disk, from a call already under way, or by one new call. Never throws for an upstream's fault. */
  async link(ask: LinkAsk): Promise<LinkReply> {
    const stored = this.#stored(ask.key);
    if (stored !== null) {
      this.ctx.waitUntil(this.#publish(ask.key, stored));
      return { raw: stored };
    }
    const nowMs = Date.now();
    const failure = this.#failures.get(ask.key);
    if (failure !== undefined && nowMs < failure.untilMs) return failure.reply;
    const flight = this.#flights.get(ask.key) ?? this.#fly(ask, nowMs);
    return await flight;
  }

  /** What is known without a call, for `explain`: a template, a reason to skip, or null when a visit would call. */
  async peek(key: string): Promise<LinkReply | null> {
    const nowMs = Date.now();
    const stored = this.#stored(key);
    if (stored !== null) return { raw: stored };
    const failure = this.#failures.get(key);
    if (failure !== undefined && nowMs < failure.untilMs) {
      return { skip: "recent_failure", untilMs: failure.untilMs, circuit: false };
    }
    const gate = admit(this.#gate(), nowMs, config(this.env).linkCallsPerMinute);
    return refused(gate) ? { ...gate, circuit: true } : null;
  }

  /** The circuit and the last failure in words, without secrets. */
  async state(): Promise<NetworkState> {
    return { circuit: circuitOf(this.#gate(), Date.now()), lastError: this.#lastError };
  }

  override async alarm(): Promise<void> {
    try {
      await this.#counters.push(metricsDoor(this.env));
      if (this.#network !== "magazinevoce") {
        this.#sql.exec("DELETE FROM template WHERE used_at < ?", Date.now() - UNUSED_DAYS * DAY_MS);
      }
    } catch (error) {
      log("links_alarm_failed", { level: "error", network: this.#network, error });
    } finally {
      await this.ctx.storage.setAlarm(Date.now() + (this.#counters.pending() ? PUSH_EVERY_MS : DAY_MS));
    }
  }

  #gate(): GateState {
    return this.ctx.storage.kv.get<GateState>("gate") ?? OPEN_GATE;
  }

  /** Reads a template and notes its use, at most once a day: a write per click would cost more than the link. */
  #stored(key: string): string | null {
    const [row] = this.#sql.exec<{ raw: string; used_at: number }>(
      "SELECT raw, used_at FROM template WHERE key = ?",
      key,
    );
    if (row === undefined) return null;
    const nowMs = Date.now();
    if (nowMs - row.used_at > DAY_MS) this.#sql.exec("UPDATE template SET used_at = ? WHERE key = ?", nowMs, key);
    return row.raw;
  }

  #fly(ask: LinkAsk, nowMs: number): Promise<LinkReply> {
    const gate = admit(this.#gate(), nowMs, config(this.env).linkCallsPerMinute);
    if (refused(gate)) return Promise.resolve({ ...gate, circuit: true });
    this.ctx.storage.kv.put("gate", gate);
    const flight = this.#make(ask).finally(() => this.#flights.delete(ask.key));
    this.#flights.set(ask.key, flight);
    return flight;
  }

  async #make(ask: LinkAsk): Promise<LinkReply> {
    const result = await this.#ask(ask);
    this.ctx.waitUntil(this.#noteUse(result));
    await this.#wake();
    const nowMs = Date.now();
    const gate = this.#gate();
    if ("raw" in result) {
      this.ctx.storage.kv.put("gate", succeeded(gate));
      this.#sql.exec(
        "INSERT OR REPLACE INTO template (key, raw, used_at) VALUES (?, ?, ?)",
        ask.key,
        result.raw,
        nowMs,
      );
      this.ctx.waitUntil(this.#publish(ask.key, result.raw));
      return { raw: result.raw };
    }
    this.#lastError = result.detail;
    if (result.blame === "limit") {
      const rested = paused(gate, nowMs, result.retryAtMs);
      this.ctx.storage.kv.put("gate", rested);
      return { skip: result.skip, untilMs: rested.pausedUntilMs, circuit: true };
    }
    this.ctx.storage.kv.put("gate", result.blame === "network" ? failed(gate, nowMs) : succeeded(gate));
    const reply: LinkReply = { skip: result.skip, untilMs: nowMs + FAILURE_MEMORY_MS, circuit: false };
    if (this.#failures.size >= MAX_FAILURES) this.#failures.delete(this.#failures.keys().next().value!);
    this.#failures.set(ask.key, { reply: { ...reply, skip: "recent_failure" }, untilMs: reply.untilMs });
    return reply;
  }

  /** One call to the upstream; a bug or an unreadable vault counts as the network's failure, so the visitor goes on. */
  async #ask(ask: LinkAsk): Promise<LinkResult> {
    try {
      const { url, externalId, timeoutMs } = ask;
      const settings = config(this.env);
      const deps = { fetch, clock: Date.now, count: this.#counters.add.bind(this.#counters) };
      if (this.#network === "magazinevoce") {
        return await magazineLuizaSku({ url, externalId, timeoutMs, fields: {} }, settings.magazineLuizaUrl, deps);
      }
      const fields = await this.#fields(ask.credentialsRevision);
      if (fields === null) return { skip: "no_credentials", blame: "url", detail: "There are no credentials." };
      const request: LinkRequest = { url, externalId, timeoutMs, fields };
      return this.#network === "lomadee"
        ? await lomadeeLink(request, { api: settings.lomadeeApiUrl, links: settings.lomadeeLinkUrls }, deps)
        : await afilioLink(request, { api: settings.afilioApiUrl, links: settings.afilioLinkUrls }, deps);
    } catch (error) {
      log("link_failed", {
        level: "error",
        network: this.#network,
        error: error instanceof Error ? error.name : "unknown",
      });
      return { skip: "rejected", blame: "network", detail: "The link could not be asked for." };
    }
  }

  /** Tells the operator whether the credentials work; the vault writes it seldom. */
  async #noteUse(result: LinkResult): Promise<void> {
    if (this.#network === "magazinevoce" || this.#credentials === null) return;
    const refused = "refused" in result ? result.detail : null;
    if (refused === null && !("raw" in result)) return;
    await noteCredentialUse(database(this.env), this.#network, Date.now(), refused).catch(() => null);
  }

  async #fields(revision: number): Promise<Record<string, string> | null> {
    if (this.#credentials === null || this.#credentials.revision !== revision) {
      this.#credentials = await openCredential(this.env, database(this.env), this.#network);
    }
    return this.#credentials?.fields ?? null;
  }

  /** KV is a copy for other isolates: it is written after the disk, and a failed write costs only a call to this object. */
  async #publish(key: string, raw: string): Promise<void> {
    await this.ctx.storage.sync();
    await this.env.KV.put(`link:${key}`, raw, { expirationTtl: (UNUSED_DAYS * DAY_MS) / 1_000 }).catch(() => {
      log("link_not_published", { level: "warn", network: this.#network });
    });
  }

  async #wake(): Promise<void> {
    const atMs = await this.ctx.storage.getAlarm();
    const dueMs = Date.now() + PUSH_EVERY_MS;
    if (atMs === null || atMs > dueMs) await this.ctx.storage.setAlarm(dueMs);
  }
}
