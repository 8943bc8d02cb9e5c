// What breaks is told on the overview within half a minute, in one sentence with one button, and is told no longer once it is
// mended: a network, a key of Split, credentials of Maxymiser, a delivery that is refused, a job that fails. All of it breaks
// at once, in one house; the seconds are printed.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoCredentials, demoSplit } from "../../sandbox/demo.ts";
import { seed } from "../../scripts/seed.ts";
import { wrangler } from "../../scripts/worker-process.ts";
import { until } from "./support/clock.ts";
import { House } from "./support/house.ts";
import { numbers, segmentsOf } from "./support/segments.ts";
import { pixel, sitesOf } from "./support/sites.ts";

/** Some seconds, and time for a machine that does other things too. */
const TOLD_WITHIN_S = 30;
/** A circuit is tried again after 30 s; a step that failed twice after 20 s. */
const MENDED_WITHIN_S = 120;
const AGAIN_MS = 500;

const house = new House();
const { put, members } = segmentsOf(house);
const { push, siteSo, accountFor, store, maxymiser } = sitesOf(house);
const [REFUSED, PICKY] = ["cmVmdXNlZA==", "cGlja3k="];
let cookie = "";

/** One line of "Needs attention". */
interface Told {
  sentence: string;
  buttons: { label: string; to: string }[];
}

async function overview(): Promise<Told[]> {
  const answer = await fetch(`${house.origin}/console`, { headers: { Cookie: cookie } });
  if (answer.status !== 200) throw new Error(`the overview answered ${answer.status}`);
  const html = await answer.text();
  const lines = html.slice(html.indexOf("Needs attention")).split("<li>").slice(1);
  return lines.map((line) => ({
    sentence: /<b>(.*?)<\/b>/s.exec(line)?.[1] ?? "",
    buttons: [...line.split("</li>")[0]!.matchAll(/<a class="button[^"]*" href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].map(
      ([, to = "", label = ""]) => ({ label, to }),
    ),
  }));
}

interface Breakage {
  what: string;
  sentence: string;
  button: string;
  breaks: () => Promise<unknown>;
  mends: () => Promise<unknown>;
}

let visits = 0;
/** So many visits of a store that only Afilio serves, each to another product. */
async function visit(times: number): Promise<void> {
  for (let n = 0; n < times; n++) await house.visit(`https://www.emporiojatoba.example/produto/${visits++}`);
}

const start = async (job: string) =>
  expect((await house.call(`/api/jobs/${job}`, { method: "POST" })).status, job).toBe(202);

/** The stored record of one network is overwritten by another's, which does not open under its name. */
function spoilCredentials(name: string, by: string): void {
  const sql = `UPDATE credential SET sealed = (SELECT sealed FROM credential WHERE name = '${by}') WHERE name = '${name}'`;
  wrangler(["d1", "execute", "DB", "--local", "--env=", "--persist-to", house.stateDir, "--command", sql]);
}

let account: { password: string };
let login: { password: string };

const BREAKAGES: Breakage[] = [
  {
    what: "a network's reports are down",
    sentence: "“Programmes” keeps failing at Awin.",
    button: "Look at the run",
    breaks: async () => {
      house.sandbox.simulators.awin.faults.set({ mode: "error", status: 503 });
      await start("programmes");
    },
    mends: async () => house.sandbox.simulators.awin.faults.clear(),
  },
  {
    what: "a network's links are down",
    sentence: "Afilio fails: its circuit is open.",
    button: "Look at the networks",
    breaks: async () => {
      house.sandbox.simulators.afilio.faults.set({ mode: "error", status: 503, path: "/api/deeplink.php" });
      await visit(5);
    },
    // The stream of visits goes on, as it does in life.
    mends: async () => house.sandbox.simulators.afilio.faults.clear(),
  },
  {
    what: "Split refuses the key",
    sentence: "Split refuses the key of workspace 6b1f…0002.",
    button: "Enter a key",
    breaks: async () => {
      house.sandbox.simulators.split.state.keys.get(demoSplit.apiKey)!.kind = "revoked";
      await put("s_overview", numbers(0, 12));
    },
    mends: async () => {
      const key = "the-key-after-the-revoked-one";
      const { keys } = house.sandbox.simulators.split.state;
      keys.set(key, { kind: "admin", organisation: keys.get(demoSplit.apiKey)!.organisation });
      const body = { apiToken: key };
      await house.call(`/api/audiences/tenants/${demoSplit.workspaceId}`, { method: "PUT", body });
    },
  },
  {
    what: "Maxymiser refuses credentials",
    sentence: `Maxymiser refuses the credentials of site ${REFUSED}.`,
    button: "Enter credentials",
    breaks: async () => {
      account.password = "changed";
      maxymiser().tokens.expire();
      await push(pixel(REFUSED, "ana", "tier", "gold"));
    },
    mends: () => store(REFUSED, { ...login, password: "changed" }),
  },
  {
    what: "a delivery is parked",
    sentence: `1 attribute of site ${PICKY} is parked.`,
    button: "Look and replay",
    breaks: () => push(pixel(PICKY, "bia", "colour", "blue")),
    mends: async () => {
      maxymiser().state.sites.get(PICKY)!.attributes = ["tier", "colour"];
      await house.call("/api/visitors/parked/replay", { method: "POST", body: { site: PICKY } });
    },
  },
];

/** The job of the first breakage, once it has come to its end. */
const FAILED: Breakage = {
  what: "a job has failed",
  sentence: "The last run of “Programmes” failed.",
  button: "Look at the run",
  breaks: async () => undefined,
  mends: async () => {
    await house.call("/api/credentials/rakuten", { method: "PUT", body: demoCredentials.rakuten });
    await start("programmes");
  },
};

/** Asks for the overview until each breakage is told, or none of them is; the seconds that each took. */
async function seconds(breakages: readonly Breakage[], told: boolean, withinS: number, meanwhile = async () => {}) {
  const sinceMs = Date.now();
  const took = new Map<string, number>();
  while (took.size < breakages.length && Date.now() - sinceMs < withinS * 1_000) {
    const lines = await overview();
    for (const { what, sentence, button } of breakages) {
      const line = lines.find((one) => one.sentence === sentence);
      if (took.has(what) || (line !== undefined) !== told) continue;
      took.set(what, Math.round((Date.now() - sinceMs) / 100) / 10);
      if (line === undefined) continue;
      expect(line.buttons.map(({ label }) => label)).toEqual([button]);
      const leads = await fetch(house.origin + line.buttons[0]!.to, { headers: { Cookie: cookie } });
      expect([leads.status, line.buttons[0]!.to]).toEqual([200, expect.stringMatching(/^\/console\//)]);
    }
    await meanwhile();
    await wait(AGAIN_MS);
  }
  for (const [what, s] of took) console.log(`${what}: ${told ? "told" : "told no longer"} after ${s} s`);
  return took;
}

const all = (breakages: readonly Breakage[]) => expect.arrayContaining(breakages.map(({ what }) => what));

beforeAll(async () => {
  await house.open();
  await seed(house.origin, house.adminToken);
  const body = new URLSearchParams({ key: house.adminToken });
  const answer = await fetch(`${house.origin}/console/sign-in`, { method: "POST", body, redirect: "manual" });
  cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  for (const id of [REFUSED, PICKY]) {
    const made = accountFor(id);
    if (id === REFUSED) ({ login, account } = made);
    await store(id, made.login);
    await push(pixel(id, "ana", "tier", "silver"));
    await siteSo(id, ({ deliveredToday }) => deliveredToday === 1);
  }
  maxymiser().state.sites.get(PICKY)!.attributes = ["tier"];
  await visit(1);
  spoilCredentials("rakuten", "digidip");
});
afterAll(() => house.close());

it("tells each of five things that break at once, and the job that failed, and is quiet once they are mended", async () => {
  expect(await overview()).toEqual([]);
  await Promise.all(BREAKAGES.map(({ breaks }) => breaks()));
  const told = await seconds(BREAKAGES, true, TOLD_WITHIN_S);
  expect([...told.keys()]).toEqual(all(BREAKAGES));

  await Promise.all(BREAKAGES.map(({ mends }) => mends()));
  // The run ends by itself now: Awin's list is read, and Rakuten's step has failed for good.
  const mended = await seconds(BREAKAGES, false, MENDED_WITHIN_S, () => visit(1));
  expect([...mended.keys()]).toEqual(all(BREAKAGES));
  expect(members("s_overview")).toHaveLength(12);
  await siteSo(PICKY, ({ parked, pending }) => parked + pending === 0);
  await siteSo(REFUSED, ({ credentials, pending }) => credentials === "ok" && pending === 0);

  const runState = async () =>
    (JSON.parse((await house.call("/api/runs?job=programmes&limit=1")).text) as { items: { state: string }[] })
      .items[0]!.state;
  await until(runState, (state) => state === "failed");
  expect([...(await seconds([FAILED], true, TOLD_WITHIN_S)).keys()]).toEqual([FAILED.what]);
  await FAILED.mends();
  expect([...(await seconds([FAILED], false, MENDED_WITHIN_S)).keys()]).toEqual([FAILED.what]);
  await until(runState, (state) => state === "done");
  const quiet = (await overview()).map(({ sentence }) => sentence);
  for (const { sentence } of [...BREAKAGES, FAILED]) expect(quiet).not.toContain(sentence);
});
