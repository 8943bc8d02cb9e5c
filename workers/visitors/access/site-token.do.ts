// SiteToken: one object per site, which alone asks Maxymiser for the site's token. The token is in memory, and on disk only
// sealed; it leaves by `grant` and in no log. Whether the site may be written to at all is decided here for all its shards.
import { AskedObject } from "../../../src/shared/durable/asked.do.ts";
import { config } from "../../../src/shared/config.ts";
import { database } from "../../../src/shared/db/client.ts";
import { CounterOutbox } from "../../../src/shared/telemetry/counters.ts";
import { WakeUp } from "../../../src/shared/durable/wake-up.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { noteCredentialUse, openCredential } from "../../../src/shared/vault/credentials.ts";
import { open, seal } from "../../../src/shared/vault/envelope.ts";
import type { Envelope } from "../../../src/shared/vault/envelope.ts";
import { masterKeys } from "../../../src/shared/vault/master-keys.ts";
import type { SiteFault } from "../maxymiser/answers.ts";
import { enqueueEvents, siteEvent } from "../customer-log/events.ts";
import { visitorBuffer } from "../doors.ts";
import type { AccessView, SiteTokenDoor } from "../doors.ts";
import { requestToken } from "../maxymiser/maxymiser.client.ts";
import { renewalDueAtMs, UNKNOWN } from "./site-token.ts";
import type { AccessState, Ask, Token } from "./site-token.ts";
import { TokenKeeper } from "./token-keeper.ts";
import type { Fetched, Grant } from "./token-keeper.ts";

/** The state as it lies on disk: the token's text is apart, sealed. */
type StoredState = Omit<AccessState, "token"> & { token: Omit<Token, "text"> | null };

interface SealedToken {
  serial: number;
  envelope: Envelope;
}

/** See the head of this file. Addressed by the site id. */
export class SiteToken extends AskedObject implements SiteTokenDoor {
  readonly #site: string;
  readonly #counters: CounterOutbox;
  readonly #wakeUp: WakeUp;
  #keeper: TokenKeeper | null = null;
  readonly #shards: Set<number>;
  #sealing: Promise<void> = Promise.resolve();
  #sealedSerial = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#site = ctx.id.name ?? "";
    this.#wakeUp = new WakeUp(ctx.storage, Date.now);
    this.#counters = new CounterOutbox(ctx.storage, `token:${this.#site}`);
    this.#shards = new Set(ctx.storage.kv.get<number[]>("shards"));
    void ctx.blockConcurrencyWhile(async () => {
      this.#keeper = new TokenKeeper(
        {
          clock: Date.now,
          chance: Math.random,
          fetchToken: () => this.#fetchToken().catch((error: unknown) => this.#failed(error)),
          remember: (state) => this.#remember(state),
        },
        await this.#load(),
      );
    });
  }

  async grant(ask: Ask, shard?: number): Promise<Grant> {
    const grant = await this.#keep.ask(ask);
    if (shard !== undefined) this.#noteShard(shard);
    await this.#wake();
    return grant;
  }

  async paused(reason: SiteFault, detail: string): Promise<void> {
    if (this.#keep.state.pause === null) log("site_paused", { level: "warn", site: this.#site, reason });
    this.#keep.paused(reason, detail);
  }

  async resumed(): Promise<void> {
    if (this.#keep.state.pause === null) return;
    this.#keep.resumed();
    log("site_resumed", { site: this.#site });
    await this.#wakeShards();
  }

  async credentialsChanged(): Promise<void> {
    this.#keep.credentialsChanged();
    await this.#wakeShards();
  }

  async view(): Promise<AccessView> {
    const { needs, pause, token } = this.#keep.state;
    const trouble = needs ?? pause;
    return {
      credentials: trouble?.reason ?? "ok",
      detail: trouble?.detail ?? null,
      sinceMs: trouble?.sinceMs ?? null,
      tokenExpiresAtMs: token?.expiresAtMs ?? null,
      region: token?.region ?? null,
    };
  }

  override async alarm(): Promise<void> {
    await this.#wakeUp.run(
      () => this.#work(),
      () => this.#nextMs(),
      (error) => log("site_token_alarm_failed", { level: "error", site: this.#site, error }),
    );
  }

  async #work(): Promise<void> {
    await this.#keep.renew();
    await this.#counters.push(metricsDoor(this.env)).catch((error: unknown) => {
      log("metrics_push_failed", { level: "warn", site: this.#site, error });
    });
  }

  get #keep(): TokenKeeper {
    if (this.#keeper === null) throw new Error("the object has not begun");
    return this.#keeper;
  }

  /** One request to Maxymiser, with the credentials as they are in D1 now. */
  async #fetchToken(): Promise<Fetched> {
    const db = database(this.env);
    const name = `maxymiser:${this.#site}`;
    const opened = await openCredential(this.env, db, name);
    if (opened === null) return { kind: "missing" };
    const count = this.#counters.add.bind(this.#counters);
    const answer = await requestToken(opened.fields, config(this.env).maxymiserAuthUrl, {
      fetch,
      clock: Date.now,
      count,
    });
    this.#tellCustomer(answer.kind === "token" ? "ok" : answer.kind);
    if (answer.kind !== "token") {
      log("token_not_given", { level: "warn", site: this.#site, outcome: answer.kind, detail: answer.detail });
    }
    if (answer.kind !== "unavailable") {
      const error = answer.kind === "refused" ? answer.detail : null;
      this.ctx.waitUntil(noteCredentialUse(db, name, Date.now(), error).catch(() => null));
    }
    if (answer.kind !== "token") return answer;
    return { kind: "token", text: answer.token, livesMs: answer.livesMs, region: opened.fields["region"] ?? "eu" };
  }

  #tellCustomer(outcome: string): void {
    if (config(this.env).logEndpoint === null) return;
    const event = siteEvent("token_refresh", this.#site, outcome, Date.now());
    this.ctx.waitUntil(
      enqueueEvents(this.env.VISITOR_LOGS_QUEUE, [event]).then((lost) => {
        if (lost > 0) this.#counters.add("visitor_log_events_dropped_total", {}, lost);
      }),
    );
  }

  /** D1 is away, or the credential does not open: neither is a word of Maxymiser's. */
  #failed(error: unknown): Fetched {
    log("token_not_asked_for", { level: "error", site: this.#site, error });
    return { kind: "unavailable", detail: "The credentials could not be read." };
  }

  #remember(state: AccessState): void {
    const { token, ...rest } = state;
    if (token === null) {
      this.ctx.storage.kv.put<StoredState>("state", { ...rest, token: null });
      this.ctx.storage.kv.delete("token");
      return;
    }
    const { text, ...kept } = token;
    this.ctx.storage.kv.put<StoredState>("state", { ...rest, token: kept });
    if (token.serial === this.#sealedSerial) return;
    this.#sealedSerial = token.serial;
    // One after the other, so that an older token never comes to lie over a newer one.
    this.#sealing = this.#sealing.then(() => this.#seal(token.serial, text));
    this.ctx.waitUntil(this.#sealing);
  }

  async #seal(serial: number, text: string): Promise<void> {
    try {
      const envelope = await seal(await masterKeys(this.env), `token:${this.#site}`, text);
      if (this.#keep.state.token?.serial === serial)
        this.ctx.storage.kv.put<SealedToken>("token", { serial, envelope });
    } catch (error) {
      log("token_not_kept", { level: "warn", site: this.#site, error });
    }
  }

  /** What was remembered. A token that does not open (another master key) is asked for anew. */
  async #load(): Promise<AccessState> {
    const stored = this.ctx.storage.kv.get<StoredState>("state");
    if (stored === undefined) return UNKNOWN;
    const sealed = this.ctx.storage.kv.get<SealedToken>("token");
    if (stored.token === null || sealed?.serial !== stored.token.serial) return { ...stored, token: null };
    try {
      const text = await open(await masterKeys(this.env), `token:${this.#site}`, sealed.envelope);
      this.#sealedSerial = sealed.serial;
      return { ...stored, token: { ...stored.token, text } };
    } catch {
      return { ...stored, token: null };
    }
  }

  #noteShard(shard: number): void {
    if (this.#shards.has(shard)) return;
    this.#shards.add(shard);
    this.ctx.storage.kv.put("shards", [...this.#shards]);
  }

  /** The shards that ever asked look again; one that cannot be told does so by itself when its time is over. */
  async #wakeShards(): Promise<void> {
    await Promise.all(
      [...this.#shards].map((shard) =>
        visitorBuffer(this.env, this.#site, shard)
          .wake()
          .catch((error: unknown) => log("shard_not_woken", { level: "warn", site: this.#site, shard, error })),
      ),
    );
  }

  #nextMs(): number | null {
    const nextMs = Math.min(renewalDueAtMs(this.#keep.state) ?? Infinity, this.#counters.nextPushAtMs() ?? Infinity);
    return nextMs === Infinity ? null : Math.max(nextMs, Date.now());
  }

  async #wake(): Promise<void> {
    const nextMs = this.#nextMs();
    if (nextMs !== null) await this.#wakeUp.by(nextMs);
  }
}
