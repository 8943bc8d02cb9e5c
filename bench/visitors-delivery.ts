// The promises of `visitors` behind its door: that a site's deliveries grow with its shards, how late they are, and that a
// thousand who want a token make one request.
import { setTimeout as wait } from "node:timers/promises";
import { demoMaxymiser } from "../sandbox/demo.ts";
import budget from "./budget.json" with { type: "json" };
import { cpuUs } from "./cpu.ts";
import { note, verdict } from "./verdict.ts";
import { customer, openBench, pixelPost, poster, putCredentials } from "./visitors-house.ts";
import type { Bench } from "./visitors-house.ts";

const { siteId } = demoMaxymiser;
const SHARDS = [1, 4, 16];
const CONNECTIONS = 32;
/** What Maxymiser may take for a call. */
const LATENCY_MS = 150;
/** Where the growth is measured: so long that sixteen shards do not ask more than two cores can do. */
const GROWTH_LATENCY_MS = 600;
/** Seconds of work for one shard: enough to see its pace. */
const DELIVERY_SECONDS = 8;
/** Calls of a shard at once, each of the latency. */
const AT_ONCE = 6;
const CALLS_A_SECOND_OF_A_SHARD = AT_ONCE / (GROWTH_LATENCY_MS / 1_000);
/** The pace is taken in the middle of the work: before, shards still wake up; behind, some have nothing left. */
const MIDDLE = [0.2, 0.6] as const;
/** A shard without credentials finds out a second after its first change. */
const HELD_AFTER_MS = 3_000;
const STEADY_MS = 10_000;
const STEADY_POSTS_A_SECOND = 100;
/** By the first ones objects and code are loaded. */
const WARM_POSTS = 100;
const TOKEN_CALLERS = 1_000;

/** How many customers a second reach Maxymiser while there are always more, by the simulator's own clock; and the CPU of each. */
async function deliveries(shards: number): Promise<{ perSecond: number; cpuUs: number }> {
  const bench = await openBench(shards);
  try {
    const { maxymiser } = bench.sandbox.simulators;
    maxymiser.faults.set({ mode: "slow", ms: GROWTH_LATENCY_MS, path: "/eu/api/" });
    const total = Math.round(CALLS_A_SECOND_OF_A_SHARD * shards * DELIVERY_SECONDS);
    const waiting = Array.from({ length: total }, customer).values();
    const lane = async () => {
      for (const id of waiting) await bench.post(pixelPost(id));
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
    // All shards have found out by now that there are no credentials; these wake them.
    await wait(HELD_AFTER_MS);
    const cpuBefore = cpuUs(bench.house.runtimePid) ?? Number.NaN;
    await putCredentials(bench);
    for (const deadline = Date.now() + 60_000; maxymiser.puts.length < total;) {
      if (Date.now() > deadline) throw new Error(`only ${maxymiser.puts.length} of ${total} were delivered`);
      await wait(50);
    }
    const cpu = (cpuUs(bench.house.runtimePid) ?? Number.NaN) - cpuBefore;
    const times = maxymiser.puts.map((put) => put.at).toSorted((a, b) => a - b);
    // A lone shard's calls come by sixes: from the first of one six to the first of another.
    const [from, to] = MIDDLE.map((share) => Math.round((total * share) / AT_ONCE) * AT_ONCE) as [number, number];
    return { perSecond: (to - from) / ((times[to]! - times[from]!) / 1_000), cpuUs: cpu / total };
  } finally {
    await bench.close();
  }
}

async function growth(): Promise<void> {
  const seen: Awaited<ReturnType<typeof deliveries>>[] = [];
  for (const shards of SHARDS) seen.push(await deliveries(shards));
  const share = seen.at(-1)!.perSecond / seen[0]!.perSecond / SHARDS.at(-1)!;
  const promised = budget.visitors.growth;
  const measured = SHARDS.map((shards, n) => `${shards}: ${seen[n]!.perSecond.toFixed(1)}/s`).join(", ");
  verdict(
    `visitors, deliveries by shards at ${GROWTH_LATENCY_MS} ms`,
    `${measured}; ${share.toFixed(2)} of linear`,
    `>= ${promised}`,
    share >= promised,
  );
  note(`CPU: ${SHARDS.map((shards, n) => `${shards}: ${Math.round(seen[n]!.cpuUs)}`).join(", ")} us a delivery`);
}

/** A steady push: each customer's time from before his post to his call at Maxymiser. */
async function delay(): Promise<void> {
  const bench = await openBench(16);
  try {
    const { maxymiser } = bench.sandbox.simulators;
    await putCredentials(bench);
    maxymiser.faults.set({ mode: "slow", ms: LATENCY_MS, path: "/eu/api/" });
    const sentAt = new Map<string, number>();
    const posts: Promise<number>[] = [];
    const timed = async (body: string) => {
      const startedAt = performance.now();
      await bench.post(body);
      return performance.now() - startedAt;
    };
    for (const endsAt = Date.now() + STEADY_MS; Date.now() < endsAt;) {
      const id = customer();
      sentAt.set(id, Date.now());
      posts.push(timed(pixelPost(id)));
      await wait(1_000 / STEADY_POSTS_A_SECOND);
    }
    const times = (await Promise.all(posts)).slice(WARM_POSTS).toSorted((a, b) => a - b);
    for (const deadline = Date.now() + 20_000; maxymiser.puts.length < sentAt.size && Date.now() < deadline;)
      await wait(50);
    const delays = maxymiser.puts.map(({ at, customerId }) => at - sentAt.get(customerId)!).toSorted((a, b) => a - b);
    const p99Ms = delays[Math.floor(delays.length * 0.99)] ?? Number.POSITIVE_INFINITY;
    const promised = budget.visitors.delayP99Ms;
    const all = delays.length === sentAt.size;
    verdict(
      "visitors, receipt to delivery, p99",
      `${p99Ms} ms of ${delays.length}`,
      `<= ${promised} ms, all of ${sentAt.size}`,
      all && p99Ms <= promised,
    );
    note(
      `median ${delays[Math.floor(delays.length / 2)] ?? "none"} ms; a second of it is VISITOR_FLUSH_SECONDS, ${LATENCY_MS} ms Maxymiser`,
    );

    const postP99 = times[Math.floor(times.length * 0.99)] ?? Infinity;
    note(`beside the deliveries a post took ${postP99.toFixed(1)} ms, p99, at ${STEADY_POSTS_A_SECOND}/s`);
    await tokens(bench);
  } finally {
    await bench.close();
  }
}

/** A thousand at the door at once, after the last token ended. */
async function tokens(bench: Bench): Promise<void> {
  const { maxymiser } = bench.sandbox.simulators;
  maxymiser.tokens.expire();
  const before = maxymiser.tokens.requests;
  await putCredentials(bench);
  const checks = maxymiser.tokens.requests - before;
  const door = poster(bench.house.visitPort, `/token_refresh/${siteId}`, {
    Authorization: `Bearer ${bench.house.adminToken}`,
  });
  const statuses = await Promise.all(Array.from({ length: TOKEN_CALLERS }, () => door.send("GET")));
  door.close();
  const requests = maxymiser.tokens.requests - before - checks;
  const good = statuses.every((status) => status === 200);
  const most = budget.visitors.tokenRequests;
  verdict(
    `visitors, token requests of ${TOKEN_CALLERS} callers`,
    `${requests}, ${good ? "all" : "not all"} answered 200`,
    String(most),
    good && requests === most,
  );
}

/** What stands behind the door. */
export async function visitorsDeliveryBench(): Promise<void> {
  await growth();
  await delay();
}
