// A random life of one site, from a seed: hours of pushes, crashes, ended tokens, changed credentials, closed doors; then peace,
// and the promise of the end: Maxymiser holds of every attribute the value of the newest event, and what it refused comes back.
import { keyOf } from "../../workers/visitors/delivery/held.ts";
import type { Held } from "../../workers/visitors/delivery/held.ts";
import { Chance } from "./chance.ts";
import { Crash } from "./disk.ts";
import { SHARDS, VisitorWorld, isOpened } from "./visitor-world.ts";
import type { Trial } from "./visitor-world.ts";

const HOUR_MS = 3_600_000;
/** Longer than any backoff, and than the hour of an unknown site. */
const PEACE_MS = 3 * HOUR_MS;
const CUSTOMERS = 12;
const ATTRIBUTES = ["a", "b", "c"];
/** One site of so many was never heard of: its shards have no tables yet, and may be cut off while they make them. */
const UNHEARD_OF = 7;

/** How a seed ended. */
export interface SiteEnding {
  seed: number;
  /** The first broken promise in words; null when all were kept. */
  broken: string | null;
  lines: readonly string[];
  puts: number;
  tokenRequests: number;
  crashes: number;
}

/** Lives one seed. */
export async function liveSite(seed: number, trial: Trial, traced = false): Promise<SiteEnding> {
  const chance = new Chance(seed);
  const world = new VisitorWorld(chance, trial, seed % UNHEARD_OF === 0, traced);
  await new SiteStory(chance, world).tell();
  world.close();
  const { puts, tokenRequests } = world.maxymiser;
  return { seed, broken: world.broken, lines: world.lines, puts, tokenRequests, crashes: world.crashes };
}

class SiteStory {
  readonly #chance: Chance;
  readonly #world: VisitorWorld;
  /** The newest event time of each key that was pushed, and all that were used. */
  readonly #newest = new Map<string, number>();
  readonly #used = new Set<string>();
  readonly #refused = new Set<string>();
  #pushes: Promise<unknown> = Promise.resolve();
  #sinceMs: number;

  constructor(chance: Chance, world: VisitorWorld) {
    this.#chance = chance;
    this.#world = world;
    this.#sinceMs = world.timeline.nowMs - HOUR_MS;
  }

  async tell(): Promise<void> {
    const { maxymiser } = this.#world;
    this.#world.crashRate = this.#chance.of([0, 0, 0.001, 0.005]);
    maxymiser.faultRate = this.#chance.of([0, 0.05, 0.4]);
    maxymiser.tokenLifeMs = this.#chance.of([3_600_000, 3_600_000, 130_000, 90_000]);
    if (this.#chance.happens(0.8)) this.#credentials(1);
    for (let act = this.#chance.whole(8, 20); act > 0 && this.#world.broken === null; act--) {
      this.#act();
      await this.#world.pass(this.#chance.of([0, 5, 700, 4_000, 30_000, 400_000]));
    }
    await this.#peace();
  }

  #act(): void {
    const { maxymiser } = this.#world;
    switch (this.#chance.whole(0, 16)) {
      case 0:
        return this.#chance.of(this.#world.shards).crash("a shard's plug");
      case 1:
        return this.#world.token.crash("the token's plug");
      case 2:
        this.#world.trace("all tokens end");
        return maxymiser.expire();
      case 3:
        this.#world.trace("the site is closed or opened");
        maxymiser.open = !maxymiser.open;
        return;
      case 4:
        this.#world.trace("the site is known or not");
        maxymiser.known = !maxymiser.known;
        return;
      case 5:
        this.#world.trace("the password changes at Maxymiser");
        maxymiser.login += 1;
        return maxymiser.expire();
      case 6:
        return this.#credentials(this.#chance.of([maxymiser.login, maxymiser.login, -1, null]));
      case 7:
        maxymiser.faultRate = this.#chance.of([0, 0, 0.3, 1]);
        return this.#world.trace(`faults ${maxymiser.faultRate}`);
      case 8: {
        const name = this.#chance.of(ATTRIBUTES);
        this.#world.trace(`Maxymiser refuses ${name}`);
        maxymiser.refuses.add(name);
        this.#refused.add(name);
        return;
      }
      case 9:
        if (this.#chance.happens(0.8)) return;
        // Nothing older than this comes any more: the memory of what was sent may end, and what is held is given up.
        this.#world.timeline.nowMs += 30 * HOUR_MS;
        this.#sinceMs = this.#world.timeline.nowMs;
        return this.#world.trace("thirty hours pass");
      default:
        for (let n = this.#chance.of([1, 1, 3, 6]); n > 0; n--) this.#push();
    }
  }

  #credentials(login: number | null): void {
    this.#world.trace(`credentials ${login}`);
    this.#world.login = login;
    void this.#world.tellCredentials();
  }

  /** A push of some events of a shard's customers; sent again until it is acknowledged. */
  #push(): void {
    const shard = this.#chance.whole(0, SHARDS - 1);
    const byKey = new Map<string, { key: string; value: Held; atMs: number }>();
    for (let n = this.#chance.of([1, 2, 5, 20]); n > 0; n--) {
      const key = keyOf(`${shard}.${this.#chance.whole(1, CUSTOMERS)}`, this.#chance.of(ATTRIBUTES));
      const atMs = this.#unusedTime(key);
      byKey.set(key, { key, value: [String(atMs), null], atMs });
    }
    const changes = [...byKey.values()];
    for (const { key, atMs } of changes) this.#newest.set(key, Math.max(atMs, this.#newest.get(key) ?? 0));
    this.#pushes = Promise.all([this.#pushes, this.#send(shard, changes)]);
    if (this.#chance.happens(0.1)) this.#pushes = Promise.all([this.#pushes, this.#send(shard, changes)]);
  }

  /** An event time that no other event of the key has: so the newest is never in doubt. */
  #unusedTime(key: string): number {
    for (let back = this.#chance.whole(0, 40_000); ; back++) {
      const atMs = Math.max(this.#sinceMs, this.#world.timeline.nowMs - back);
      const name = `${key} ${atMs}`;
      if (!this.#used.has(name)) {
        this.#used.add(name);
        return atMs;
      }
      if (atMs === this.#sinceMs) this.#sinceMs += 1;
    }
  }

  async #send(shard: number, changes: { key: string; value: Held; atMs: number }[]): Promise<void> {
    this.#world.trace(() => `push ${changes.map(({ key, atMs }) => `${key.replace("\n", ".")}@${atMs}`).join(" ")}`);
    for (let attempt = 0; attempt < 50; attempt++) {
      try {
        return await this.#world.shards[shard]!.call(({ buffer }) => buffer.put(changes));
      } catch (error) {
        if (!(error instanceof Crash)) return this.#world.violated(String(error));
        await this.#world.timeline.wait(this.#chance.whole(10, 3_000));
      }
    }
  }

  async #peace(): Promise<void> {
    const { maxymiser } = this.#world;
    this.#world.trace("peace");
    this.#world.crashRate = 0;
    maxymiser.faultRate = 0;
    maxymiser.open = true;
    maxymiser.known = true;
    maxymiser.tokenLifeMs = HOUR_MS;
    // What is under way may still meet the old world; then the right credentials are put, if they are not there. A site that
    // was paused finds out by itself.
    await this.#world.pass(120_000);
    if (this.#world.login !== maxymiser.login) this.#credentials(maxymiser.login);
    await this.#world.pass(PEACE_MS);
    await this.#pushes;
    await this.#world.pass(PEACE_MS);
    if (this.#world.broken !== null) return;
    if (this.#world.waiting() > 0) return this.#world.violated("changes are left in peace");
    this.#world.trace("all is forgiven, and replayed");
    maxymiser.refuses.clear();
    for (const shard of this.#world.shards) await shard.call(({ buffer }) => buffer.replay());
    await this.#world.pass(PEACE_MS);
    for (const [key, atMs] of this.#newest) {
      const held = maxymiser.holds.get(key) ?? 0;
      if (held !== atMs) this.#world.violated(`${key.replace("\n", ".")} holds ${held}, the newest was ${atMs}`);
    }
    for (const disk of this.#world.disks) {
      if (isOpened(disk) && disk.count("SELECT count(*) FROM parked") > 0)
        this.#world.violated("parked after a replay");
    }
  }
}
