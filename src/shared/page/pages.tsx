// How a system makes its pages: `show` for what is looked at, `act` for what a form posts. Session, rights, form token,
// language, messages and failures are handled here, once.
import { Hono } from "hono";
import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { refusePlainHttp } from "../auth/requires.ts";
import { sameText } from "../auth/secrets.ts";
import { sessionOf } from "../auth/session-cookie.ts";
import { AppError } from "../errors.ts";
import { reported } from "../http/problem.ts";
import type { AppEnv } from "../system.ts";
import { CSRF_FIELD } from "./form.tsx";
import { Layout, Narrow } from "./layout.tsx";
import type { Need } from "./overview.ts";
import { Problem, problemTitle } from "./problem.tsx";
import { readingEnv } from "./reading.ts";
import { guardHeaders, readerWords, setFlash, viewOf } from "./reader.ts";
import { inReadersWords } from "./refusals.ts";
import type { Flash, View } from "./view.ts";
import { askAhead, forgetCounts, navigation } from "./walk.ts";

/** A page to be shown. */
export interface Shown {
  /** Of the document; the house's name is added. */
  title: string;
  body: Child;
  /** Scripts ask for the page again this often and exchange what changed. */
  liveSeconds?: number;
  /** What needs the reader, if the page has asked already. */
  needs?: readonly Need[];
}

/** Something was done: where to go, and what to say there. */
export interface Done {
  to: string;
  says?: string;
  tone?: Flash["tone"];
}

/** The fields of a posted form. */
export interface Posted {
  /** The last value of a field, trimmed; empty if there is none. */
  text(name: string): string;
  /** As it was typed: for secrets. */
  exact(name: string): string;
  all(name: string): string[];
  file(name: string): File | null;
}

type C = Context<AppEnv>;

/** Answers a page. `c` is for path parameters and what the kernel put there. */
export type Show = (v: View, c: C) => Promise<Shown> | Shown;

/** Does what a form asks. An `AppError` that it throws is shown to the reader; nothing else is told. */
export type Act = (v: View, form: Posted, c: C) => Promise<Done | Shown>;

/** The pages of one system. */
export interface Pages {
  /** For the system's `pages`. */
  routes: Hono<AppEnv>;
  /** A page; `scope` null: whoever is signed in may see it. */
  show(path: string, scope: string | null, show: Show): void;
  /**
   * The door of a form. What it refuses (4xx) is shown by `again`, with the fields as they were typed and what is wrong with
   * them in `v.refused`; without `again` on a page of its own.
   */
  act(path: string, scope: string | null, act: Act, again?: Show): void;
}

/** Where who is not signed in is sent. */
export const SIGN_IN = "/console/sign-in";
const ASKED_AGAIN = "asked-again";

/** New pages. */
export function newPages(): Pages {
  const routes = new Hono<AppEnv>();
  return {
    routes,
    show: (path, scope, show) => {
      routes.get(path, (c) => guarded(c, scope, (v) => shown(c, v, show)));
    },
    act: (path, scope, act, again) => {
      routes.post(path, (c) => guarded(c, scope, (v) => acted(c, v, act, again)));
    },
  };
}

/** Pages of several files as one, for a system's `pages`. */
export function joinPages(...parts: readonly Pick<Pages, "routes">[]): Hono<AppEnv> {
  const joined = new Hono<AppEnv>();
  for (const { routes } of parts) joined.route("/", routes);
  return joined;
}

/** Whether a path may be gone to after a sign-in: ours, and no other host's. */
export function isOwnPage(path: string): boolean {
  return /^\/(?:console|docs)(?:[/?#][^\\\s]*)?$/.test(path);
}

async function guarded(c: C, scope: string | null, answer: (v: View) => Promise<Response>): Promise<Response> {
  let view: View | null = null;
  try {
    refusePlainHttp(c.req.url);
    const session = await sessionOf(c);
    if (session === null) return signInFirst(c);
    view = await viewOf(c, session);
    if (c.req.method === "GET") view = reading(view);
    c.set("actor", view.actor);
    if (scope !== null && !view.can(scope)) {
      throw new AppError("forbidden", { retry: false, detail: `This key lacks the scope ${scope}.` });
    }
    return await answer(view);
  } catch (error) {
    return await problemPage(c, error, view);
  }
}

function signInFirst(c: C): Response {
  guardHeaders(c);
  const url = new URL(c.req.url);
  if (c.req.method !== "GET") return c.redirect(SIGN_IN, 303);
  // A strict cookie does not come along from another site's link; the same page asked from here, once, has it.
  if (c.req.header("Sec-Fetch-Site") === "cross-site" && !url.searchParams.has(ASKED_AGAIN)) {
    url.searchParams.set(ASKED_AGAIN, "1");
    c.header("Refresh", `0; url=${url.pathname}${url.search}`);
    return c.html("");
  }
  url.searchParams.delete(ASKED_AGAIN);
  const back = url.pathname === "/console" ? "" : `?to=${encodeURIComponent(url.pathname + url.search)}`;
  return c.redirect(SIGN_IN + back, 303);
}

/** The reader of a page that is shown: all that he is told is asked together. */
const reading = (v: View): View => ({ ...v, env: readingEnv(v.env) });

/** Shows a page: it and the navigation ask together. */
async function shown(c: C, v: View, show: Show, status: 200 | AppError["status"] = 200): Promise<Response> {
  askAhead(c.get("house").systems, v);
  return page(c, v, await show(v, c), status);
}

async function page(c: C, v: View, shown: Shown, status: 200 | AppError["status"] = 200): Promise<Response> {
  const nav = await navigation(c.get("house").systems, v, shown.needs);
  guardHeaders(c);
  return c.html(
    <Layout v={v} title={shown.title} nav={nav} liveSeconds={shown.liveSeconds}>
      {shown.body}
    </Layout>,
    status,
  );
}

/** A form is ours if the browser says that it came from here and it carries this session's token. */
async function checkOrigin(c: C, v: View, token: unknown): Promise<void> {
  const origin = c.req.header("Origin");
  const site = c.req.header("Sec-Fetch-Site");
  const foreign = (origin !== undefined && origin !== v.url.origin) || (site !== undefined && site !== "same-origin");
  if (!foreign && typeof token === "string" && (await sameText(token, v.csrf))) return;
  throw new AppError("forbidden", {
    retry: false,
    detail: "This form was not made by this session. Load the page again and repeat.",
  });
}

async function acted(c: C, v: View, act: Act, again: Show | undefined): Promise<Response> {
  const body = await c.req.parseBody({ all: true });
  await checkOrigin(c, v, body[CSRF_FIELD]);
  const form = posted(body);
  let done: Done | Shown;
  try {
    done = await act(v, form, c);
  } catch (error) {
    const known = reported(error, v.requestId);
    if (again === undefined || known.status >= 500 || known.status === 404 || known.code === "forbidden") throw known;
    const { detail, errors } = inReadersWords(v, known);
    v.refused = { detail, errors, values: typed(body) };
    return await shown(c, reading(v), again, known.status);
  }
  forgetCounts();
  if ("body" in done) return page(c, v, done);
  if (done.says !== undefined) setFlash(c, { tone: done.tone ?? "ok", text: done.says });
  guardHeaders(c);
  return c.redirect(done.to, 303);
}

type Body = Record<string, string | File | (string | File)[]>;

const textsOf = (value: Body[string] | undefined) =>
  [value ?? []].flat().filter((part): part is string => typeof part === "string");

function posted(body: Body): Posted {
  const exact = (name: string) => textsOf(body[name]).at(-1) ?? "";
  return {
    exact,
    text: (name) => exact(name).trim(),
    all: (name) => textsOf(body[name]),
    file: (name) => [body[name] ?? []].flat().find((part): part is File => part instanceof File) ?? null,
  };
}

function typed(body: Body): Record<string, string[]> {
  const fields = Object.keys(body).filter((name) => name !== CSRF_FIELD);
  return Object.fromEntries(fields.map((name) => [name, textsOf(body[name])]));
}

/** A failure as a page: within the frame for who is signed in, alone for others. */
export async function problemPage(c: C, error: unknown, view: View | null = null): Promise<Response> {
  const requestId = c.get("requestId");
  const known = reported(error, requestId);
  for (const [name, value] of Object.entries(known.headers)) c.header(name, value);
  const v = view ?? readerWords(c);
  const body = <Problem v={v} error={{ code: known.code, ...inReadersWords(v, known) }} requestId={requestId} />;
  const title = problemTitle(v, known);
  if (view !== null) return page(c, view, { title, body }, known.status);
  guardHeaders(c);
  const alone = (
    <Narrow v={v} title={title}>
      {body}
    </Narrow>
  );
  return c.html(alone, known.status);
}

/** A failure below the console that no page has answered: nothing is there, or the body was too large. */
export async function failurePage(c: C, error: unknown): Promise<Response> {
  return guarded(c, null, () => Promise.reject(error instanceof Error ? error : new Error(String(error))));
}
