// Every part of the page kit on one page, in a real browser: sound in both schemes, and what scripts add to it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../scripts/worker-process.ts";
import { launchChromium } from "./support/chromium.ts";
import { keepPicture, sideways, violations, watch } from "./support/look.ts";

const ORIGIN = "http://kit.test";

/** The gallery is made of the Worker's own parts, which this project's types do not know. */
const GALLERY = join(ROOT, "test", "support", "gallery.tsx");

let browser: Browser;
let galleryHtml: (href: string, language: "en" | "pt") => string;

beforeAll(async () => {
  ({ galleryHtml } = (await import(/* @vite-ignore */ GALLERY)) as { galleryHtml: typeof galleryHtml });
  browser = await launchChromium();
});
afterAll(() => browser?.close());

/** Opens the gallery as the Worker would serve it: our policy, our assets, nothing else. */
async function gallery(language: "en" | "pt", scripts = true): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    locale: "en-GB",
    timezoneId: "America/Sao_Paulo",
  });
  const page = await context.newPage();
  await page.route("**/*", async (route) => {
    const url = new URL(route.request().url());
    if (url.pathname.startsWith("/assets/")) return route.fulfill({ path: join(ROOT, "public", url.pathname) });
    const html = galleryHtml(url.href, language);
    const policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'";
    return route.fulfill({
      body: html,
      contentType: "text/html; charset=utf-8",
      headers: { "Content-Security-Policy": policy },
    });
  });
  const faults = watch(page, ORIGIN);
  await page.goto(`${ORIGIN}/gallery`);
  return { page, faults };
}

test.for(["en", "pt"] as const)("the parts are sound in %s at every width, light and dark", async (language) => {
  const { page, faults } = await gallery(language);
  await page.waitForSelector(".u-legend");
  for (const width of [360, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => sideways(page), { timeout: 10_000 }).toEqual([]);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await keepPicture(page, `kit-${language}-${width}-${colorScheme}`);
      expect(await violations(page)).toEqual([]);
    }
  }
  expect(faults).toEqual([]);
  await page.context().close();
});

const orderOf = (page: Page) => page.getAttribute("[data-order-value]", "value");

test("lines move in place with scripts, and by pages without", async () => {
  for (const scripts of [true, false]) {
    const { page } = await gallery("en", scripts);
    await page.click("[aria-label='Move magazinevoce up']");
    if (scripts) expect(page.url()).toBe(`${ORIGIN}/gallery`);
    else await page.waitForURL(/move=magazinevoce/);
    expect(scripts ? await page.inputValue("[data-order-value]") : await orderOf(page)).toBe(
      "magazinevoce,lomadee,awin",
    );
    expect(await page.isDisabled("[aria-label='Move magazinevoce up']")).toBe(true);
    await page.context().close();
  }
});

test("times are written in the zone of the browser, which tells it to the server", async () => {
  const { page } = await gallery("en");
  expect(await page.textContent("td time[data-time=clock]")).toBe("14:32:08");
  expect(await page.getAttribute("td time[data-time=clock]", "title")).toBe("2026-11-21 17:32:08 UTC");
  expect((await page.context().cookies()).map(({ name, value }) => [name, value])).toEqual([
    ["sluice-zone", "America/Sao_Paulo"],
  ]);
  await page.context().close();
});

test("the chart's table is closed with scripts and open without", async () => {
  for (const scripts of [true, false]) {
    const { page } = await gallery("en", scripts);
    if (scripts) await page.waitForSelector(".u-legend");
    expect((await page.getAttribute(".chart details", "open")) !== null).toBe(!scripts);
    await page.context().close();
  }
});

test("nothing that a page shows is read from a file of another name", () => {
  expect(readFileSync(join(ROOT, "public", "assets", "page-style.css"), "utf8")).not.toMatch(
    /url\(["']?(?!\/assets\/|data:)/,
  );
});
