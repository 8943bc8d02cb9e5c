// The frame of every page: document head, navigation, search, who is signed in. No inline script or style, ever.
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { CSRF_FIELD } from "./form.tsx";
import type { Words } from "./format.ts";
import type { Text } from "./language.ts";
import type { NavItem } from "./overview.ts";
import { Note } from "./parts.tsx";
import type { View } from "./view.ts";

const T = {
  sections: { en: "Sections", pt: "Seções" },
  overview: { en: "Overview", pt: "Visão geral" },
  setUp: { en: "Set-up", pt: "Configuração" },
  find: { en: "Find an id", pt: "Procurar um id" },
  findHint: {
    en: "Find a click, purchase, contact, user, MPID or request id",
    pt: "Procure um clique, compra, contato, usuário, MPID ou id de requisição",
  },
  demo: { en: "demo", pt: "demonstração" },
  signOut: { en: "Sign out", pt: "Sair" },
  skip: { en: "To the content", pt: "Ir para o conteúdo" },
  waiting: (n: number): Text => ({ en: `${n} waiting for you`, pt: `${n} à sua espera` }),
} as const;

/** A line of the navigation as it is shown. */
export interface NavLine extends Pick<NavItem, "label" | "path" | "setUp"> {
  /** How many things wait there. */
  count: number;
}

/** The document around a page; `narrow` pages (sign-in, problems without a session) have no navigation. */
export function Document({ v, title, children }: { v: Words; title: string; children?: Child }) {
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={v.htmlLang} data-zone={v.zone}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} · Sluice`}</title>
          <link rel="icon" href="/assets/sluice.svg" type="image/svg+xml" />
          <link rel="stylesheet" href="/assets/page-style.css" />
          <script type="module" src="/assets/page.js"></script>
        </head>
        <body>{children}</body>
      </html>
    </>
  );
}

/** The name of the house with its gate. */
export function Brand() {
  return (
    <>
      <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
        <rect x="1.5" y="1.5" width="17" height="17" rx="5" fill="none" stroke="currentColor" stroke-width="1.6" />
        <path d="M6 1.5v17M14 1.5v17" stroke="currentColor" stroke-width="1.6" />
        <path d="M6 11.5c2-2 3 1.6 4.2.2S12.600 9.500 14 11.500V17H6z" fill="currentColor" />
      </svg>
      Sluice
    </>
  );
}

function NavLink({ v, line, current }: { v: View; line: NavLine; current: boolean }) {
  return (
    <a class="item" href={line.path} aria-current={current ? "page" : undefined}>
      {v.t(line.label)}
      {line.count > 0 && (
        <span class="count">
          <span aria-hidden="true">{line.count}</span>
          <span class="unseen">{v.t(T.waiting(line.count))}</span>
        </span>
      )}
    </a>
  );
}

/** The path of the navigation that a page belongs to: the longest that it stands below. Pure. */
export function currentLine(path: string, lines: readonly { path: string }[]): string {
  const above = lines.filter((line) => path === line.path || path.startsWith(`${line.path}/`));
  return above.toSorted((a, b) => b.path.length - a.path.length)[0]?.path ?? "";
}

/** A page of the console. `liveSeconds` lets scripts ask for it again and exchange what changed. */
export function Layout(props: {
  v: View;
  title: string;
  nav: readonly NavLine[];
  liveSeconds?: number | undefined;
  children?: Child;
}) {
  const { v, title, nav, liveSeconds, children } = props;
  const all = [{ label: T.overview, path: "/console", count: 0 }, ...nav];
  const current = currentLine(v.url.pathname, all);
  const setUp = nav.filter((line) => line.setUp === true);
  const link = (line: NavLine) => <NavLink v={v} line={line} current={line.path === current} />;
  return (
    <Document v={v} title={title}>
      <a class="skip" href="#main">
        {v.t(T.skip)}
      </a>
      <div class="shell">
        <nav class="rail" aria-label={v.t(T.sections)}>
          <a class="brand" href="/console">
            <Brand />
          </a>
          {all.filter((line) => !setUp.includes(line)).map(link)}
          {setUp.length > 0 && <div class="group">{v.t(T.setUp)}</div>}
          {setUp.map(link)}
        </nav>
        <div class="column">
          <header class="top">
            <form class="find" role="search" action="/console/find">
              <input
                type="search"
                name="id"
                aria-label={v.t(T.find)}
                placeholder={v.t(T.findHint)}
                autocomplete="off"
                maxlength={100}
              />
            </form>
            <div class="right">
              {v.demo && <span class="tag demo">{v.t(T.demo)}</span>}
              <a class="muted who" href="/console/sessions">
                {v.name}
              </a>
              <form method="post" action="/console/sign-out" class="inline">
                <input type="hidden" name={CSRF_FIELD} value={v.csrf} />
                <button class="link">{v.t(T.signOut)}</button>
              </form>
            </div>
          </header>
          <main id="main" tabindex={-1} data-live={v.refused === null ? liveSeconds : undefined}>
            {v.flash !== null && (
              <Note tone={v.flash.tone} live>
                {v.flash.text}
              </Note>
            )}
            {v.refused !== null && (
              <Note tone="bad" live>
                {v.refused.detail}
              </Note>
            )}
            {children}
          </main>
        </div>
      </div>
    </Document>
  );
}

/** A page without navigation: one calm column. */
export function Narrow({ v, title, children }: { v: Words; title: string; children?: Child }) {
  return (
    <Document v={v} title={title}>
      <main class="narrow" id="main">
        <a class="brand" href="/console">
          <Brand />
        </a>
        {children}
      </main>
    </Document>
  );
}
