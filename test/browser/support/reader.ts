// A person at the console: a house with the demo company, a browser, and contexts that are signed in.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { seed } from "../../../scripts/seed.ts";
import { House } from "../../system/support/house.ts";
import { launchChromium } from "./chromium.ts";
import type { Contexts } from "./look.ts";

/** So long the browser waits for what a page must show: the machine may be busy. */
const PATIENCE_MS = 40_000;
const LOCALES = { en: "en-GB", pt: "pt-BR" } as const;

/** How a context differs from a reader in São Paulo with scripts. */
export interface Habits {
  language?: "en" | "pt";
  scripts?: boolean;
  /** The key to sign in with; null: not signed in; default: the admin token. */
  key?: string | null;
}

/** The house, the browser, and whoever sits before it. */
export class Readers {
  readonly house = new House();
  /** The cookies of who has signed in, by key: the sign-in is throttled. */
  readonly #signedIn = new Map<string, Awaited<ReturnType<BrowserContext["storageState"]>>>();
  #browser: Browser | undefined;

  /** Opens the house, with the demo company unless `empty`. */
  async open({ empty = false } = {}): Promise<void> {
    await this.house.open();
    if (!empty) await seed(this.house.origin, this.house.adminToken);
    this.#browser = await launchChromium();
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.house.close();
  }

  get origin(): string {
    return this.house.origin;
  }

  /** A new reader. */
  async reader({ language = "en", scripts = true, key = this.house.adminToken }: Habits = {}): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error("the browser is not open");
    const known = key === null ? undefined : this.#signedIn.get(key);
    const context = await this.#browser.newContext({
      ...(known === undefined ? {} : { storageState: known }),
      locale: LOCALES[language],
      timezoneId: "America/Sao_Paulo",
      javaScriptEnabled: scripts,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE_MS);
    if (key !== null && known === undefined) {
      await signIn(context, this.origin, key);
      this.#signedIn.set(key, await context.storageState());
    }
    return context;
  }

  /** A reader in each language. */
  async both(habits: Omit<Habits, "language"> = {}): Promise<Contexts> {
    return {
      en: await this.reader({ ...habits, language: "en" }),
      pt: await this.reader({ ...habits, language: "pt" }),
    };
  }
}

/** Signs a context in by typing the key. */
async function signIn(context: BrowserContext, origin: string, key: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${origin}/console/sign-in`);
  await page.fill("#key", key);
  await Promise.all([page.waitForURL(`${origin}/console`), page.click("button.primary")]);
  await page.close();
}

/** Clicks, and waits for the page that the click leads to. */
export async function clickThrough(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForEvent("load"), page.click(selector)]);
}
