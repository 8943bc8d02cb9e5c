// The small parts of every page. They own their markup and classes; a page composes them and writes no style.
import type { Child } from "hono/jsx";
import type { Tone } from "./overview.ts";

/** The top of a page: where one is, what it is called, how things are in one sentence, and its buttons. */
export function Head(props: {
  title: Child;
  trail?: readonly { label: string; href: string }[];
  says?: Child;
  children?: Child;
}) {
  const { title, trail = [], says, children } = props;
  return (
    <div class="head">
      <div>
        {trail.length > 0 && (
          <small class="trail">
            {trail.map(({ label, href }, i) => (
              <>
                {i > 0 && " / "}
                <a href={href}>{label}</a>
              </>
            ))}
          </small>
        )}
        <h1>{title}</h1>
        {says !== undefined && <p>{says}</p>}
      </div>
      {children !== undefined && <div class="row">{children}</div>}
    </div>
  );
}

/** A card. `aside` stands at the right of its title; `plain` has no padding, for tables and lists. */
export function Card(props: {
  title?: Child;
  aside?: Child;
  foot?: Child;
  plain?: boolean;
  id?: string;
  children?: Child;
}) {
  const { title, aside, foot, plain = false, id, children } = props;
  return (
    <section class="card" id={id}>
      {title !== undefined && (
        <header>
          <h2>{title}</h2>
          {aside !== undefined && <div class="row">{aside}</div>}
        </header>
      )}
      {plain ? children : <div class="body">{children}</div>}
      {foot !== undefined && <footer>{foot}</footer>}
    </section>
  );
}

/** A state: a mark and a word, never a colour alone. */
export function State({ tone, children }: { tone: Tone; children?: Child }) {
  return <span class={`state ${tone}`}>{children}</span>;
}

/** A small label beside a name. */
export function Tag({ children }: { children?: Child }) {
  return <span class="tag">{children}</span>;
}

const SIGNS: Readonly<Record<Tone, string>> = { ok: "✓", warn: "!", bad: "!", idle: "–" };

/** The square that goes before a line of needs or steps. */
export function Mark({ tone, sign = SIGNS[tone] }: { tone: Tone; sign?: string }) {
  return (
    <span class={`mark ${tone}`} aria-hidden="true">
      {sign}
    </span>
  );
}

/** A message about what has just happened, or what must be known before going on. */
export function Note({ tone, children, live = false }: { tone: Tone; children?: Child; live?: boolean }) {
  return (
    <div class={`note ${tone}`} role={live ? (tone === "bad" ? "alert" : "status") : undefined}>
      {children}
    </div>
  );
}

/** What stands where nothing is yet: what to do first. */
export function Empty({ says, children }: { says: Child; children?: Child }) {
  return (
    <div class="empty">
      <p>{says}</p>
      {children}
    </div>
  );
}

/** What a field was and what it is now. */
export function Diff({ from, to }: { from: string; to: string }) {
  return (
    <span class="diff">
      {from !== "" && <del>{from}</del>} {to !== "" && <ins>{to}</ins>}
    </span>
  );
}

/** A few facts with their names: `{name, value}` in a row; `small` ones are no numbers but ids and words. */
export function Facts({ facts, small = false }: { facts: readonly { name: string; value: Child }[]; small?: boolean }) {
  return (
    <dl class={small ? "facts small" : "facts"}>
      {facts.map(({ name, value }) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** How far long work has come: `done` of `of`. */
export function Progress({ done, of, label }: { done: number; of: number; label: string }) {
  return (
    <progress value={String(done)} max={String(Math.max(of, 1))} aria-label={label}>
      {label}
    </progress>
  );
}
