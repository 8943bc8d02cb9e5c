// Attempts at the console that must fail, at every page and every door of a form, so that a new one is tried too.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { LEAD_ON, ORIGIN, api, ask, form, formPaths, pagePaths, signIn, tokenOf } from "../support/every-page.ts";

/** An address of a declared path; who is refused is refused before anything is looked for. */
const some = (path: string) => path.replaceAll(/:\w+/g, "1");

/** What is anybody's who is signed in. */
const FREE_PAGES = ["/console", "/console/find", "/console/sessions", ...LEAD_ON];
const FREE_DOORS = ["/console/sign-out", "/console/sessions/end"];

async function keyOf(...scopes: string[]): Promise<string> {
  return (await api<{ key: string }>("POST", "/api/keys", { name: "clerk", scopes })).key;
}

test("nothing is shown or done for who is not signed in", async () => {
  for (const path of pagePaths().filter((one) => !LEAD_ON.includes(one))) {
    const answer = await ask(some(path));
    expect([path, answer.status, answer.headers.get("Location")?.split("?")[0]]).toEqual([
      path,
      303,
      "/console/sign-in",
    ]);
  }
  for (const path of formPaths()) {
    const answer = await ask(some(path), form({ id: "1" }));
    expect([path, answer.status, answer.headers.get("Location")]).toEqual([path, 303, "/console/sign-in"]);
  }
});

test("no page and no door opens without its scope", async () => {
  const cookie = await signIn(await keyOf("metrics:read"));
  const token = await tokenOf(cookie);
  for (const path of pagePaths().filter((one) => !FREE_PAGES.includes(one))) {
    const answer = await ask(some(path), { headers: { Cookie: cookie } });
    expect([path, answer.status]).toEqual([path, 403]);
  }
  for (const path of formPaths().filter((one) => !FREE_DOORS.includes(one))) {
    const answer = await ask(some(path), form({ id: "1", _csrf: token }, { Cookie: cookie, Origin: ORIGIN }));
    expect([path, answer.status]).toEqual([path, 403]);
  }
});

test("who may only read changes nothing", async () => {
  const scopes = ["clickouts", "audiences", "visitors", "credentials", "keys", "jobs", "audit", "webhooks"].map(
    (one) => `${one}:read`,
  );
  const cookie = await signIn(await keyOf(...scopes));
  const token = await tokenOf(cookie);
  for (const path of formPaths().filter((one) => !FREE_DOORS.includes(one))) {
    const answer = await ask(some(path), form({ id: "1", _csrf: token }, { Cookie: cookie, Origin: ORIGIN }));
    expect([path, answer.status]).toEqual([path, 403]);
  }
});

test("no door takes a form of another site, or one without this session's token", async () => {
  const cookie = await signIn();
  const token = await tokenOf(cookie);
  const foreign = await tokenOf(await signIn());
  const attempts: [Record<string, string>, Record<string, string>][] = [
    [{}, { Origin: ORIGIN }],
    [{ _csrf: foreign }, { Origin: ORIGIN }],
    [{ _csrf: token }, { Origin: "https://evil.example" }],
    [{ _csrf: token }, { Origin: "null" }],
    [{ _csrf: token }, { "Sec-Fetch-Site": "cross-site" }],
    [{ _csrf: token }, { "Sec-Fetch-Site": "same-site" }],
  ];
  const before = await rows();
  for (const path of formPaths()) {
    for (const [fields, headers] of attempts) {
      const answer = await ask(some(path), form({ id: "1", ...fields }, { Cookie: cookie, ...headers }));
      expect([path, fields, headers, answer.status]).toEqual([path, fields, headers, 403]);
    }
  }
  expect(await rows()).toEqual(before);
});

/** How many rows every table has. */
async function rows(): Promise<[string, unknown][]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
  ).all<{ name: string }>();
  return Promise.all(
    results.map(
      async ({ name }) =>
        [name, await env.DB.prepare(`SELECT count(*) AS n FROM "${name}"`).first("n")] as [string, unknown],
    ),
  );
}

test("a cookie that was stolen opens nothing after its owner has signed out", async () => {
  const [cookie, other] = [await signIn(), await signIn()];
  const token = await tokenOf(cookie);
  const out = await ask("/console/sign-out", form({ _csrf: token }, { Cookie: cookie, Origin: ORIGIN }));
  expect(out.headers.get("Location")).toBe("/console/sign-in?ended");
  for (const path of pagePaths().filter((one) => !LEAD_ON.includes(one))) {
    const answer = await ask(some(path), { headers: { Cookie: cookie } });
    expect([path, answer.status, answer.headers.get("Location")?.split("?")[0]]).toEqual([
      path,
      303,
      "/console/sign-in",
    ]);
  }
  // Neither its token, nor what the API lets a session read.
  const made = await ask(
    "/console/keys",
    form({ name: "x", scopes: "*", _csrf: token }, { Cookie: cookie, Origin: ORIGIN }),
  );
  expect(made.headers.get("Location")).toBe("/console/sign-in");
  expect((await ask("/api/keys", { headers: { Cookie: cookie } })).status).toBe(401);
  expect((await ask("/console", { headers: { Cookie: other } })).status).toBe(200);
});
