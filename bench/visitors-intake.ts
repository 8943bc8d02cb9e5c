// The promises of `visitors` for who pushes: how many posts a second are on disk, and how long one waits for its answer at a
// steady pace; both in turns with a bare durable write of the same bodies.
import { setTimeout as wait } from "node:timers/promises";
import budget from "./budget.json" with { type: "json" };
import { cpuUs } from "./cpu.ts";
import { openDurableControl } from "./durable-control.ts";
import { median, note, verdict } from "./verdict.ts";
import { DISK, customer, openBench, pixelPost, poster } from "./visitors-house.ts";

const SHARDS = [1, 4, 16];
const CONNECTIONS = 32;
const ROUND_MS = 1_500;
const ROUNDS = 4;
/** The promise, at which the time of an answer is measured too. */
const STEADY_A_SECOND = budget.visitors.postsPerSecond;
const STEADY_MS = 2_000;
const STEADY_ROUNDS = 3;

type Post = (body: string) => Promise<number>;

/** Of a round: posts a second, and the runtime's CPU for one. */
interface Pace {
  perSecond: number;
  cpuUs: number;
}

async function taken(post: Post): Promise<void> {
  const status = await post(pixelPost(customer()));
  if (status !== 200) throw new Error(`a post was answered ${status}`);
}

/** Posts for a while at all connections, each of which must be answered 200. */
async function pace(post: Post, pid: number | null, ms: number): Promise<Pace> {
  const startedAt = performance.now();
  const cpuBefore = cpuUs(pid);
  let answered = 0;
  const lane = async () => {
    while (performance.now() - startedAt < ms) {
      await taken(post);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  const cpu = cpuUs(pid);
  return {
    perSecond: answered / ((performance.now() - startedAt) / 1_000),
    cpuUs: cpu === null || cpuBefore === null ? Number.NaN : (cpu - cpuBefore) / answered,
  };
}

/**
 * Posts at a steady pace, whether those before are answered or not. How long each took, in milliseconds from the instant at
 * which it was due: what a slow answer holds up is counted as slow as well.
 */
async function steady(post: Post, ms: number): Promise<number[]> {
  const startedAt = performance.now();
  const times: Promise<number>[] = [];
  for (let dueAt = startedAt; dueAt < startedAt + ms; dueAt += 1_000 / STEADY_A_SECOND) {
    const early = dueAt - performance.now();
    if (early > 0) await wait(early);
    times.push(taken(post).then(() => performance.now() - dueAt));
  }
  return await Promise.all(times);
}

const sorted = (times: readonly number[]) => times.toSorted((a, b) => a - b);
const at = (times: readonly number[], share: number) => times[Math.floor(times.length * share)] ?? Infinity;

/** The site has no credentials: what is pushed is held, so nothing else happens beside the intake. */
async function intake(shards: number): Promise<void> {
  const bench = await openBench(shards);
  const control = await openDurableControl(shards, DISK);
  const bare = poster(control.port, "/", { "Content-Type": "application/json" });
  const doors = {
    ours: { post: bench.post, pid: bench.house.runtimePid },
    theirs: { post: (body: string) => bare.send("POST", body), pid: control.runtimePid },
  };
  try {
    const paces = { ours: [] as Pace[], theirs: [] as Pace[] };
    const times = { ours: [] as number[], theirs: [] as number[] };
    const both = ["theirs", "ours"] as const;
    for (const who of both) await pace(doors[who].post, null, 500);
    for (let round = 0; round < ROUNDS; round++) {
      for (const who of both) paces[who].push(await pace(doors[who].post, doors[who].pid, ROUND_MS));
    }
    for (let round = 0; round < STEADY_ROUNDS; round++) {
      for (const who of both) times[who].push(...(await steady(doors[who].post, STEADY_MS)));
    }
    const of = (who: keyof typeof paces, pick: keyof Pace) => Math.round(median(paces[who].map((one) => one[pick])));
    const rate = of("ours", "perSecond");
    const { postsPerSecond, postP99Ms } = budget.visitors;
    verdict(`visitors, posts on disk, ${shards} shards`, `${rate}/s`, `>= ${postsPerSecond}/s`, rate >= postsPerSecond);
    const ratio = median(paces.ours.map(({ perSecond }, n) => perSecond / paces.theirs[n]!.perSecond));
    const bareRate = of("theirs", "perSecond");
    note(`a bare durable write: ${bareRate}/s; ratio ${ratio.toFixed(2)}`);
    note(`CPU: ${of("ours", "cpuUs")} us a post, ${of("theirs", "cpuUs")} us a bare write`);
    const [ours, theirs] = [sorted(times.ours), sorted(times.theirs)];
    const p99 = at(ours, 0.99);
    verdict(
      `visitors, a post at ${STEADY_A_SECOND}/s, p99, ${shards} shards`,
      `${p99.toFixed(1)} ms`,
      `<= ${postP99Ms} ms`,
      p99 <= postP99Ms,
    );
    note(
      `a bare durable write: ${at(theirs, 0.99).toFixed(1)} ms; medians ${at(ours, 0.5).toFixed(1)} and ${at(theirs, 0.5).toFixed(1)} ms`,
    );
  } finally {
    bare.close();
    await control.close();
    await bench.close();
  }
}

/** What who pushes may count on. */
export async function visitorsIntakeBench(): Promise<void> {
  note(`databases in ${DISK}`);
  for (const shards of SHARDS) await intake(shards);
}
