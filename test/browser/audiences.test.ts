// The operator's pages of audiences in a real browser: sound in every look, and every action of theirs, with scripts and without.
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minute, until } from "../system/support/clock.ts";
import { numbers, segmentsOf } from "../system/support/segments.ts";
import type { Segment } from "../system/support/segments.ts";
import { expectSound } from "./support/look.ts";
import type { Contexts } from "./support/look.ts";
import { Readers, clickThrough } from "./support/reader.ts";

const readers = new Readers();
const { house } = readers;
let contexts: Contexts;

const { segment, put, drained, members, refusedTenant } = segmentsOf(house);

async function list<T>(path: string): Promise<T[]> {
  return (JSON.parse((await house.call(path)).text) as { items: T[] }).items;
}

beforeAll(async () => {
  await readers.open();
  const { split } = house.sandbox.simulators;
  await minute(house);
  split.state.refusedMembers.add("666");
  await put("s_compradores_frequentes_4101", [...numbers(1_000, 400), "666", "-6403478910331666"]);
  await drained("s_compradores_frequentes_4101");
  await put(
    "s_high_value_BR_4102",
    Array.from({ length: 95_400 }, (_, i) => `${7_000_000 + i}`),
  );
  await drained("s_high_value_BR_4102");
  await put("s_carrinho_abandonado_4103", numbers(5_000, 20));
  await drained("s_carrinho_abandonado_4103");
  await refusedTenant("6b1f0d20", "the-right-key");
  await until(
    async () => {
      await minute(house);
      return (await house.call("/metrics")).text;
    },
    (text) => /sluice_segment_keys_total\{verb="add"\} 9\d{4}/.test(text),
  );
  await minute(house);
  contexts = await readers.both();
});
afterAll(() => readers.close());

describe("each page is sound in every look", () => {
  test("the first page, while something waits", async () => {
    await put("s_carrinho_abandonado_4103", numbers(8_000, 31));
    await expectSound(contexts, readers.origin, "/console/audiences", "audiences");
  });
  test("a segment with parked changes", async () => {
    const { id } = await segment("s_compradores_frequentes_4101");
    await expectSound(contexts, readers.origin, `/console/audiences/segments/${id}`, "audiences-segment");
  });
  test("a paused segment", async () => {
    const { id } = await segment("s_newsletter_6b1f0d20");
    await expectSound(contexts, readers.origin, `/console/audiences/segments/${id}`, "audiences-paused");
  });
  test("a workspace whose key is refused", async () => {
    const path = "/console/audiences/tenants/w-6b1f0d20-0242ac120002";
    await expectSound(contexts, readers.origin, path, "audiences-workspace");
  });
  test("the overview, and a search", async () => {
    await expectSound(contexts, readers.origin, "/console", "audiences-overview");
    await expectSound(contexts, readers.origin, "/console/find?id=666", "audiences-find");
  });
  test("no segment of that id", async () => {
    const path = `/console/audiences/segments/${"0".repeat(32)}`;
    await expectSound(contexts, readers.origin, path, "audiences-missing", 404);
  });
});

test("what was sent and what it took in calls is drawn and told", async () => {
  const page = await contexts.en.newPage();
  await page.goto(`${readers.origin}/console/audiences`);
  await page.waitForSelector(".u-legend");
  const facts = await page.locator(".facts").first().innerText();
  expect(facts).toMatch(/Changes sent\s+9\d,\d{3}/);
  const saved = /Calls saved\s+([\d,]+)/.exec(facts)?.[1]?.replace(",", "");
  expect(Number(saved)).toBeGreaterThan(95_000);
  await clickThrough(page, ".card .row a:has-text('7 days')");
  expect(new URL(page.url()).searchParams.get("range")).toBe("week");
  expect(await page.locator(".chart details tbody tr").count()).toBe(28);
  await page.close();
});

describe.for([[true], [false]])("with scripts: %s", ([scripts]) => {
  let reader: BrowserContext;
  const suffix = scripts ? "a" : "b";
  const open = async (path: string): Promise<Page> => {
    const page = await reader.newPage();
    await page.goto(readers.origin + path);
    return page;
  };

  beforeEach(async () => {
    reader = await readers.reader({ scripts: scripts! });
    return () => reader.close();
  });

  test("what waits is flushed, from the list and from the segment's page", async () => {
    const name = `s_flush_${suffix}`;
    await put(name, ["1", "2", "3"]);
    await segment(name);
    const page = await open("/console/audiences");
    await clickThrough(page, `tr:has-text('${name}') button`);
    expect(await page.textContent("[role=status]")).toBe(`3 changes of ${name} are being sent.`);
    await until(
      () => segment(name),
      ({ pendingAdds }) => pendingAdds === 0,
    );
    expect(members(name)).toEqual(["1", "2", "3"]);
    await put(name, ["2"], { verb: "delete" });
    // A filter asks D1, which hears of a new state right after the flush.
    await until(
      () => list<Segment>("/api/audiences/segments?state=active"),
      (active) => active.some((one) => one.segment === name),
    );
    await page.goto(`${readers.origin}/console/audiences?state=active`);
    await clickThrough(page, `tr:has-text('${name}') a:has-text('${name}')`);
    await clickThrough(page, ".head button");
    expect(await page.textContent("[role=status]")).toBe("1 change is being sent.");
    await until(
      async () => members(name),
      (now) => now.length === 2,
    );
  });

  test("parked changes are told with Split's words, and replayed, those picked and all", async () => {
    const name = `s_parked_${suffix}`;
    const { refusedMembers } = house.sandbox.simulators.split.state;
    const bad = [`901${suffix}`, `902${suffix}`, `903${suffix}`];
    for (const mpid of bad) refusedMembers.add(mpid);
    await put(name, ["1", ...bad]);
    await drained(name);
    const { id } = await until(
      () => segment(name),
      ({ parked }) => parked === 3,
    );
    expect(members(name)).toEqual(["1"]);
    const page = await open("/console");
    const told = async () => (await page.goto(`${readers.origin}/console`), page.innerText("main"));
    await until(told, (text) => text.includes(`3 changes of ${name} are parked.`));
    await clickThrough(page, `.needs li:has-text('${name}') .button`);
    expect(await page.innerText("#parked")).toContain("Split does not take this MPID");
    await clickThrough(page, "#parked button:has-text('those picked')");
    expect(await page.textContent("[role=status]")).toBe("Pick at least one change.");
    refusedMembers.delete(bad[0]!);
    await page.check(`[value='${bad[0]}']`);
    await clickThrough(page, "#parked button:has-text('those picked')");
    expect(await page.textContent("[role=status]")).toBe("1 change goes out again.");
    await until(
      async () => members(name).length,
      (n) => n === 2,
    );
    expect((await list<{ mpid: string }>(`/api/audiences/segments/${id}/parked`)).map(({ mpid }) => mpid)).toEqual(
      bad.slice(1),
    );
    for (const mpid of bad) refusedMembers.delete(mpid);
    await page.reload();
    await clickThrough(page, "#parked button[name=all]");
    expect(await page.textContent("[role=status]")).toBe("2 changes go out again.");
    await until(
      async () => members(name).length,
      (n) => n === 4,
    );
    expect(await list(`/api/audiences/segments/${id}/parked`)).toEqual([]);
  });

  test("changes go to another name at Split once an operator says so", async () => {
    const [name, other] = [`s_name_${suffix}`, `s_other_${suffix}`];
    await put(name, ["1"]);
    await drained(name);
    const { id } = await segment(name);
    const page = await open(`/console/audiences/segments/${id}`);
    await page.fill("[name=segmentName]", "no blanks here");
    await clickThrough(page, "form.form button:has-text('Send changes there')");
    expect(await page.inputValue("[name=segmentName]")).toBe("no blanks here");
    expect(await page.textContent(".wrong")).toContain("letters, digits, dashes or underscores");
    await page.fill("[name=segmentName]", other);
    await clickThrough(page, "form.form button:has-text('Send changes there')");
    expect(await page.textContent("[role=status]")).toBe(`Changes go to ${other} from now on.`);
    expect(await segment(other)).toMatchObject({ id });
    await put(name, ["2"]);
    await until(
      async () => members(other),
      (now) => now.includes("2"),
    );
    expect(members(name)).toEqual(["1"]);
  });

  test("an MPID is found in the segments that know of it, a segment by its name", async () => {
    const page = await open("/console");
    const find = async (id: string) => {
      await page.fill(".find input", id);
      await Promise.all([page.waitForEvent("load"), page.press(".find input", "Enter")]);
      return page.innerText("main");
    };
    expect(await find("666")).toContain("parked: add, s_compradores_frequentes_4101");
    expect(await find("-640347891033191000")).toContain("sent: s_compradores_frequentes_4101");
    expect(await find("s_high_value_BR_4102")).toContain("s_high_value_BR_4102");
    expect(await find("w-6b1f0d20-0242ac120002")).toContain("needs credentials");
    expect(await find("123123123123")).toContain("No system knows this id");
  });

  test("who may only read sees no button", async () => {
    const made = await house.call("/api/keys", { method: "POST", body: { name: "r", scopes: ["audiences:read"] } });
    const { key } = JSON.parse(made.text) as { key: string };
    const narrow = await readers.reader({ scripts: scripts!, key });
    const page = await narrow.newPage();
    const { id } = await segment("s_compradores_frequentes_4101");
    await page.goto(`${readers.origin}/console/audiences/segments/${id}`);
    expect(await page.locator("main form[method=post]").count()).toBe(0);
    expect(await page.innerText("#parked")).toContain("666");
    await narrow.close();
  });
});
