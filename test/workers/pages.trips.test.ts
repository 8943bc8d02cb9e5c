// How often a page asks: D1 once, each object once. D1 is 120 ms from São Paulo and takes one query at a time, and an object
// that is asked twice is waited for twice. Allowed beside that: the session, which the kernel looks up before the page and
// remembers for 30 s, so it is known here. What needs the reader, for the counts of the navigation, is asked at every page
// here although it is remembered for 15 s: it must travel with the page's own batch.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { forgetCounts } from "../../src/shared/page/walk.ts";
import { addresses, ask, openDemo, signIn } from "../support/every-page.ts";
import { takeLog } from "../support/logged.ts";
import { countedBindings, sameColumns } from "../support/trips.ts";

test("every page asks D1 in one batch, and no object twice", async () => {
  const company = await openDemo();
  const cookie = await signIn();
  const found: string[] = [];
  const tried = new Set<string>();
  for (const path of addresses(company)) {
    await ask("/console/sessions", { headers: { Cookie: cookie } });
    forgetCounts();
    takeLog();
    const { bindings, trips } = countedBindings(env);
    const answer = await ask(path, { headers: { Cookie: cookie } }, bindings);
    // A question that failed was no trip.
    expect([path, answer.status, takeLog()]).toEqual([path, 200, []]);
    if (trips.d1.length > 1) found.push(`${path}: ${trips.d1.length} trips to D1\n${told(trips.d1)}`);
    for (const [object, methods] of trips.objects) {
      if (methods.length > 1) found.push(`${path}: ${object} is asked ${methods.length} times: ${methods.join(", ")}`);
    }
    // A batch answers by column names: two of one name would be one.
    for (const sql of await sameColumns(trips, tried)) found.push(`${path}: two columns of one name: ${sql}`);
  }
  expect(found.join("\n")).toBe("");
});

const told = (trips: readonly (readonly string[])[]) =>
  trips.map((statements, n) => `  ${n + 1}. ${statements.join("\n     + ")}`).join("\n");
