// The console with scripts off: every page reads, every form on it can be filled, sent, and posts to a door that answers.
import { takeLog } from "../support/logged.ts";
import { expect, test } from "vitest";
import { addresses, ask, formPaths, form as formInit, openDemo, pagePaths, signIn } from "../support/every-page.ts";
import type { Company } from "../support/every-page.ts";
import { posted, readPage } from "../support/html.ts";
import type { Field, Form, Page } from "../support/html.ts";

let company: Company;
let cookie: string;
const see = (path: string) => ask(path, { headers: { Cookie: cookie } });

interface Seen {
  path: string;
  page: Page;
}

/** Every page with its address; those that only lead on are left out. */
async function everyPage(): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const path of addresses(company)) {
    const answer = await see(path);
    expect([path, answer.status, takeLog()]).toEqual([path, 200, []]);
    seen.push({ path, page: await readPage(await answer.text()) });
  }
  return seen;
}

/** Whether a path is one of those declared (`/console/runs/:id`). */
const among = (path: string, declared: readonly string[]) =>
  declared.some((pattern) => new RegExp(`^${pattern.replaceAll(/:\w+/g, "[^/]+")}$`).test(path));

/** Headings, links to nowhere, buttons that wait for a script. */
function deadEnds(pages: readonly Seen[]): string[] {
  const wrong: string[] = [];
  for (const { path, page } of pages) {
    if (page.h1 !== 1) wrong.push(`${path}: ${page.h1} first headings`);
    for (const dead of page.dead) wrong.push(`${path}: ${dead} does nothing without scripts`);
    for (const href of page.hrefs) {
      const { pathname, protocol } = new URL(href, "https://sluice.test");
      if (href.startsWith("#") && !page.ids.has(href.slice(1))) wrong.push(`${path}: nothing is at ${href}`);
      if (!["https:", "http:"].includes(protocol)) wrong.push(`${path}: a link to ${href}`);
      if (
        pathname.startsWith("/console") &&
        href.startsWith("/") &&
        !among(pathname, [...pagePaths(), "/console/sign-in"])
      )
        wrong.push(`${path}: no page is at ${href}`);
    }
  }
  return wrong;
}

/** Fields without a label, forms without a button, a token or a door, doors without a form. */
function formFaults(pages: readonly Seen[]): string[] {
  const wrong: string[] = [];
  const reached = new Set<string>();
  for (const { path, page } of pages) {
    for (const { action, method, fields, submits } of page.forms) {
      const to = new URL(action === "" ? path : action, "https://sluice.test").pathname;
      const names = fields.map(({ name }) => name);
      if (submits.length === 0 && !fields.some(({ type }) => type === "search"))
        wrong.push(`${path}: no button sends ${to}`);
      for (const { name, type, labelled } of fields) {
        if (!labelled && type !== "hidden") wrong.push(`${path}: the field ${name} of ${to} has no label`);
      }
      if (method === "post") {
        if (!names.includes("_csrf")) wrong.push(`${path}: the form of ${to} has no token`);
        const door = formPaths().find((pattern) => among(to, [pattern]));
        if (door === undefined) wrong.push(`${path}: no door is at ${to}`);
        else reached.add(door);
      } else if (!among(to, pagePaths())) wrong.push(`${path}: no page is at ${to}`);
    }
  }
  const lost = formPaths().filter((path) => !reached.has(path) && !SELDOM.has(path));
  return [...wrong, ...lost.map((path) => `no form posts to ${path}`)];
}

/** Doors whose form stands only where something is so; each is clicked in a test of the browser. */
const SELDOM = new Set([
  // A change of a rule that is planned, a run that asks.
  "/console/clickouts/stores/:id/rule/cancel",
  "/console/runs/:id/confirm",
  // Of a subscriber that is switched off.
  "/console/webhooks/:id/enable",
  // What an upstream refused lies in an object.
  "/console/audiences/segments/:id/replay",
  "/console/visitors/sites/:site/replay",
]);

/** What somebody types where something must stand; some of it is refused, which is an answer too. */
function typed({ name, type, required, options }: Field): string {
  if (type === "select") return options[0] ?? "";
  if (type === "date") return "2099-01-01";
  if (type === "datetime-local") return "2099-01-01T10:00";
  if (type === "url") return "https://www.casaaroeira.example/produto/mesa";
  if (type === "number") return "1";
  return required && type !== "hidden" ? `typed ${name}` : "";
}

/** What takes something away comes last, or the other forms would have nothing to act upon. */
const ENDS = /\/(?:remove|delete|revoke|end|sign-out)$/;

/** Forms whose post is answered neither by a page nor by a way to one. */
async function postFaults(pages: readonly Seen[]): Promise<string[]> {
  const forms = new Map<string, { path: string; form: Form }>();
  for (const { path, page } of pages) {
    for (const form of page.forms)
      if (form.method === "post")
        forms.set(`${form.action} ${form.fields.map(({ name, value }) => `${name}=${value}`).join()}`, { path, form });
  }
  const order = ({ form }: { form: Form }) => (form.action.endsWith("/sign-out") ? 2 : ENDS.test(form.action) ? 1 : 0);
  const wrong: string[] = [];
  for (const { path, form } of [...forms.values()].toSorted((a, b) => order(a) - order(b))) {
    const answer = await ask(
      form.action,
      formInit(posted(form, typed), { Cookie: cookie, Origin: "https://sluice.test", "Sec-Fetch-Site": "same-origin" }),
    );
    const isPage = (answer.headers.get("Content-Type") ?? "").startsWith("text/html");
    const fine = answer.status === 303 || (isPage && [200, 400, 409, 422].includes(answer.status));
    if (!fine) wrong.push(`${path}: ${form.action} answered ${answer.status}`);
    if (answer.status !== 303 && fine && (await readPage(await answer.text())).h1 !== 1)
      wrong.push(`${path}: ${form.action} answered no page`);
  }
  return wrong;
}

test("with scripts off every page reads, and every form on it can be sent and is answered", async () => {
  company = await openDemo();
  // Another session, which can be ended.
  await signIn();
  cookie = await signIn();
  takeLog();
  const pages = await everyPage();
  expect(deadEnds(pages)).toEqual([]);
  expect(formFaults(pages)).toEqual([]);
  expect(await postFaults(pages)).toEqual([]);
  // The last of them was the way out.
  expect((await see("/console")).status).toBe(303);
});
