// The door of the console: sign in with a key or a one-time link, sign out. Nothing of the house is shown before.
import { Hono } from "hono";
import type { Context } from "hono";
import { refusePlainHttp } from "../../../src/shared/auth/requires.ts";
import { clearSessionCookie, sessionOf, setSessionCookie } from "../../../src/shared/auth/session-cookie.ts";
import { AppError } from "../../../src/shared/errors.ts";
import {
  Card,
  Narrow,
  Note,
  SIGN_IN,
  guardHeaders,
  inReadersWords,
  isOwnPage,
  newPages,
  problemPage,
  readerWords,
} from "../../../src/shared/page/kit.ts";
import type { Words } from "../../../src/shared/page/kit.ts";
import type { AppEnv } from "../../../src/shared/system.ts";
import { changeOf } from "../change.ts";
import { signInWithKey, signInWithLink, signOut } from "./service.ts";
import type { Visitor } from "./service.ts";

const T = {
  title: { en: "Sign in", pt: "Entrar" },
  key: { en: "Key", pt: "Chave" },
  hint: {
    en: "An API key, or the admin token of this deployment.",
    pt: "Uma chave de API ou o token de administração desta instalação.",
  },
  link: {
    en: "This link signs you in once. It is used up by the button.",
    pt: "Este link permite entrar uma única vez. Ao apertar o botão, ele se encerra.",
  },
  signIn: { en: "Sign in", pt: "Entrar" },
  ended: { en: "You are signed out.", pt: "Você saiu." },
  noKey: {
    en: "No key yet? Whoever runs this deployment makes one under Keys, or sends you a one-time link.",
    pt: "Ainda sem chave? Quem cuida desta instalação cria uma em Chaves ou lhe envia um link de uso único.",
  },
} as const;

type C = Context<AppEnv>;

const door = new Hono<AppEnv>();

function formPage(v: Words, props: { to: string; link?: string; refused?: string; says?: string }) {
  const { to, link, refused, says } = props;
  return (
    <Narrow v={v} title={v.t(T.title)}>
      <h1>{v.t(T.title)}</h1>
      {refused !== undefined && (
        <Note tone="bad" live>
          {refused}
        </Note>
      )}
      {says !== undefined && (
        <Note tone="idle" live>
          {says}
        </Note>
      )}
      <Card>
        <form method="post" action={SIGN_IN} class="form">
          <input type="hidden" name="to" value={to} />
          {link === undefined ? (
            <div class="field">
              <label for="key">{v.t(T.key)}</label>
              <input
                id="key"
                name="key"
                type="password"
                required
                autocomplete="current-password"
                aria-describedby="hint"
              />
              <small id="hint">{v.t(T.hint)}</small>
            </div>
          ) : (
            <>
              <input type="hidden" name="link" value={link} />
              <p>{v.t(T.link)}</p>
            </>
          )}
          <button class="primary">{v.t(T.signIn)}</button>
        </form>
      </Card>
      <small>{v.t(T.noKey)}</small>
    </Narrow>
  );
}

const whereTo = (asked: unknown) => (typeof asked === "string" && isOwnPage(asked) ? asked : "/console");

door.get(SIGN_IN, async (c) => {
  try {
    refusePlainHttp(c.req.url);
    const to = whereTo(c.req.query("to"));
    const link = c.req.query("link");
    if (link === undefined && (await sessionOf(c)) !== null) return c.redirect(to, 303);
    const v = readerWords(c);
    guardHeaders(c);
    const says = c.req.query("ended") === undefined ? {} : { says: v.t(T.ended) };
    return await c.html(formPage(v, { to, ...(link === undefined ? {} : { link }), ...says }));
  } catch (error) {
    return problemPage(c, error);
  }
});

function visitorOf(c: C): Visitor {
  return {
    env: c.env,
    deps: c.get("deps"),
    requestId: c.get("requestId"),
    address: c.req.header("CF-Connecting-IP") ?? "",
    agent: c.req.header("User-Agent") ?? "",
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  };
}

/** A form of another site could sign a reader in as somebody else. */
function refuseForeign(c: C): void {
  const origin = c.req.header("Origin");
  const site = c.req.header("Sec-Fetch-Site");
  if ((origin === undefined || origin === new URL(c.req.url).origin) && (site === undefined || site === "same-origin"))
    return;
  throw new AppError("forbidden", { retry: false, detail: "This form came from another site." });
}

door.post(SIGN_IN, async (c) => {
  try {
    refusePlainHttp(c.req.url);
    refuseForeign(c);
    const { key = "", link, to } = await c.req.parseBody();
    const next = whereTo(to);
    try {
      const visitor = visitorOf(c);
      const signedIn =
        typeof link === "string"
          ? signInWithLink(visitor, link)
          : signInWithKey(visitor, typeof key === "string" ? key.trim() : "");
      await setSessionCookie(c, await signedIn);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const v = readerWords(c);
      guardHeaders(c);
      for (const [name, value] of Object.entries(error.headers)) if (name !== "WWW-Authenticate") c.header(name, value);
      return await c.html(formPage(v, { to: next, refused: inReadersWords(v, error).detail }), error.status);
    }
    guardHeaders(c);
    return c.redirect(next, 303);
  } catch (error) {
    return problemPage(c, error);
  }
});

/** The door, and the way out. */
export const signInPages = newPages();

signInPages.routes.route("/", door);

signInPages.act("/console/sign-out", null, async (_v, _form, c) => {
  const session = await sessionOf(c);
  if (session !== null) await signOut(changeOf(c), session);
  clearSessionCookie(c);
  return { to: `${SIGN_IN}?ended` };
});
