// A random life of one buffer, from a seed: hours of puts, faults and crashes, then peace, and the promises of the end:
// what the upstream holds is what was put last, and what it refused is parked and comes back.
import { BufferWorld } from "./buffer-world.ts";
import type { Trial } from "./buffer-world.ts";
import { Chance } from "./chance.ts";
import { Crash } from "./disk.ts";
import type { NewChange } from "../../src/shared/durable/change.ts";

const HOUR_MS = 3_600_000;
/** Peace lasts so long: longer than any backoff. */
const PEACE_MS = 3 * HOUR_MS;

/** One buffer of so many was never heard of. A prime, so that it meets all other kinds. */
const UNHEARD_OF = 7;

/** How a seed ended. */
export interface Ending {
  seed: number;
  /** The first broken promise in words; null when all were kept. */
  broken: string | null;
  lines: readonly string[];
  calls: number;
  changes: number;
  crashes: number;
}

/** Lives one seed. */
export async function live(seed: number, trial: Trial, traced = false): Promise<Ending> {
  const chance = new Chance(seed);
  const kind = { grouped: seed % 2 === 1, givesUp: seed % 5 === 0, unheardOf: seed % UNHEARD_OF === 0 };
  const world = new BufferWorld(chance, trial, kind, traced);
  const story = new Story(chance, world);
  try {
    await story.tell();
  } finally {
    world.disk.close();
  }
  return {
    seed,
    broken: world.violation?.message ?? null,
    lines: world.lines,
    calls: world.upstream.calls,
    changes: story.changes,
    crashes: world.host.crashes,
  };
}

class Story {
  changes = 0;
  /** Event times are drawn from here on; a long pause moves it, as the order memory forgets. */
  #sinceMs: number;
  #earlier: NewChange<string>[][] = [];
  readonly #keys: string[];
  readonly #refused: string[] = [];
  #lastPut = Promise.resolve();
  readonly #chance: Chance;
  readonly #world: BufferWorld;

  constructor(chance: Chance, world: BufferWorld) {
    this.#chance = chance;
    this.#world = world;
    this.#sinceMs = world.timeline.nowMs - HOUR_MS;
    // A dot parts a customer from his attribute.
    this.#keys = Array.from({ length: chance.whole(3, 40) }, (_, n) => `k${Math.floor(n / 4)}.${n % 4}`);
  }

  async tell(): Promise<void> {
    const { host, upstream } = this.#world;
    host.crashRate = this.#chance.of([0, 0, 0.001, 0.004, 0.02]);
    upstream.faultRate = this.#chance.of([0, 0.05, 0.3, 0.7]);
    const acts = this.#chance.whole(6, 16);
    for (let act = 0; act < acts && this.#world.violation === null; act++) {
      this.#act();
      await this.#world.pass(this.#chance.of([0, 5, 400, 4_000, 15_000, 90_000]));
    }
    await this.#peace();
  }

  #act(): void {
    const { host, upstream, timeline } = this.#world;
    switch (this.#chance.whole(0, 16)) {
      case 0:
        return host.crash("pulled the plug");
      case 1:
        this.#world.trace("flush");
        return this.#ask((buffer) => buffer.flush());
      case 2:
        this.#world.trace("replay");
        return this.#ask((buffer) => buffer.replay());
      case 3:
        return this.#refuse(this.#chance.of(this.#keys));
      case 4:
        this.#world.trace(upstream.locked ? "upstream unlocked" : "upstream locked");
        upstream.locked = !upstream.locked;
        this.#world.mayCallAtOnce();
        return this.#ask((buffer) => buffer.resume());
      case 5:
        upstream.faultRate = this.#chance.of([0, 0, 0.2, 1]);
        return this.#world.trace(`faults ${upstream.faultRate}`);
      case 6:
        if (this.#world.unanswered > 0 || this.#chance.happens(0.8)) return;
        // Nothing older than this comes any more: the memory of what was sent may end.
        timeline.nowMs += 30 * HOUR_MS;
        this.#sinceMs = timeline.nowMs;
        this.#earlier = [];
        return this.#world.trace("thirty hours pass");
      case 7:
        if (this.#earlier.length === 0) return;
        return this.#put(this.#chance.of(this.#earlier));
      default:
        for (let n = this.#chance.of([1, 1, 2, 4]); n > 0; n--) this.#put(this.#newChanges());
    }
  }

  #refuse(key: string): void {
    this.#world.trace(`upstream refuses ${key}`);
    this.#world.upstream.refuses.add(key);
    this.#refused.push(key);
  }

  #newChanges(): NewChange<string>[] {
    const { nowMs } = this.#world.timeline;
    const byKey = new Map<string, NewChange<string>>();
    for (let n = this.#chance.of([1, 2, 5, 25]); n > 0; n--) {
      const key = this.#chance.of(this.#keys);
      // Coarse, so that events of one instant happen.
      const atMs =
        nowMs - Math.floor(Math.min(this.#chance.whole(0, 40) * 1_000, nowMs - this.#sinceMs) / 1_000) * 1_000;
      byKey.set(key, { key, value: `${this.#chance.of(["add", "delete"])}#${this.changes++}`, atMs });
    }
    return [...byKey.values()];
  }

  #put(changes: NewChange<string>[]): void {
    this.#world.trace(() => `put ${changes.map(({ key, value, atMs }) => `${key}=${value}@${atMs}`).join(" ")}`);
    // Sent again it is a new arrival of the same event: its own name tells the two apart.
    if (this.#earlier.includes(changes))
      changes = changes.map((one) => ({ ...one, value: `${one.value}'${this.changes++}` }));
    else this.#earlier.push(changes);
    const put = this.#world.put(changes);
    this.#lastPut = Promise.all([this.#lastPut, put]).then(() => {});
  }

  #ask(what: (buffer: Parameters<Parameters<BufferWorld["host"]["call"]>[0]>[0]["buffer"]) => Promise<unknown>): void {
    // An operator's request that meets a crash is not repeated.
    this.#world.host
      .call((object) => what(object.buffer))
      .catch((error: unknown) => {
        if (!(error instanceof Crash)) this.#world.broken(String(error));
      });
  }

  async #peace(): Promise<void> {
    const { host, upstream } = this.#world;
    this.#world.trace("peace");
    host.crashRate = 0;
    upstream.faultRate = 0;
    upstream.locked = false;
    await this.#world.pass(PEACE_MS);
    await this.#lastPut;
    await this.#world.pass(PEACE_MS);
    if (this.#world.violation !== null) return;
    this.#expectTruth(new Set(this.#world.givesUp ? this.#keys : this.#refused));
    this.#world.trace("all is forgiven, and replayed");
    upstream.refuses.clear();
    this.#ask((buffer) => buffer.replay());
    await this.#world.pass(PEACE_MS);
    if (this.#world.violation === null) this.#expectTruth(new Set());
    if (this.#world.disk.count("SELECT count(*) FROM parked") > 0) this.#world.broken("parked after a replay");
  }

  /** Each key holds what was put last; those that may be parked either do, or are parked with it. */
  #expectTruth(mayBeParked: ReadonlySet<string>): void {
    const { disk, truth, upstream } = this.#world;
    if (disk.waiting() > 0) return this.#world.broken("changes are left in peace");
    for (const [key, { value }] of truth.newest) {
      const held = upstream.holds.get(key)?.value ?? "nothing";
      const parked =
        mayBeParked.has(key) &&
        disk.count("SELECT count(*) FROM parked WHERE coming_back = 0 AND value = ?", JSON.stringify(value)) > 0;
      if (held !== value && !parked) this.#world.broken(`${key} holds ${held}, put last was ${value}`);
    }
  }
}
