// The promises of `audiences`: what an intake costs over a bare durable write of the same bodies, how long its answer takes,
// and how few calls a million single changes become at Split.
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createSandbox, sandboxVars } from "../sandbox/apps.ts";
import { bridgedServer } from "../sandbox/bridge.ts";
import { demoSplit } from "../sandbox/demo.ts";
import { seeded } from "../sandbox/seeded.ts";
import { ROOT } from "../scripts/worker-process.ts";
import budget from "./budget.json" with { type: "json" };
import { cpuUs } from "./cpu.ts";
import { openDurableControl } from "./durable-control.ts";
import { openHouse } from "./house.ts";
import { median, note, verdict } from "./verdict.ts";

const CONNECTIONS = 16;
const ROUND_MS = 2_000;
const ROUNDS = 7;
const PROFILES = 100;
const CHANGES = 1_000_000;
/** Fewer than a segment holds. */
const PEOPLE = 90_000;
/** Made beforehand, for the rounds of the intake. */
const BODIES = 500;
const SEGMENT = "s_bench";
/** A second's bodies of a busy source, and for how many bodies: half a minute, in which Split is called three times. */
const STEADY_A_SECOND = 20;
const STEADY_MESSAGES = 600;
const WARM_MESSAGES = 20;
const SETTLE_MS = 120_000;
/** A disk of memory, where there is one: what lies there is not durable, but it leaves nothing to wait for except the CPU. */
const MEMORY = "/dev/shm";
const QUICK = existsSync(MEMORY) ? MEMORY : tmpdir();
/** Below the checkout, since a directory for temporary files may be memory too. */
const DISK = join(ROOT, ".wrangler");

type Action = "add" | "delete";

const mpidOf = (person: number) => `-${6_403_478_910_000_000_000n + BigInt(person)}`;

/** A message of mParticle: a hundred people, each of whom joins or leaves the audience. */
function message(
  settings: Record<string, string>,
  atMs: number,
  changes: readonly (readonly [number, Action])[],
): string {
  return JSON.stringify({
    type: "audience_membership_change_request",
    id: crypto.randomUUID(),
    timestamp_ms: atMs,
    account: { account_id: 1, account_settings: settings },
    user_profiles: changes.map(([person, action]) => ({
      mpid: mpidOf(person),
      audiences: [
        { audience_id: 7, audience_name: "bench", audience_subscription_settings: { segmentName: SEGMENT }, action },
      ],
    })),
  });
}

/** Posts over kept connections; any other answer than `expected` throws. */
function poster(port: number, path: string, headers: Record<string, string> = {}, expected = 200) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const post = (body: string) =>
    new Promise<void>((resolve, reject) => {
      const json = { "Content-Type": "application/json", ...headers };
      const outgoing = request({ host: "127.0.0.1", port, path, method: "POST", agent, headers: json }, (incoming) => {
        incoming.resume();
        incoming.once("end", () => {
          if (incoming.statusCode === expected) resolve();
          else reject(new Error(`a post was answered ${incoming.statusCode}`));
        });
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  return { post, close: () => agent.destroy() };
}

/** How many bodies a second were answered, and what one cost the runtime (NaN where nobody tells). */
interface Rate {
  perSecond: number;
  cpuUs: number;
}

/** Posts for a while at all connections to the runtime `pid`. */
async function rate(
  { post, pid }: { post: (body: string) => Promise<void>; pid: number | null },
  bodies: readonly string[],
  ms: number,
): Promise<Rate> {
  const cpuBefore = cpuUs(pid) ?? Number.NaN;
  const startedAt = performance.now();
  let answered = 0;
  const lane = async () => {
    while (performance.now() - startedAt < ms) {
      await post(bodies[answered % bodies.length]!);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { perSecond: answered / seconds, cpuUs: ((cpuUs(pid) ?? Number.NaN) - cpuBefore) / answered };
}

async function openBench(under: string = QUICK) {
  const sandbox = createSandbox();
  const { split } = sandbox.simulators;
  const server = bridgedServer((incoming) => sandbox.app.fetch(incoming));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const vars = sandboxVars(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const house = await openHouse(false, vars, () => {}, under);
  const door = poster(house.visitPort, "/mparticle", { Authorization: `Bearer ${house.adminToken}` });
  return {
    house,
    split,
    post: door.post,
    close: async () => {
      door.close();
      await house.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * On a disk, where a write is durable and waits for it, and in memory, where nothing is durable and there is nothing to wait for
 * but the CPU. In production a write waits for its replicas, while the object goes on: the truth lies between the two.
 */
async function intake(): Promise<void> {
  mkdirSync(DISK, { recursive: true });
  const places =
    QUICK === MEMORY ? [["on a disk", DISK] as const, ["in memory", MEMORY] as const] : [["on a disk", DISK] as const];
  const promised = budget.audiences.intake;
  for (const [where, under] of places) {
    const rounds = await intakeRounds(under);
    const of = (pick: (round: { ours: Rate; theirs: Rate }) => number) => median(rounds.map(pick));
    const ratio = of(({ ours, theirs }) => ours.perSecond / theirs.perSecond);
    const share = `${ratio.toFixed(2)} of a bare durable write`;
    verdict(`audiences, intake ${where}`, share, `>= ${promised}`, ratio >= promised);
    const told = (whose: "ours" | "theirs") =>
      `${Math.round(of((round) => round[whose].perSecond))} a second, ${Math.round(of((round) => round[whose].cpuUs))} us of CPU each`;
    note(`bodies of ${PROFILES} changes: ${told("ours")}; bare: ${told("theirs")}`);
  }
}

/**
 * The intake and the bare write in turns, both over one object whose disk lies in the directory `under`. The tenant's key is refused:
 * changes are taken and kept, and nothing else happens beside the intake.
 */
async function intakeRounds(under: string): Promise<{ ours: Rate; theirs: Rate }[]> {
  const bench = await openBench(under);
  const control = await openDurableControl(1, under);
  const bare = poster(control.port, "/");
  const [intaken, written] = [
    { post: bench.post, pid: bench.house.runtimePid },
    { post: bare.post, pid: control.runtimePid },
  ];
  const settings = { ...demoSplit, apiKey: "refused", workspaceId: "bench" };
  const bodies = Array.from({ length: BODIES }, (_, n) =>
    message(
      settings,
      Date.now(),
      Array.from({ length: PROFILES }, (__, i) => [n * PROFILES + i, "add"] as const),
    ),
  );
  try {
    await rate(written, bodies, ROUND_MS);
    await rate(intaken, bodies, ROUND_MS);
    const rounds: { ours: Rate; theirs: Rate }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const first = round % 2 === 0 ? await rate(written, bodies, ROUND_MS) : null;
      const ours = await rate(intaken, bodies, ROUND_MS);
      rounds.push({ ours, theirs: first ?? (await rate(written, bodies, ROUND_MS)) });
    }
    return rounds;
  } finally {
    bare.close();
    await control.close();
    await bench.close();
  }
}

/** A steady source: how long mParticle waits for each answer, and a bare 302 of the same process that is asked in between. */
async function delay(): Promise<void> {
  const bench = await openBench();
  const bare = poster(bench.house.controlPort, "/", {}, 302);
  const timed = async (post: Promise<void>) => {
    const sentAt = performance.now();
    await post;
    return performance.now() - sentAt;
  };
  try {
    const ours: Promise<number>[] = [];
    const theirs: Promise<number>[] = [];
    for (let n = 0; n < STEADY_MESSAGES + WARM_MESSAGES; n++) {
      const changes = Array.from({ length: PROFILES }, (_, i) => [n * PROFILES + i, "add"] as const);
      ours.push(timed(bench.post(message(demoSplit, Date.now(), changes))));
      await wait(500 / STEADY_A_SECOND);
      theirs.push(timed(bare.post("{}")));
      await wait(500 / STEADY_A_SECOND);
    }
    const p99Ms = await p99(ours);
    const promised = budget.audiences.answerP99Ms;
    verdict(
      `audiences, answer at ${STEADY_A_SECOND} bodies a second, p99`,
      `${p99Ms.toFixed(1)} ms`,
      `<= ${promised} ms`,
      p99Ms <= promised,
    );
    note(`p99 of a bare answer in between: ${(await p99(theirs)).toFixed(1)} ms`);
  } finally {
    bare.close();
    await bench.close();
  }
}

/** Of all but the first ones, by which objects and code were loaded. */
async function p99(times: readonly Promise<number>[]): Promise<number> {
  const sorted = (await Promise.all(times)).slice(WARM_MESSAGES).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)]!;
}

/** A million times somebody joins or leaves, in bodies of a hundred. */
async function volume(): Promise<void> {
  const bench = await openBench();
  try {
    const { split } = bench;
    const random = seeded(7);
    const firstMs = Date.now() - CHANGES / PROFILES;
    const members = new Set<string>();
    const startedAt = performance.now();
    let sent = 0;
    const lane = async () => {
      while (sent < CHANGES / PROFILES) {
        const from = Math.floor(random() * PEOPLE);
        const changes = Array.from({ length: PROFILES }, (_, n) => {
          return [(from + n) % PEOPLE, random() < 0.7 ? "add" : "delete"] as const;
        });
        for (const [person, action] of changes) members[action](mpidOf(person));
        await bench.post(message(demoSplit, firstMs + sent++, changes));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
    const takenSeconds = (performance.now() - startedAt) / 1_000;
    const held = () => split.members(demoSplit.environmentId, SEGMENT) ?? new Set<string>();
    const right = () => held().size === members.size && members.isSubsetOf(held());
    for (const endsAt = Date.now() + SETTLE_MS; !right() && Date.now() < endsAt;) await wait(250);
    const seconds = (performance.now() - startedAt) / 1_000;
    const calls = split.requests.length;
    const promised = budget.audiences.callsPerMillion;
    verdict(
      "audiences, upstream calls of 1,000,000 single changes",
      `${calls} calls; ${right() ? "all" : "not all"} at Split`,
      `<= ${promised}, all`,
      right() && calls <= promised,
    );
    note(`taken in ${takenSeconds.toFixed(1)} s, at Split after ${seconds.toFixed(1)} s; ${members.size} members`);
  } finally {
    await bench.close();
  }
}

/** All promises of audiences. */
export async function audiencesBench(): Promise<void> {
  await intake();
  await delay();
  await volume();
}
