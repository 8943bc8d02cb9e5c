// One walk of a newcomer through the console by clicking only, in order, as in his first half hour: with scripts, and
// without. Each effect is checked through the API, at the door of visits or at the third party.
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInLink } from "../../scripts/sign-in-link.ts";
import { minute, until } from "../system/support/clock.ts";
import { segmentsOf } from "../system/support/segments.ts";
import { pixel, sitesOf } from "../system/support/sites.ts";
import { Readers, clickThrough } from "./support/reader.ts";
import { joinHomeless } from "./support/run.ts";

/** A visit without a browser's name is a bot's, and counts in no figure of people. */
const PERSON = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0" };
/** Of the demo's "Brinquedos Pipa", whose networks both give links without a call. */
const PRODUCT = "https://www.brinquedospipa.example/pipa/p?cor=azul";
const STORE = "Brinquedos Pipa";
const GOES_TO: Record<string, string> = { awin: "/awin/cread.php", direto: "https://www.brinquedospipa.example/pipa/" };
const TITLES: Record<string, string> = { awin: "Awin", direto: "Direto" };
/** A first reading of all networks' lists keeps to the calls that they allow. */
const READING_MS = 90_000;

const readers = new Readers();
const { house } = readers;
const { refusedTenant, put, segment, members } = segmentsOf(house);
const { maxymiser, push, siteSo, accountFor } = sitesOf(house);

beforeAll(() => readers.open());
afterAll(() => readers.close());

const read = async <T>(path: string) => JSON.parse((await house.call(path)).text) as T;
const list = async <T>(path: string) => (await read<{ items: T[] }>(path)).items;

interface Store {
  storeId: number;
  networks: { network: string; state: string }[];
  rule: { networks: string[] };
}
interface Version {
  startedAt: string;
  endedAt: string;
}

const storeOf = async (q: string) => (await list<Store>(`/api/clickouts/stores?q=${encodeURIComponent(q)}`))[0]!;
const goesTo = async (url: string) => (await house.visit(url, PERSON)).headers.get("Location") ?? "";

describe.for([[true], [false]])("a newcomer, with scripts: %s", ([scripts]) => {
  const suffix = scripts ? "a" : "b";
  let context: BrowserContext;
  let page: Page;

  const says = () => page.textContent("[role=status]");
  const along = (label: string) => clickThrough(page, `.rail a:has-text('${label}')`);
  /** What the overview says of a need, once it tells it; then its one button is pressed. */
  const followNeed = async (told: string): Promise<string> => {
    await along("Overview");
    const need = page.locator(".needs li", { hasText: told });
    await until(
      async () => ((await need.count()) === 0 && (await page.reload()), need.count()),
      (n) => n === 1,
    );
    const text = await need.innerText();
    expect(await need.locator("a.button, button").count()).toBe(1);
    await Promise.all([page.waitForEvent("load"), need.locator("a.button, button").click()]);
    return text;
  };

  beforeAll(async () => {
    context = await readers.reader({ scripts: scripts!, key: null });
    page = await context.newPage();
    return () => context.close();
  });

  test("signs in by the link that the start printed, which works once", async () => {
    const url = await signInLink(readers.origin, house.adminToken);
    await page.goto(url);
    await clickThrough(page, "button.primary");
    expect(page.url()).toBe(`${readers.origin}/console`);
    expect(await list("/api/audit?action=session.open")).toHaveLength(scripts ? 1 : 2);
    const other = await readers.reader({ scripts: scripts!, key: null });
    const second = await other.newPage();
    await second.goto(url);
    await clickThrough(second, "button.primary");
    expect(await second.textContent("[role=alert]")).toContain("used already");
    await other.close();
  });

  test("sees the overview alive: clicks come in, and the tile counts them", async () => {
    const tile = page.locator(".tile", { hasText: "Clickouts" });
    const shown = async () => Number((await tile.locator(".big").textContent())?.replaceAll(",", ""));
    const clicked = async () => (await list("/api/clickouts/visits?limit=100")).length;
    if (scripts) {
      for (let n = 0; n < 3; n++) await house.visit(`${PRODUCT}&n=${n}`, PERSON);
      await put("s_walk", ["1", "2"]);
      // The open page looks again by itself.
      const looked = async () => {
        await minute(house);
        return await shown();
      };
      await until(looked, (n) => n === 3);
    }
    expect(await clicked()).toBeGreaterThanOrEqual(3);
    expect(await shown()).toBeGreaterThanOrEqual(3);
    expect(await tile.locator(".state").textContent()).toBe("flowing");
    expect(await page.textContent(".head p")).toBe("Nothing needs you. What is set up flows.");
  });

  test("pastes a URL and sees why it goes where it goes", async () => {
    await along("Clickouts");
    await page.fill("#explain input[name=url]", PRODUCT);
    await clickThrough(page, "#explain button.primary");
    const door = await read<{ location: string }>(`/api/clickouts/explain?url=${encodeURIComponent(PRODUCT)}`);
    const [first] = (await storeOf("brinquedospipa")).rule.networks;
    expect(await page.textContent("#explain .result code")).toBe(door.location);
    expect(await page.locator("#explain .steps b").allTextContents()).toEqual([
      "Store found",
      expect.stringMatching(/^Rule \d+ is active$/),
      `${TITLES[first!]} gives the link`,
    ]);
    expect(await goesTo(PRODUCT)).toContain(GOES_TO[first!]);
  });

  /** Puts the second network of the rule first. */
  const turn = async (order: readonly string[]) => {
    const up = `[aria-label='Move ${TITLES[order[1]!]} up']`;
    await (scripts ? page.click(up) : clickThrough(page, up));
  };

  test("changes the rule, and the next click follows it", async () => {
    const { rule } = await storeOf("brinquedospipa");
    await clickThrough(page, `#explain .steps a:has-text('${STORE}')`);
    await turn(rule.networks);
    await clickThrough(page, ".order-save .primary");
    expect(await says()).toContain("The order is saved.");
    expect((await storeOf("brinquedospipa")).rule.networks).toEqual(rule.networks.toReversed());
    expect(await goesTo(PRODUCT)).toContain(GOES_TO[rule.networks[1]!]);
  });

  test("plans a rule for a time of his zone, sees it in the time line, and cancels it", async () => {
    const { storeId, rule } = await storeOf("brinquedospipa");
    const year = new Date().getUTCFullYear() + 1;
    await turn(rule.networks);
    await page.fill("[name=started_at]", `${year}-03-02T00:00`);
    await clickThrough(page, ".order-save .primary");
    expect(await says()).toContain("The order is planned");
    const newest = async () => (await list<Version>(`/api/clickouts/rules?store_id=${storeId}`))[0]!;
    // His browser's zone is São Paulo; without scripts it cannot tell, and times are UTC.
    const start = `${year}-03-02T0${scripts ? 3 : 0}:00:00Z`;
    expect(await newest()).toMatchObject({ startedAt: start, endedAt: "9999-12-31T23:59:59Z" });
    expect(await page.locator(".line .next").count()).toBe(1);
    await clickThrough(page, ".line .next button");
    expect(await says()).toContain("cancelled");
    expect(await newest()).toMatchObject({ startedAt: start, endedAt: start });
    expect(await page.locator(".line .next").count()).toBe(0);
    expect((await storeOf("brinquedospipa")).rule.networks).toEqual(rule.networks);
    expect(await goesTo(PRODUCT)).toContain(GOES_TO[rule.networks[0]!]);
  });

  test("reads the networks' lists and gives a store the domain that it waits for", async () => {
    const [name, domain] = [`Ateliê ${suffix}`, `atelie${suffix}.example`];
    await joinHomeless(house, { id: scripts ? 7_001 : 7_002, name, domain });
    await along("Clickouts");
    await clickThrough(page, ".head a:has-text('Networks')");
    await clickThrough(page, "button:text-is('Read programmes now')");
    const state = async () => {
      if (!scripts) await page.reload();
      return await page.textContent(".head .state");
    };
    expect(await until(state, (word) => word !== "queued" && word !== "running", READING_MS)).toBe("done");
    expect(await followNeed("One store waits for a domain.")).toContain(name);
    await page.fill("#domains [name=addDomains]", domain);
    await clickThrough(page, "#domains form button");
    expect(await says()).toBe(`${domain} belongs to ${name} now.`);
    expect(await page.locator("#domains").count()).toBe(0);
    expect((await storeOf(domain)).networks).toMatchObject([{ network: "lomadee", state: "joined" }]);
    expect(await goesTo(`https://www.${domain}/vaso`)).toContain("/lomadee/");
  });

  const site = `d2Fsay${scripts ? "QQ" : "Qg"}==`;

  test("adds a site of Maxymiser: wrong credentials are refused in its words, right ones send what was held", async () => {
    const { login } = accountFor(site);
    await push(pixel(site, "ana", "tier", "gold"));
    await siteSo(site, ({ held }) => held === 1);
    await along("Visitors");
    await page.fill("#add input", site);
    await clickThrough(page, "#add button");
    expect(await page.textContent(".head")).toContain("1 attribute is safe and waiting; after");
    const enter = async (password: string) => {
      const typed = { ...login, password };
      for (const name of ["username", "password", "clientId", "clientSecret"] as const) {
        await page.fill(`[name=${name}]`, typed[name]);
      }
      await clickThrough(page, "#credentials button.primary");
    };
    await enter("wrong");
    expect(await page.textContent("[role=alert]")).toContain("invalid_grant");
    expect(await page.inputValue("[name=username]")).toBe(login.username);
    expect(await page.inputValue("[name=password]")).toBe("");
    expect((await house.call(`/check/${encodeURIComponent(site)}`)).status).toBe(404);
    await enter(login.password);
    expect(await says()).toBe("The credentials are stored. What waited goes out now.");
    expect(await page.content()).not.toContain(login.clientSecret);
    expect((await house.call(`/check/${encodeURIComponent(site)}`)).status).toBe(200);
    await siteSo(site, ({ credentials, pending }) => credentials === "ok" && pending === 0);
    expect(maxymiser().attributes(site, "ana")).toEqual({ tier: "gold" });
  });

  test("sees a parked delivery, repairs its cause and replays it", async () => {
    const there = maxymiser().state.sites.get(site)!;
    there.attributes = ["tier"];
    await push(pixel(site, "ana", "colour", "blue"));
    await siteSo(site, ({ parked }) => parked === 1);
    const told = await followNeed(`1 attribute of site ${site} is parked.`);
    expect(told).toContain("Look and replay");
    expect(await page.innerText("tbody")).toContain("Maxymiser does not take it");
    there.attributes = ["tier", "colour"];
    await clickThrough(page, "button[name=site]");
    expect(await says()).toBe("1 goes out again.");
    await siteSo(site, ({ parked, pending }) => parked + pending === 0);
    await until(
      async () => maxymiser().attributes(site, "ana"),
      (now) => now?.["colour"] === "blue",
    );
  });

  test("gives a workspace a key of Split that works, and what waited goes out", async () => {
    const key = `right-key-${suffix}`;
    const ids = await refusedTenant(`ws${suffix}`, key);
    const name = `s_newsletter_ws${suffix}`;
    const told = await followNeed("Split refuses the key of workspace w-ws");
    expect(told).toContain("12 changes in 1 segment are safe and waiting; a key that works sends them at once.");
    expect(await page.textContent(".head")).toContain("12 changes are safe and waiting");
    const give = async (typed: string) => {
      await page.fill("[name=apiToken]", typed);
      await clickThrough(page, "form.form button");
    };
    await give("still not the key");
    expect(await page.textContent(".wrong")).toBe("must be visible ASCII characters");
    await give("still-not-the-key");
    expect(await page.textContent("[role=alert]")).toContain("Split refuses this key as well");
    expect(await page.content()).not.toContain("still-not-the-key");
    await give(key);
    expect(await says()).toBe("Split takes the key. What waited goes out now.");
    expect(await page.content()).not.toContain(key);
    const tenants = await list<{ workspaceId: string; state: string }>("/api/audiences/tenants");
    expect(tenants.find(({ workspaceId }) => workspaceId === ids.workspaceId)).toMatchObject({ state: "ok" });
    await until(
      () => segment(name),
      ({ pendingAdds }) => pendingAdds === 0,
    );
    expect(members(name, ids.environmentId)).toHaveLength(12);
  });

  test("makes a key, which is shown once, and revokes it", async () => {
    const name = `clerk ${suffix}`;
    await along("Keys");
    await page.fill("[name=name]", name);
    await clickThrough(page, "form.form > button.primary");
    // Nothing was ticked: what was typed is still there, and what is wrong is said where it is.
    expect(await page.inputValue("[name=name]")).toBe(name);
    expect(await page.textContent(".choices .wrong")).toBe("choose at least one");
    await page.check("[value='audit:read']");
    await page.fill("[name=expiresAt]", "2099-12-31");
    await clickThrough(page, "form.form > button.primary");
    const key = (await page.textContent(".result code")) ?? "";
    expect((await house.call("/api/audit", { key })).status).toBe(200);
    expect((await house.call("/api/keys", { key })).status).toBe(403);
    expect(await list("/api/keys")).toMatchObject([
      { name, scopes: ["audit:read"], expiresAt: "2099-12-31T23:59:59Z" },
    ]);
    await clickThrough(page, "main .button.primary");
    expect(await page.content()).not.toContain(key);
    const row = page.locator("tr", { hasText: name });
    await row.locator("summary").click();
    expect(await row.locator(".ask p").textContent()).toContain("within two minutes");
    await Promise.all([page.waitForEvent("load"), row.locator(".ask form button").click()]);
    expect(await says()).toBe("The key is revoked.");
    expect(await list("/api/keys")).toEqual([]);
    expect((await house.call("/api/audit", { key })).status).toBe(401);
  });

  test("needs nothing any more: the overview is as quiet as at first", async () => {
    await along("Overview");
    expect(
      await page.locator(".needs li", { hasText: /parked|refuses|waits for a domain|no credentials/ }).count(),
    ).toBe(0);
  });
});
