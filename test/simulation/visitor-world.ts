// One site in a hostile world: its shards on the shared buffer, the one object behind its token, and a Maxymiser that fails. The
// objects are the real cores in shells as thin as the real ones; what must never be seen is checked where it would be seen.
import { CoalescingBuffer } from "../../src/shared/durable/buffer.ts";
import { openDisk } from "../../src/shared/durable/disk.ts";
import type { Policy } from "../../src/shared/durable/policy.ts";
import type { Store } from "../../src/shared/durable/store.ts";
import { WakeUp } from "../../src/shared/durable/wake-up.ts";
import type { AlarmPort } from "../../src/shared/durable/wake-up.ts";
import type * as Access from "../../workers/visitors/access/site-token.ts";
import type * as Keeper from "../../workers/visitors/access/token-keeper.ts";
import type * as Shard from "../../workers/visitors/delivery/delivery.ts";
import type { Held } from "../../workers/visitors/delivery/held.ts";
import type { Chance } from "./chance.ts";
import { Crash, Disk } from "./disk.ts";
import type { Process } from "./disk.ts";
import { Maxymiser } from "./maxymiser.ts";
import { ObjectHost } from "./object-host.ts";
import { Timeline } from "./timeline.ts";
import { startToken } from "./visitor-token.ts";
import type { KeptToken, TokenObject } from "./visitor-token.ts";

/** The code under trial: the house's own, or a copy with something broken. */
export interface Trial {
  TokenKeeper: typeof Keeper.TokenKeeper;
  Delivery: typeof Shard.Delivery;
  access: typeof Access;
}

const HOUR_MS = 3_600_000;
const START_MS = 1_700_000_000_000;
const IN_FLIGHT = 6;
/** A rejected token is replaced at once; where none can be had, it may be met once more. */
const REPLACED_WITHIN_MS = 60_000;
/** Less a little, for what is on its way. */
const PROBE_EVERY_MS = 59_000;
export const SHARDS = 3;

/** Small, so that windows, rows and pages meet their borders within a few dozen changes. */
const LIMITS = {
  flushAfterMs: 1_000,
  flushAt: 1_000,
  windowChanges: 30,
  inFlight: IN_FLIGHT,
  orderMemoryMs: 24 * HOUR_MS,
  giveUpAfterMs: 24 * HOUR_MS,
  rowChanges: 8,
  memoryPageChars: 200,
};

/** A shard of the site. */
export interface ShardObject {
  alarm(): Promise<void>;
  buffer: CoalescingBuffer<Held>;
  wake(): Promise<void>;
}

/** See the head of this file. */
export class VisitorWorld {
  readonly timeline = new Timeline(START_MS);
  readonly lines: string[] = [];
  readonly maxymiser: Maxymiser;
  readonly disks: Disk[];
  readonly shards: ObjectHost<ShardObject>[];
  readonly token: ObjectHost<TokenObject>;
  /** The site's credentials as D1 has them; null for none. */
  login: number | null = null;
  /** The first broken promise. */
  broken: string | null = null;
  readonly chance: Chance;
  readonly trial: Trial;
  readonly #traced: boolean;
  readonly kept: KeptToken;
  readonly #asked = new Set<number>();
  #probed = { atMs: 0, crashes: -1 };

  /** `unheardOf`: nobody ever pushed to its shards; else they have their tables. */
  constructor(chance: Chance, trial: Trial, unheardOf: boolean, traced: boolean) {
    this.chance = chance;
    this.trial = trial;
    this.#traced = traced;
    this.disks = Array.from({ length: SHARDS }, () => new Disk(unheardOf ? null : makeTables));
    this.kept = { state: trial.access.UNKNOWN, sealed: null };
    this.maxymiser = new Maxymiser(this.timeline, chance, (words) => this.violated(words));
    const trace = (line: string) => this.trace(line);
    this.shards = this.disks.map(
      (_, n) => new ObjectHost(this.timeline, chance, (process, alarm) => this.#startShard(n, process, alarm), trace),
    );
    this.token = new ObjectHost(this.timeline, chance, (process, alarm) => startToken(this, process, alarm), trace);
    for (const host of [...this.shards, this.token]) host.onBug = (error) => this.violated(String(error));
  }

  get crashes(): number {
    return [...this.shards, this.token].reduce((sum, host) => sum + host.crashes, 0);
  }

  set crashRate(rate: number) {
    for (const host of [...this.shards, this.token]) host.crashRate = rate;
  }

  /** A line of the story, with its time; made only where somebody reads it. */
  trace(line: string | (() => string)): void {
    if (!this.#traced) return;
    const seconds = ((this.timeline.nowMs - START_MS) / 1_000).toFixed(3);
    this.lines.push(`${seconds.padStart(11)} s  ${typeof line === "string" ? line : line()}`);
  }

  /** Notes a broken promise. */
  violated(words: string): void {
    this.trace(`BROKEN: ${words}`);
    this.broken ??= words;
  }

  async pass(ms: number): Promise<void> {
    await this.timeline.runUntil(this.timeline.nowMs + ms, () => this.#check());
  }

  /** Tells the token's object that credentials changed, until it heard it: the sweep says it again. */
  async tellCredentials(): Promise<void> {
    for (;;) {
      try {
        await this.token.call(async (object) => object.credentialsChanged());
        return await this.#wakeShards();
      } catch (error) {
        if (!(error instanceof Crash)) return this.violated(String(error));
        await this.timeline.wait(60_000);
      }
    }
  }

  /** Rows that somebody still has to send. */
  waiting(): number {
    return this.disks.reduce((sum, disk) => sum + (isOpened(disk) ? disk.waiting() : 0), 0);
  }

  close(): void {
    for (const disk of this.disks) disk.close();
  }

  #check(): void {
    for (const [n, host] of this.shards.entries()) {
      if (host.awake) continue;
      const disk = this.disks[n]!;
      if (isOpened(disk) && disk.waiting() > 0) this.violated(`shard ${n} has changes and no alarm`);
    }
  }

  async #wakeShards(): Promise<void> {
    await Promise.all(
      [...this.#asked].map((n) =>
        this.shards[n]!.call((shard) => shard.wake()).catch((error: unknown) => {
          if (!(error instanceof Crash)) this.violated(String(error));
        }),
      ),
    );
  }

  /** What a shard gets from the token's object, over a wire that may break. */
  async #grant(n: number, process: Process, rejected: number | undefined): Promise<Keeper.Grant> {
    this.#asked.add(n);
    await this.timeline.wait(this.chance.whole(1, 10));
    const grant = await this.token
      .call(({ keeper }) => keeper.ask({ purpose: "deliver", ...(rejected === undefined ? {} : { rejected }) }))
      .catch((error: unknown): Keeper.Grant => {
        if (!(error instanceof Crash)) this.violated(String(error));
        return { kind: "hold", reason: "unavailable", untilMs: this.timeline.nowMs + 2_000, detail: "away" };
      });
    if (process.dead) throw new Crash();
    if (grant.kind === "token" && grant.probe && rejected === undefined) this.#checkProbe();
    if (grant.kind === "token" && grant.expiresAtMs - this.timeline.nowMs < this.trial.access.LEAST_LEFT_MS) {
      this.violated("a token with less than a minute left is handed out");
    }
    return grant;
  }

  /** One probe a minute, unless a crash forgot the last. */
  #checkProbe(): void {
    const { nowMs } = this.timeline;
    const { crashes } = this.token;
    if (nowMs - this.#probed.atMs < PROBE_EVERY_MS && crashes === this.#probed.crashes) {
      this.violated("a paused site is probed more than once a minute");
    }
    this.#probed = { atMs: nowMs, crashes };
  }

  #startShard(n: number, process: Process, alarm: AlarmPort): ShardObject {
    const clock = () => this.timeline.nowMs;
    const wakeUp = new WakeUp(alarm, clock);
    let underWay = 0;
    let probes = 0;
    /** Tokens that this process saw rejected, and when. */
    const rejectedAt = new Map<string, number>();
    const tell = async (work: (keeper: Keeper.TokenKeeper) => void) => {
      await this.token.call(async ({ keeper }) => work(keeper)).catch(() => {});
      if (process.dead) throw new Crash();
    };
    const delivery = new this.trial.Delivery(
      LIMITS,
      {
        clock,
        grant: (rejected) => this.#grant(n, process, rejected),
        put: async (token, customerId, attributes) => {
          process.step("put");
          if (process.dead) throw new Crash();
          if (++underWay > IN_FLIGHT) this.violated("a seventh call at once");
          // The policy hands over all that it knows of the token.
          const probing = (token as { probe?: boolean }).probe === true;
          if (probing && ++probes > 1) this.violated("two calls probe at once");
          if (this.timeline.nowMs - (rejectedAt.get(token.token) ?? Infinity) > REPLACED_WITHIN_MS) {
            this.violated("a token is used long after it was rejected");
          }
          const answer = await this.maxymiser.put(token.token, customerId, attributes, () => process.dead);
          if (process.dead) throw new Crash();
          underWay -= 1;
          if (probing) probes -= 1;
          if (answer.kind === "unauthorized") rejectedAt.set(token.token, this.timeline.nowMs);
          this.trace(() => {
            const pairs = attributes.map((pair) => pair.join("="));
            return `put ${customerId} ${pairs.join(" ")} -> ${answer.kind} ${answer.status}`;
          });
          process.step("answer");
          return answer;
        },
        sitePaused: (reason, detail) => tell((keeper) => keeper.paused(reason, detail)),
        siteResumed: async () => {
          await tell((keeper) => keeper.resumed());
          await this.#wakeShards();
        },
        told: () => {},
      },
      () => {},
    );
    const port = {
      store: this.disks[n]!.open(process),
      wakeUp,
      clock,
      chance: () => this.chance.next(),
      turn: () => this.timeline.wait(0),
    };
    const buffer = new CoalescingBuffer<Held>(port, delivery);
    const failed = (error: unknown) => {
      if (!(error instanceof Crash)) this.violated(`an alarm failed: ${String(error)}`);
    };
    return {
      buffer,
      alarm: () =>
        wakeUp.run(
          () => buffer.work(),
          () => buffer.nextWakeMs(),
          failed,
        ),
      wake: async () => {
        delivery.forget();
        await buffer.resume();
      },
    };
  }
}

function makeTables(store: Store): void {
  openDisk(store, { limits: LIMITS } as Policy<Held>);
}

/** Whether a shard has its tables: one that nobody pushed to has none. */
export function isOpened(disk: Disk): boolean {
  return disk.count("SELECT count(*) FROM sqlite_master WHERE name = 'buffer_state'") > 0;
}
