// The report clients in the real runtime, against simulators that share no code with them: what is read is what the ledger holds
// true, in every dialect, and no failure of an upstream is taken for an answer.
import { describe, expect, test } from "vitest";
import { demoCredentials, demoStores } from "../../../sandbox/demo.ts";
import type { Fault } from "../../../sandbox/faults.ts";
import { writePast } from "../../../sandbox/ledger/past.ts";
import { trueTransactions } from "../../../sandbox/ledger/truth.ts";
import { SANDBOX_ORIGIN, sandbox, sandboxFetch } from "../../../test/support/outgoing.ts";
import { readSlice } from "../../../test/support/recorded-network.ts";
import { REPORT_NETWORKS } from "./report-client.ts";
import type { ReportNetwork, ReportSession, Sale } from "./report-client.ts";
import { reportClients } from "./reports.client.ts";

const DAY_MS = 86_400_000;
const END_MS = Date.UTC(2026, 10, 21, 16, 7);
const SALES = 400;
const WINDOW = { fromMs: END_MS - 89 * DAY_MS, toMs: END_MS };

/** What both sides hold of a transaction. */
interface Held {
  id: string;
  status: string;
  currency: string;
  saleMinor: number;
  commissionMinor: number;
  clickId: string | null;
  advertiserId: string | null;
  occurredAt: number;
}

function session(network: ReportNetwork): ReportSession {
  const deps = { clock: sandbox().clock.now, fetch: sandboxFetch };
  return { fields: demoCredentials[network], apiUrl: `${SANDBOX_ORIGIN}/${network}`, token: null, deps };
}

function past(network: ReportNetwork, sales = SALES) {
  sandbox().clock.set(END_MS);
  writePast(sandbox().ledger, { seed: 3, sales, networks: [network], days: 85 });
}

/** All sales of the window, read in slices as polling reads what is new. */
async function readAll(network: ReportNetwork) {
  const client = reportClients[network];
  const open = session(network);
  const sales: Sale[] = [];
  const warnings: string[] = [];
  for (const slice of client.slices(WINDOW, "recent")) {
    const read = await readSlice(client, slice, open);
    sales.push(...read.sales);
    warnings.push(...read.warnings);
  }
  return { sales, warnings };
}

/** Rows added up by the rule of their network; the last of a transaction's rows wins where they are whole. */
function addedUp(network: ReportNetwork, sales: readonly Sale[]): Held[] {
  const groups = Map.groupBy(sales, ({ externalId }) => externalId);
  return [...groups].map(([externalId, rows]) => {
    const last = rows.at(-1)!;
    const whole = last.part === null;
    const told = rows.filter(({ provisional }) => !provisional);
    const counted = whole ? [last] : told.length === 0 ? rows : told;
    const saleMinor = counted.reduce((sum, { sale }) => sum + sale.minor, 0);
    const commissionMinor = counted.reduce((sum, { commission }) => sum + commission.minor, 0);
    const posted = saleMinor <= 0 ? "declined" : "approved";
    return {
      id: network === "rakuten" ? externalId.split("/").slice(1).join("/") : externalId.replace("lead-", ""),
      status: last.status ?? (told.length === 0 ? "pending" : posted),
      currency: last.commission.currency,
      saleMinor,
      commissionMinor,
      clickId: last.clickId,
      advertiserId: last.advertiserId,
      // Lomadee tells days only.
      occurredAt: Math.floor(last.occurredAtMs / 1_000) * 1_000,
    };
  });
}

const DAY_OF_SAO_PAULO = (ms: number) => Math.floor((ms - 3 * 3_600_000) / DAY_MS) * DAY_MS + 3 * 3_600_000;

function truth(network: ReportNetwork): Held[] {
  return trueTransactions(sandbox().ledger, network).map((one) => ({
    id: one.id,
    status: one.status,
    currency: one.currency,
    saleMinor: one.saleMinor,
    commissionMinor: one.commissionMinor,
    clickId: one.clickId,
    advertiserId: one.advertiserId,
    occurredAt: network === "lomadee" ? DAY_OF_SAO_PAULO(one.occurredAt) : Math.floor(one.occurredAt / 1_000) * 1_000,
  }));
}

const sorted = (held: readonly Held[]) => held.toSorted((a, b) => (a.id < b.id ? -1 : 1));

async function expectTruth(network: ReportNetwork) {
  const { sales, warnings } = await readAll(network);
  expect(warnings).toEqual([]);
  expect(sorted(addedUp(network, sales))).toEqual(sorted(truth(network)));
  return sales;
}

describe("the reports of a quarter", () => {
  test.for(REPORT_NETWORKS)("of %s are the ledger's, to the cent and second", async (network) => {
    past(network);
    // A few of the last hours are not in any report yet.
    expect((await expectTruth(network)).length).toBeGreaterThan(SALES * 0.95);
  });

  test.for(["portuguese", "mixed"] as const)("of afilio are the same in %s and in pages", async (statusWords) => {
    past("afilio");
    Object.assign(sandbox().simulators.afilio.dialect, { statusWords, pageSize: 7 });
    await expectTruth("afilio");
  });

  test.for(["list", "array", "text", "nothing"] as const)("of afilio may be empty as %s", async (empty) => {
    sandbox().clock.set(END_MS);
    sandbox().simulators.afilio.dialect.empty = empty;
    expect((await readAll("afilio")).sales).toEqual([]);
  });

  test("of lomadee are the same in ISO-8859-1 and with commas", async () => {
    past("lomadee");
    Object.assign(sandbox().simulators.lomadee.dialect, { encoding: "ISO-8859-1", decimalComma: true });
    await expectTruth("lomadee");
  });

  test("of rakuten are the same with quoted ids and boolean events", async () => {
    past("rakuten");
    Object.assign(sandbox().simulators.rakuten.dialect, { quotedIds: true, booleanEvents: true, pluralListId: true });
    await expectTruth("rakuten");
  });

  test.for(["lomadee", "rakuten"] as const)("of %s are whole though the token dies between pages", async (network) => {
    past(network);
    const path = network === "lomadee" ? "/api/lomadee/reportTransaction" : "/events";
    sandbox().simulators[network].faults.set({ mode: "token_dies", path, probability: 0.5 });
    await expectTruth(network);
  });
});

const BROKEN: readonly (readonly [Fault, string])[] = [
  [{ mode: "error" }, "unavailable"],
  [{ mode: "error", status: 400 }, "rejected"],
  [{ mode: "rate_limited", retryAfter: 30 }, "rate_limited"],
  [{ mode: "torn" }, "unavailable"],
  [{ mode: "wrong_type" }, "malformed"],
  [{ mode: "malformed" }, "malformed"],
  [{ mode: "redirect" }, "rejected"],
];
const REPORT_PATHS = {
  afilio: "/api/leadsale_api.php",
  awin: "/publishers",
  lomadee: "/api/lomadee/reportTransaction",
  rakuten: "/events",
} as const;
const PROGRAMME_PATHS = { afilio: "/api/prog_api.php", awin: "/publishers", lomadee: "/v3", rakuten: "/v1" } as const;

describe("a network that fails", () => {
  test.for(REPORT_NETWORKS.flatMap((network) => BROKEN.map(([fault, kind]) => [network, fault, kind] as const)))(
    "%s with %j is told as %s, for sales and programmes",
    async ([network, fault, kind]) => {
      past(network, 20);
      const client = reportClients[network];
      const [slice] = client.slices({ fromMs: END_MS - 20 * DAY_MS, toMs: END_MS }, "recent");
      const { faults } = sandbox().simulators[network];
      faults.set({ ...fault, path: REPORT_PATHS[network] });
      const sales = await client.sales(slice!, null, session(network));
      expect(sales).toMatchObject({ ok: false, failure: { kind } });
      faults.set({ ...fault, path: PROGRAMME_PATHS[network] });
      const programmes = await client.programmes(null, session(network));
      expect(programmes).toMatchObject({ ok: false, failure: { kind } });
      for (const secret of Object.values(demoCredentials[network]).filter((value) => value.startsWith("sandbox"))) {
        expect(JSON.stringify([sales, programmes])).not.toContain(secret);
      }
      faults.clear();
      expect(await client.sales(slice!, null, session(network))).toMatchObject({ ok: true });
    },
  );

  test.for(REPORT_NETWORKS)("%s with too long an answer is asked for less, or fails", async (network) => {
    const client = reportClients[network];
    const [slice] = client.slices({ fromMs: END_MS - 20 * DAY_MS, toMs: END_MS }, "recent");
    sandbox().clock.set(END_MS);
    sandbox().simulators[network].faults.set({ mode: "huge", path: REPORT_PATHS[network], times: 1 });
    const result = await client.sales(slice!, null, session(network));
    if (network === "rakuten") expect(result).toMatchObject({ ok: false, failure: { kind: "malformed" } });
    else expect(result).toMatchObject({ ok: true, value: { sales: [], next: expect.stringMatching(/^\d+-\d+$/) } });
  });

  test.for([
    ["afilio", "token"],
    ["awin", "token"],
    ["lomadee", "password"],
    ["rakuten", "clientSecret"],
    ["rakuten", "siteId"],
  ] as const)("%s with a wrong %s says unauthorized", async ([network, field]) => {
    sandbox().clock.set(END_MS);
    const wrong = session(network);
    wrong.fields = { ...wrong.fields, [field]: "99999wrong" };
    const [slice] = reportClients[network].slices({ fromMs: END_MS - DAY_MS, toMs: END_MS }, "recent");
    const result = await reportClients[network].sales(slice!, null, wrong);
    expect(result).toMatchObject({ ok: false, failure: { kind: "unauthorized" } });
    expect(JSON.stringify(result)).not.toContain("99999wrong");
  });
});

describe("the joined programmes", () => {
  test.for(REPORT_NETWORKS)("of %s are the demo's, with domains where the network tells them", async (network) => {
    const told = await reportClients[network].programmes(null, session(network));
    if (!told.ok) throw new Error(told.failure.detail);
    const { programmes, next, warnings } = told.value;
    expect([next, warnings]).toEqual([null, []]);
    const wanted = demoStores.flatMap(({ name, domains, networks }) =>
      networks.filter((one) => one.network === network).map(({ externalId }) => ({ externalId, name, domains })),
    );
    const byId = (a: { externalId: string }, b: { externalId: string }) => (a.externalId < b.externalId ? -1 : 1);
    expect(programmes.map(({ externalId, name }) => ({ externalId, name })).toSorted(byId)).toEqual(
      wanted.map(({ externalId, name }) => ({ externalId, name })).toSorted(byId),
    );
    for (const { externalId, domains } of programmes) {
      const owned = wanted.find((one) => one.externalId === externalId)!.domains;
      if (network === "awin") expect(domains.toSorted()).toEqual(owned.toSorted());
      else expect(domains).toEqual(network === "rakuten" ? owned.slice(0, 1) : []);
    }
  });

  test.for(REPORT_NETWORKS)("of %s no longer hold one that was left", async (network) => {
    const ids = async () => {
      const told = await reportClients[network].programmes(null, session(network));
      return told.ok ? told.value.programmes.map(({ externalId }) => externalId) : [];
    };
    const [first, ...others] = await ids();
    sandbox().simulators[network].membership?.leave(first!);
    expect(await ids()).toEqual(others);
  });
});
