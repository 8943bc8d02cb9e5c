// The promises of `visitors`: how fast a push is on disk, that a site's deliveries grow with its shards, how late they are,
// and that a thousand who want a token make one request.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { createSandbox, sandboxVars } from "../sandbox/apps.ts";
import { bridgedServer } from "../sandbox/bridge.ts";
import { demoMaxymiser } from "../sandbox/demo.ts";
import budget from "./budget.json" with { type: "json" };
import { openDurableControl } from "./durable-control.ts";
import { openHouse } from "./house.ts";
import type { BenchHouse } from "./house.ts";
import { median, note, verdict } from "./verdict.ts";

const { siteId, credentials } = demoMaxymiser;
const CONNECTIONS = 32;
const ROUND_MS = 2_000;
const ROUNDS = 5;
/** What Maxymiser may take for a call. */
const LATENCY_MS = 150;
/** Where the growth is measured: so long that sixteen shards do not ask more than two cores can do. */
const GROWTH_LATENCY_MS = 600;
/** Seconds of work for one shard: enough to see its pace. */
const DELIVERY_SECONDS = 8;
/** Six calls at once, each of the latency. */
const CALLS_A_SECOND_OF_A_SHARD = 6 / (GROWTH_LATENCY_MS / 1_000);
/** A shard without credentials finds out a second after its first change. */
const HELD_AFTER_MS = 3_000;
const STEADY_MS = 10_000;
const STEADY_POSTS_A_SECOND = 100;
const TOKEN_CALLERS = 1_000;
const SHARDS = [1, 4, 16];
/** Where there is a disk of memory it is used, by the control too: in production each object has a disk of its own. */
const MEMORY = "/dev/shm";
const DISK = existsSync(MEMORY) ? MEMORY : tmpdir();

interface Bench {
  house: BenchHouse;
  sandbox: ReturnType<typeof createSandbox>;
  post: (body: string) => Promise<number>;
  close: () => Promise<void>;
}

let customers = 0;
const customer = () => `cust-${customers++}`;

function pixelPost(customerId: string): string {
  const PixelUrl = `http://tags.bluekai.com/site/90012?mmSiteId=${siteId}&attributeName=customer_type&attributeValue=vip`;
  const UtcSeconds = Math.floor(Date.now() / 1_000);
  const Pixels = [
    {
      BkUuid: "qX7p2Za/8kLmN4+R",
      IP: "203.0.113.7",
      CampaignId: "204417",
      PartnerUuid: customerId,
      PixelUrl,
      UtcSeconds,
    },
  ];
  return JSON.stringify({ DestinationId: 90_011, PixelCount: 1, Pixels });
}

/** Posts over kept connections; resolves to the status. */
function poster(port: number, path: string, headers: Record<string, string>) {
  const agent = new Agent({ keepAlive: true, maxSockets: TOKEN_CALLERS });
  const send = (method: string, body?: string) =>
    new Promise<number>((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port, path, method, agent, headers }, (incoming) => {
        incoming.resume();
        incoming.once("end", () => resolve(incoming.statusCode ?? 0));
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}

async function openBench(shards: number): Promise<Bench> {
  const sandbox = createSandbox();
  const server = bridgedServer((incoming) => sandbox.app.fetch(incoming));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const vars = sandboxVars(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const house = await openHouse(false, { ...vars, VISITOR_SHARDS: String(shards) }, () => {}, DISK);
  const door = poster(house.visitPort, "/receive_data/mm", {
    Authorization: `Bearer ${house.adminToken}`,
    "Content-Type": "application/json",
  });
  return {
    house,
    sandbox,
    post: (body) => door.send("POST", body),
    close: async () => {
      door.close();
      await house.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Posts for a while at so many connections; how many a second were answered 200. */
async function postsPerSecond(post: (body: string) => Promise<number>, ms: number): Promise<number> {
  const startedAt = performance.now();
  let answered = 0;
  const lane = async () => {
    while (performance.now() - startedAt < ms) {
      const status = await post(pixelPost(customer()));
      if (status !== 200) throw new Error(`a post was answered ${status}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  return answered / ((performance.now() - startedAt) / 1_000);
}

/** The site has no credentials: what is pushed is held, so nothing else happens beside the intake. */
async function intake(shards: number): Promise<void> {
  const bench = await openBench(shards);
  const control = await openDurableControl(shards, DISK);
  const bare = poster(control.port, "/", { "Content-Type": "application/json" });
  try {
    await postsPerSecond(bench.post, 500);
    await postsPerSecond((body) => bare.send("POST", body), 500);
    const [ours, theirs, ratios] = [[] as number[], [] as number[], [] as number[]];
    for (let round = 0; round < ROUNDS; round++) {
      const bareRate = await postsPerSecond((body) => bare.send("POST", body), ROUND_MS);
      const rate = await postsPerSecond(bench.post, ROUND_MS);
      ours.push(rate);
      theirs.push(bareRate);
      ratios.push(rate / bareRate);
    }
    const rate = Math.round(median(ours));
    const promised = budget.visitors.postsPerSecond;
    verdict(`visitors, posts on disk, ${shards} shards`, `${rate}/s`, `>= ${promised}/s`, rate >= promised);
    note(`a bare durable write: ${Math.round(median(theirs))}/s; ratio ${median(ratios).toFixed(2)}`);
  } finally {
    bare.close();
    await control.close();
    await bench.close();
  }
}

async function putCredentials({ house }: Bench): Promise<void> {
  const answer = await fetch(`${house.origin}/api/credentials/maxymiser:${siteId}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${house.adminToken}`, "Content-Type": "application/json" },
    body: JSON.stringify(credentials),
  });
  if (!answer.ok) throw new Error(`credentials were answered ${answer.status}`);
}

/** How many customers a second reach Maxymiser while there are always more; from the simulator's own clock. */
async function deliveriesPerSecond(shards: number): Promise<number> {
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
    await putCredentials(bench);
    for (const deadline = Date.now() + 60_000; maxymiser.puts.length < total;) {
      if (Date.now() > deadline) throw new Error(`only ${maxymiser.puts.length} of ${total} were delivered`);
      await wait(50);
    }
    // The first part of the work: some shards have less to do than others.
    const times = maxymiser.puts.map(({ at }) => at).toSorted((a, b) => a - b);
    const [from, to] = [0, Math.floor(total * 0.6)];
    return (to - from) / ((times[to]! - times[from]!) / 1_000);
  } finally {
    await bench.close();
  }
}

async function growth(): Promise<void> {
  const rates: number[] = [];
  for (const shards of SHARDS) rates.push(await deliveriesPerSecond(shards));
  const share = rates.at(-1)! / rates[0]! / SHARDS.at(-1)!;
  const promised = budget.visitors.growth;
  const measured = SHARDS.map((shards, n) => `${shards}: ${Math.round(rates[n]!)}/s`).join(", ");
  verdict(
    `visitors, deliveries by shards at ${GROWTH_LATENCY_MS} ms`,
    `${measured}; ${share.toFixed(2)} of linear`,
    `>= ${promised}`,
    share >= promised,
  );
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
    for (const endsAt = Date.now() + STEADY_MS; Date.now() < endsAt;) {
      const id = customer();
      sentAt.set(id, Date.now());
      posts.push(bench.post(pixelPost(id)));
      await wait(1_000 / STEADY_POSTS_A_SECOND);
    }
    await Promise.all(posts);
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
  } finally {
    await bench.close();
  }
}

/** All promises of visitors. */
export async function visitorsBench(): Promise<void> {
  for (const shards of SHARDS) await intake(shards);
  await growth();
  await delay();
}
