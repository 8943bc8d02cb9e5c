// Markup and formulas in whatever others can write: shown as text on every page, harmless in every CSV, in no form run.
// What an upstream, a caller or an operator may have put there stands in every text column that takes free words.
import { env } from "cloudflare:workers";
import papaparse from "papaparse";
import { beforeEach, expect, test } from "vitest";
import { ORIGIN, WEBHOOK, addresses, ask, form, openDemo, signIn, systems } from "../support/every-page.ts";
import type { Company } from "../support/every-page.ts";
import { posted, readPage } from "../support/html.ts";

/** A formula and an element at once; whoever shows it as it is runs one of them. */
const HOSTILE = `=1+1<img src=x onerror=alert(1)>"'`;
const hostileIn = (where: string) => `${HOSTILE} at ${where}!`;

/** Columns that hold words of others. The ids of the outside world are among them. */
const COLUMNS: readonly (readonly [table: string, column: string, where?: string])[] = [
  ["store", "name"],
  ["api_key", "name"],
  ["session", "agent"],
  ["audit", "actor"],
  ["audit", "subject"],
  ["audit", "action"],
  ["rule", "author"],
  ["network_store", "external_id"],
  ["parked_message", "queue"],
  ["parked_message", "reason"],
  ["parked_message", "detail"],
  ["credential", "last_error", "name = 'awin'"],
  ["run_step", "error"],
  ["run_step", "name"],
  ["transaction", "order_ref"],
  ["transaction", "ref"],
  ["transaction", "decline_reason"],
  ["transaction", "advertiser_id"],
  ["segment", "target"],
  ["tenant", "last_error"],
  ["visitor_quarantine", "detail"],
  ["visitor_quarantine", "reason"],
  ["webhook", "description"],
  ["webhook", "last_error"],
  ["webhook_delivery", "detail"],
];

/** Bringing the company in takes seconds on a busy machine. */
const HOOK_MS = 60_000;

let company: Company;
let cookie: string;
beforeEach(async () => {
  company = await openDemo();
  cookie = await signIn();
}, HOOK_MS);

const see = async (path: string) => ask(path, { headers: { Cookie: cookie } });

/** Nothing of the markup may stand as it is: every page, in one text each. */
async function pages(): Promise<string[]> {
  const seen: string[] = [];
  for (const path of addresses(company)) {
    const answer = await see(path);
    const html = await answer.text();
    const { hrefs, active } = await readPage(html);
    expect([path, answer.status, active]).toEqual([path, 200, []]);
    for (const href of hrefs)
      expect([path, href]).toEqual([path, expect.stringMatching(/^(?:\/(?!\/)|#|\?|https?:\/\/)/)]);
    seen.push(html);
  }
  return seen;
}

const csvPaths = () =>
  systems.flatMap(({ routes }) =>
    (routes?.routes ?? []).filter(({ method, path }) => method === "GET" && path.endsWith(".csv")),
  );

/** All fields of every CSV. */
async function files(): Promise<string> {
  const seen: string[] = [];
  for (const { path } of csvPaths()) {
    const answer = await see(path.replace(":id", path.includes("/webhooks/") ? WEBHOOK : company.segment));
    const text = await answer.text();
    // A report wants its dimensions.
    if (answer.status === 400) continue;
    expect([path, answer.status]).toEqual([path, 200]);
    const { data } = papaparse.parse<string[]>(text.trim());
    for (const field of data.flat())
      if (!/^-?[0-9.]+$/.test(field)) expect([path, field]).toEqual([path, expect.stringMatching(/^(?![=+\-@\t\r])/)]);
    seen.push(text);
  }
  return seen.join("\n");
}

test("what stands in the database is shown as text, on every page and in every CSV", async () => {
  // Where only some rows may have it, others are as they were.
  for (const [table, column, where = "true"] of COLUMNS) {
    const words = hostileIn(`${table}.${column}`);
    await env.DB.prepare(`UPDATE OR IGNORE "${table}" SET "${column}" = ? WHERE ${where}`).bind(words).run();
  }
  // The session's own row was changed too; it is remembered.
  const seen = `${(await pages()).join("\n")}\n${await files()}`;
  const hidden = COLUMNS.map(([table, column]) => `at ${table}.${column}!`).filter((one) => !seen.includes(one));
  expect(hidden).toEqual([]);
});

test("what is typed into any field of any form is text wherever it comes back", async () => {
  const asked = new Set<string>();
  let n = 0;
  for (const path of addresses(company)) {
    const answer = await see(path);
    for (const one of (await readPage(await answer.text())).forms) {
      const words = new Map(
        one.fields
          .filter(({ type }) => !["hidden", "checkbox", "radio", "select", "file"].includes(type))
          .map(({ name }) => [name, hostileIn(`typed ${n++}`)]),
      );
      const key = `${one.action} ${[...words.keys()].join()}`;
      if (words.size === 0 || asked.has(key)) continue;
      asked.add(key);
      const body = posted(one, () => "");
      for (const [name, value] of words) body.set(name, value);
      const refusal =
        one.method === "post"
          ? await ask(one.action, form(body, { Cookie: cookie, Origin: ORIGIN }))
          : await see(`${new URL(one.action === "" ? path : one.action, ORIGIN).pathname}?${body.toString()}`);
      expect([one.action, refusal.status < 500]).toEqual([one.action, true]);
      expect([one.action, (await refusal.text()).includes("<img")]).toEqual([one.action, false]);
    }
  }
  // Stores, keys and what else was taken: asked for above, walked now.
  expect(asked.size).toBeGreaterThan(10);
  await pages();
  await files();
});
