// Each network is asked about its credentials: good ones, wrong ones, a network that is away, and secrets that must stay here.
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { demoCredentials } from "../../../sandbox/demo.ts";
import type { Fault } from "../../../sandbox/faults.ts";
import { sandbox, sandboxFetch } from "../../../test/support/outgoing.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import { CREDENTIAL_NAMES } from "../../../src/shared/vault/fields.ts";
import { credentialTests } from "./credential-tests.ts";

type Name = keyof typeof demoCredentials;
let nowMs = Date.now();
/** Time goes on between two tests, so that none waits for its turn at a network. */
const deps: Deps = { clock: () => (nowMs += 3_000), fetch: sandboxFetch };

async function tried(name: Name, change: Record<string, string> = {}, using: Deps = deps) {
  const verdict = await credentialTests[name]?.({ ...demoCredentials[name], ...change }, env, using, name);
  if (verdict === undefined) throw new Error(`no test of ${name}`);
  return verdict;
}

const NAMES = Object.keys(demoCredentials) as Name[];
/** Networks that are asked over the wire, and a field of each that decides. */
const ASKED = [
  ["awin", "token"],
  ["lomadee", "appToken"],
  ["lomadee", "sourceId"],
  ["rakuten", "clientId"],
  ["rakuten", "clientSecret"],
  ["rakuten", "siteId"],
  ["afilio", "token"],
  ["afilio", "affiliateId"],
  ["magazinevoce", "store"],
] as const;
const CALLED = ["awin", "lomadee", "rakuten", "afilio", "magazinevoce"] as const;

const AWAY: Fault[] = [
  { mode: "error" },
  { mode: "rate_limited" },
  { mode: "torn" },
  { mode: "redirect" },
  { mode: "huge" },
];

describe("a test of credentials", () => {
  test("exists for every credential that the vault knows of these networks", () => {
    expect(CREDENTIAL_NAMES.filter((name) => NAMES.includes(name as Name)).toSorted()).toEqual(
      Object.keys(credentialTests).toSorted(),
    );
  });

  test.for(NAMES)("takes the good ones of %s and says so", async (name) => {
    const { ok, detail } = await tried(name);
    expect({ ok, detail }).toMatchObject({ ok: true });
    expect(detail.length).toBeGreaterThan(10);
  });

  test.for(ASKED)("refuses %s with another %s", async ([name, field]) => {
    const { ok, detail } = await tried(name, { [field]: "99999wrong" });
    expect(ok).toBe(false);
    expect(detail.length).toBeGreaterThan(10);
  });

  test("refuses a token of awin whose user has another publisher", async () => {
    expect(await tried("awin", { publisherId: "1" })).toEqual({
      ok: false,
      detail: "The token's user has no account with this publisherId.",
    });
  });

  test("reads afilio's refusal, which comes with status 200", async () => {
    expect(await tried("afilio", { token: "wrong" })).toEqual({ ok: false, detail: "Afilio said: invalid token" });
  });

  test.for(CALLED.flatMap((name) => AWAY.map((fault) => [name, fault.mode, fault] as const)))(
    "does not take %s for good under the fault %s, and never throws",
    async ([name, , fault]) => {
      sandbox().simulators[name].faults.set(fault);
      expect(await tried(name)).toMatchObject({ ok: false });
    },
  );

  test.for(CALLED)("takes an empty page or HTML from %s for no proof", async (name) => {
    for (const mode of ["wrong_type", "empty"] as const) {
      sandbox().simulators[name].faults.set({ mode });
      expect(await tried(name)).toMatchObject({ ok: false });
    }
  });

  test("tells a network that cannot be reached from one that refuses", async () => {
    const cut: Deps = { clock: Date.now, fetch: () => Promise.reject(new TypeError("connection refused")) };
    for (const name of CALLED) {
      expect(await tried(name, {}, cut)).toEqual({ ok: false, detail: expect.stringContaining("connection refused") });
    }
  });

  test("says of a partner's page behind bot protection that it could not be seen", async () => {
    sandbox().simulators.magazinevoce.faults.set({ mode: "error", status: 403 });
    expect((await tried("magazinevoce")).detail).toContain("browser");
  });

  test.for(["a", "-acme", "acme/../x", "magazine acme", "a".repeat(42), ""])(
    "asks nobody about %j, which is no partner's slug",
    async (store) => {
      expect(await tried("magazinevoce", { store })).toMatchObject({ ok: false });
      expect(sandbox().simulators.magazinevoce.requests).toEqual([]);
    },
  );

  test.for(["", "Acme", "a.b", "-a", "a-", "x".repeat(64)])("refuses %j as an account of digidip", async (account) => {
    expect(await tried("digidip", { account })).toMatchObject({ ok: false });
  });

  test("makes no banner at afilio and no link at lomadee", async () => {
    await tried("afilio");
    await tried("lomadee");
    expect([sandbox().simulators.afilio.banners.size, sandbox().simulators.lomadee.links.size]).toEqual([0, 0]);
  });

  test.for(["awin", "lomadee", "rakuten", "afilio"] as const)(
    "never tells a secret of %s, however it is echoed",
    async (name) => {
      const canary = `canary+4711/==" &`;
      const change = Object.fromEntries(
        ["token", "appToken", "user", "password", "clientId", "clientSecret"].map((field) => [field, canary]),
      );
      const fields = { ...demoCredentials[name], ...change };
      const forms = [canary, encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1), "4711"];
      const echo = async (input: RequestInfo | URL, init?: RequestInit) => {
        const { url, headers } = new Request(input, init);
        return `<error>${canary} ${url} ${headers.get("Authorization")} ${init?.body instanceof URLSearchParams ? init.body.toString() : ""}`;
      };
      const envelope = JSON.stringify({
        requestInfo: { status: "ERROR", message: `bad ${canary}` },
        accounts: [canary],
      });
      const answers: Deps["fetch"][] = [
        async (input, init) => new Response(await echo(input, init), { status: 401 }),
        async (input, init) => new Response(await echo(input, init), { status: 500 }),
        async (input, init) => new Response(await echo(input, init)),
        async () => new Response(envelope),
        async (input, init) => Promise.reject(new Error(await echo(input, init))),
      ];
      for (const fetch of answers) {
        const verdict = await credentialTests[name]?.(fields, env, { clock: Date.now, fetch }, name);
        expect(verdict?.ok).toBe(false);
        for (const form of forms) expect(verdict?.detail).not.toContain(form);
        expect(verdict?.detail).not.toContain(btoa("canary"));
      }
    },
  );
});
