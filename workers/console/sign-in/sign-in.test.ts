// The console's door in workerd: cookies, form tokens, throttling, and when a session ends.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../src/shared/clock.ts";
import type { System } from "../../../src/shared/system.ts";
import { compose } from "../../compose.ts";
import { consoleSweep } from "../cron.ts";
import { consoleSystem } from "../index.ts";

const ORIGIN = "https://sluice.test";
const START_MS = Date.UTC(2026, 10, 21, 12);

let nowMs = START_MS;
beforeEach(() => {
  // Each test has its own time: what an isolate remembers of the one before is over.
  nowMs += 48 * HOUR_MS;
});

/** Answers as much as is asked; tests that try the throttle take the real one. */
const roomy = { limit: async () => ({ success: true }) };

function houseOf(systems: readonly System[] = [], bindings: Partial<Env> = {}) {
  const worker = compose([consoleSystem, ...systems], { clock: () => nowMs, fetch: globalThis.fetch });
  return async (path: string, init: RequestInit = {}): Promise<Response> => {
    const ctx = createExecutionContext();
    const request = new Request(path.startsWith("http") ? path : ORIGIN + path, { redirect: "manual", ...init });
    const answer = await worker.fetch(request, { ...env, SIGN_IN_LIMIT: roomy, ...bindings } as Env, ctx);
    await waitOnExecutionContext(ctx);
    return answer;
  };
}

const ask = houseOf();
const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(fields),
  headers,
});
const cookieOf = (answer: Response) => (answer.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";

async function signedIn(key: string = env.ADMIN_TOKEN): Promise<string> {
  const answer = await ask("/console/sign-in", form({ key }));
  expect(answer.status).toBe(303);
  return cookieOf(answer);
}

async function newKey(scopes: string[], expiresAt?: string): Promise<{ id: string; key: string }> {
  const answer = await ask("/api/keys", {
    method: "POST",
    headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "clerk", scopes, expiresAt }),
  });
  return answer.json();
}

const see = (path: string, cookie: string) => ask(path, { headers: { Cookie: cookie } });
const tokenIn = async (cookie: string) =>
  /name="_csrf" value="([0-9a-f]{64})"/.exec(await (await see("/console", cookie)).text())?.[1] ?? "";

describe("the cookie", () => {
  test("over https it is tied to the host, and no script, other site or plain http gets it", async () => {
    const answer = await ask("/console/sign-in", form({ key: env.ADMIN_TOKEN }));
    const cookie = answer.headers.get("Set-Cookie") ?? "";
    expect(cookie).toMatch(/^__Host-sluice=[0-9a-z]{32}\.[\w%+/=-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  });

  test("on a loopback host over http it lacks the prefix and Secure, nothing else", async () => {
    const answer = await ask("http://127.0.0.1:8787/console/sign-in", form({ key: env.ADMIN_TOKEN }));
    expect(answer.headers.get("Set-Cookie")).toMatch(/^sluice=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  test.each(["/console", "/console/sign-in", "/console/keys"])("any other plain http is refused: %s", async (path) => {
    const answer = await ask(`http://sluice.test${path}`);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("Only over https");
    expect((await ask("http://sluice.test/console/sign-in", form({ key: env.ADMIN_TOKEN }))).status).toBe(403);
  });

  test("one that was changed or made by somebody else opens nothing", async () => {
    const cookie = await signedIn();
    for (const other of [cookie.replace(/.$/, "A"), cookie.replace("=", "=x"), "__Host-sluice=x.y", "__Host-sluice="]) {
      expect((await see("/console", other)).status, other).toBe(303);
    }
    expect((await see("/console", cookie)).status).toBe(200);
    // Another admin token signs otherwise: every session of the old one is over.
    const other = houseOf([], { ADMIN_TOKEN: "another-admin-token-0123456789" });
    expect((await other("/console", { headers: { Cookie: cookie } })).status).toBe(303);
    const none = houseOf([], { ADMIN_TOKEN: "" });
    expect((await none("/console", { headers: { Cookie: cookie } })).status).toBe(303);
  });
});

describe("a form", () => {
  test("without this session's token, or from elsewhere, changes nothing", async () => {
    const cookie = await signedIn();
    const csrf = await tokenIn(cookie);
    const foreign = await tokenIn(await signedIn());
    const make = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      ask("/console/keys", form({ name: "x", scopes: "audit:read", ...fields }, { Cookie: cookie, ...headers }));
    expect((await make({})).status).toBe(403);
    expect((await make({ _csrf: foreign })).status).toBe(403);
    expect((await make({ _csrf: csrf }, { Origin: "https://evil.example" })).status).toBe(403);
    expect((await make({ _csrf: csrf }, { Origin: "null" })).status).toBe(403);
    expect((await make({ _csrf: csrf }, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
    expect((await make({ _csrf: csrf }, { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" })).status).toBe(200);
  });

  test("of another site cannot sign anybody in", async () => {
    const answer = await ask("/console/sign-in", form({ key: env.ADMIN_TOKEN }, { Origin: "https://evil.example" }));
    expect(answer.status).toBe(403);
    expect(answer.headers.get("Set-Cookie")).toBeNull();
  });

  test.each(["https://evil.example/", "//evil.example", "/visit", "/console\\evil"])(
    "after the sign-in nobody is sent to %s",
    async (to) => {
      const answer = await ask("/console/sign-in", form({ key: env.ADMIN_TOKEN, to }));
      expect(answer.headers.get("Location")).toBe("/console");
    },
  );
});

describe("a session", () => {
  test("ends with 12 hours of idleness, and not before", async () => {
    const cookie = await signedIn();
    for (let hour = 0; hour < 20; hour += 10) {
      nowMs += 10 * HOUR_MS;
      expect((await see("/console", cookie)).status).toBe(200);
    }
    nowMs += 12 * HOUR_MS;
    expect((await see("/console", cookie)).status).toBe(303);
  });

  test("ends within two minutes of its key's revocation, and at its key's end", async () => {
    const { id, key } = await newKey(["audit:read"]);
    const cookie = await signedIn(key);
    expect((await see("/console/audit", cookie)).status).toBe(200);
    await ask(`/api/keys/${id}`, { method: "DELETE", headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}` } });
    nowMs += 2 * MINUTE_MS;
    expect((await see("/console/audit", cookie)).status).toBe(303);

    const short = await newKey(["audit:read"], new Date(nowMs + HOUR_MS).toISOString());
    const other = await signedIn(short.key);
    expect((await see("/console/audit", other)).status).toBe(200);
    nowMs += HOUR_MS;
    expect((await see("/console/audit", other)).status).toBe(303);
  });

  test("reads what its key may read, also the CSV twins of the API, and writes only by forms", async () => {
    const { key } = await newKey(["audit:read"]);
    const cookie = await signedIn(key);
    expect((await see("/api/audit.csv", cookie)).status).toBe(200);
    expect((await see("/api/keys", cookie)).status).toBe(403);
    const root = await signedIn();
    const post = { method: "POST", headers: { Cookie: root, "Content-Type": "application/json" }, body: "{}" };
    expect((await ask("/api/keys", post)).status).toBe(401);
  });

  test("of another key can be ended only by who manages keys", async () => {
    const { key } = await newKey(["audit:read"]);
    const [clerk, root] = [await signedIn(key), await signedIn()];
    const ids = (text: string) => [...text.matchAll(/name="id" value="(ses_\w+)"/g)].map(([, id]) => id ?? "");
    const [clerks] = ids(await (await see("/console/sessions", root)).text());
    expect(ids(await (await see("/console/sessions", clerk)).text())).toEqual([]);
    const csrf = await tokenIn(root);
    const end = (id: string, cookie: string, token: string) =>
      ask("/console/sessions/end", form({ id, _csrf: token }, { Cookie: cookie }));
    const rootsOwn = (await env.DB.prepare("SELECT id FROM session WHERE key_id IS NULL").first<{ id: string }>())?.id;
    expect((await end(rootsOwn ?? "", clerk, await tokenIn(clerk))).status).toBe(404);
    expect((await end(clerks ?? "", root, csrf)).status).toBe(303);
    expect((await see("/console/audit", clerk)).status).toBe(303);
  });
});

describe("who tries keys", () => {
  const tryKey = (key: string) => ask("/console/sign-in", form({ key }));

  test("is locked out of that key after ten wrong ones, for a quarter of an hour, and a link still works", async () => {
    for (let i = 0; i < 10; i++) expect((await tryKey(`wrong-${i}`)).status).toBe(401);
    const locked = await tryKey(env.ADMIN_TOKEN);
    expect(locked.status).toBe(429);
    expect(locked.headers.get("Retry-After")).toBe("900");
    const { key } = await newKey(["audit:read"]);
    expect((await tryKey(key)).status).toBe(303);
    const made = await ask("/api/sign-in-links", {
      method: "POST",
      headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}` },
    });
    const { url } = await made.json<{ url: string }>();
    const link = new URL(url).searchParams.get("link") ?? "";
    expect((await ask("/console/sign-in", form({ link }))).status).toBe(303);
    expect((await ask("/console/sign-in", form({ link }))).status).toBe(401);
    nowMs += 15 * MINUTE_MS;
    expect((await tryKey(env.ADMIN_TOKEN)).status).toBe(303);
  });

  test("is throttled by his address and by the key he tries", async () => {
    const asked: string[] = [];
    const counting = { limit: async ({ key }: { key: string }) => ({ success: asked.push(key) < 3 }) };
    const throttled = houseOf([], { SIGN_IN_LIMIT: counting });
    const attempt = () => throttled("/console/sign-in", form({ key: "wrong" }, { "CF-Connecting-IP": "192.0.2.7" }));
    expect((await attempt()).status).toBe(401);
    expect((await attempt()).status).toBe(429);
    expect(new Set(asked)).toEqual(new Set(["key:root", "address:192.0.2.7"]));
  });

  test("a link is over after 15 minutes, and only who may do everything makes one", async () => {
    const make = (key: string) =>
      ask("/api/sign-in-links", { method: "POST", headers: { Authorization: `Bearer ${key}` } });
    const { key } = await newKey(["keys:write"]);
    expect((await make(key)).status).toBe(403);
    const { url } = await (await make(env.ADMIN_TOKEN)).json<{ url: string }>();
    nowMs += 15 * MINUTE_MS;
    const link = new URL(url).searchParams.get("link") ?? "";
    expect((await ask("/console/sign-in", form({ link }))).status).toBe(401);
  });
});

test("neither token nor key stands in the database, and sessions that ended are forgotten by the sweep", async () => {
  const cookie = await signedIn();
  expect((await ask("/console/sign-in", form({ key: "slk_00000000000000000000000000000000" }))).status).toBe(401);
  const token = /=([0-9a-z]{32})\./.exec(cookie)?.[1] ?? "none";
  const tables = ["session", "audit", "sign_in_link", "sign_in_failure"];
  const rows = await Promise.all(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`).all()));
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(JSON.stringify(rows)).not.toContain(env.ADMIN_TOKEN);
  nowMs += 12 * HOUR_MS;
  await consoleSweep(env, { clock: () => nowMs, fetch: globalThis.fetch });
  for (const table of ["session", "sign_in_failure", "sign_in_link"]) {
    expect([table, await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first("n")]).toEqual([table, 0]);
  }
});

test("every page, refusal and redirect forbids foreign code, frames, sniffing and keeping", async () => {
  const cookie = await signedIn();
  for (const [path, status] of [
    ["/console", 200],
    ["/console/keys", 200],
    ["/console/none", 404],
    ["/docs", 200],
  ] as const) {
    const answer = await see(path, cookie);
    expect([path, answer.status]).toEqual([path, status]);
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(answer.headers.get("Strict-Transport-Security")).toBe("max-age=31536000");
    const html = await answer.text();
    expect(html).not.toMatch(/ style="| on[a-z]+="|<style|<script(?! type="module" src="\/assets\/)/);
  }
});

test("what fails before a page is asked is a page too", async () => {
  const cookie = await signedIn();
  const answer = await ask("/console/keys", form({ name: "x".repeat(1_100_000) }, { Cookie: cookie }));
  expect([answer.status, answer.headers.get("Content-Type")]).toEqual([413, "text/html; charset=UTF-8"]);
  expect(await answer.text()).toContain("That was not accepted");
  const wrong = await see("/console/keys/revoke", cookie);
  expect([wrong.status, wrong.headers.get("Allow")]).toEqual([405, "POST"]);
});
