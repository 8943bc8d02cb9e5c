/// <reference lib="dom" />
// What every page must be, at every width, in both schemes and languages: without console errors, without a serious
// violation of axe, without sideways scrolling, and loading nothing from anybody else. What was seen is kept as pictures.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { ROOT } from "../../../scripts/worker-process.ts";

export const ARTIFACTS = join(ROOT, "test", "artifacts");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const WIDTHS = [360, 768, 1440, 1920] as const;
const HEIGHT = 900;
const SERIOUS = ["serious", "critical"];
/** A picture ends here: Chromium cannot draw all of a page that is some ten thousands of pixels long. */
const PICTURE_HEIGHT = 6_000;
/** A chart follows its width a frame later, and a frame of a busy machine may be long. */
const FRAME_MS = 10_000;

/** The looks that axe judges and that are kept: each width that a layout begins at, and each language in each scheme, is among them. */
const LOOKS = [
  { language: "en", width: 1440, scheme: "light" },
  { language: "en", width: 360, scheme: "dark" },
  { language: "pt", width: 768, scheme: "dark" },
  { language: "pt", width: 360, scheme: "light" },
] as const;

/** One context for each language, signed in or not. */
export type Contexts = Record<"en" | "pt", BrowserContext>;

/** What went wrong in a page since it was opened: errors, failed or foreign requests. */
export function watch(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (to !== origin && protocol !== "data:") faults.push(`foreign request: ${request.url()}`);
  });
  return faults;
}

/** What axe leaves in a page; `resultTypes` spares it the words about all that is well. */
type WithAxe = { axe?: { run(options: { resultTypes: ["violations"] }): Promise<AxeResults> } };

/** Serious violations of the page as it stands, as `rule: selector`. */
export async function violations(page: Page): Promise<string[]> {
  // Our policy lets no script element in; an evaluation is none.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const results = await page.evaluate(() => (globalThis as WithAxe).axe!.run({ resultTypes: ["violations"] }));
  return results.violations
    .filter(({ impact }) => SERIOUS.includes(impact ?? ""))
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}`));
}

/** Keeps a picture of the page from its top. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.evaluate(() => document.fonts.ready);
  const { width, height } = await page.evaluate(() => {
    const { clientWidth, scrollHeight } = document.documentElement;
    return { width: clientWidth, height: scrollHeight };
  });
  const clip = { x: 0, y: 0, width, height: Math.min(height, PICTURE_HEIGHT) };
  await page.screenshot({ path: join(ARTIFACTS, `${name}.jpg`), type: "jpeg", quality: 80, fullPage: true, clip });
}

/** Whether the page scrolls sideways, and which elements stick out of it or of their card. */
export async function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const scrolled = (element: Element) => element.closest(".scroll, .rail, svg, details:not([open])") !== null;
    const beyond = [...document.body.querySelectorAll(".card, .tile")].flatMap((card) => {
      const edge = card.getBoundingClientRect().right + 1;
      return [...card.querySelectorAll("*")].filter(
        (one) => one.getBoundingClientRect().right > edge && !scrolled(one),
      );
    });
    if (beyond.length > 0) return beyond.slice(0, 5).map(({ tagName, className }) => `${tagName}.${String(className)}`);
    if (scrollWidth <= clientWidth) return [];
    const out = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1 && !element.closest(".scroll, .rail"),
    );
    return [`${scrollWidth} px`, ...out.slice(0, 5).map((element) => `${element.tagName}.${element.className}`)];
  });
}

/** Looks at one page of the house in all its looks. `name` is the picture's; `status` what it must answer. */
export async function expectSound(
  contexts: Contexts,
  origin: string,
  path: string,
  name: string,
  status = 200,
): Promise<void> {
  for (const language of ["en", "pt"] as const) {
    const page = await contexts[language].newPage();
    const faults = watch(page, origin);
    const answer = await page.goto(origin + path);
    expect(answer?.status(), `${path} answers`).toBe(status);
    expect(await page.getAttribute("html", "lang")).toBe(language === "en" ? "en" : "pt-BR");
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT });
      await expect
        .poll(() => sideways(page), { message: `${path} in ${language} at ${width} px sticks out`, timeout: FRAME_MS })
        .toEqual([]);
      for (const { scheme } of LOOKS.filter((look) => look.language === language && look.width === width)) {
        await page.emulateMedia({ colorScheme: scheme });
        await keepPicture(page, `${name}-${language}-${width}-${scheme}`);
        expect(await violations(page), `${path} in ${language} at ${width} px, ${scheme}`).toEqual([]);
      }
    }
    // Chromium reports the page's own status as an error of the console.
    const own = status === 200 ? faults : faults.filter((fault) => !fault.includes(`status of ${status}`));
    expect(own, `${path} in ${language}`).toEqual([]);
    await page.close();
  }
}
