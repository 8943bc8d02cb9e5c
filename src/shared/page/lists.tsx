// Lists that tell something: what needs a person, how a decision was made, what came after what.
import type { Child } from "hono/jsx";
import { ActionButton } from "./form.tsx";
import type { Words } from "./format.ts";
import type { Plural, Text } from "./language.ts";
import type { Need, Tone } from "./overview.ts";
import { Mark } from "./parts.tsx";
import type { View } from "./view.ts";

/** A sentence begins with a word. */
const SMALL = {
  en: ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"],
  pt: ["Uma", "Duas", "Três", "Quatro", "Cinco", "Seis", "Sete", "Oito", "Nove"],
};

const NEED: Plural = [
  { en: "thing needs you.", pt: "coisa pede sua atenção." },
  { en: "things need you.", pt: "coisas pedem sua atenção." },
];
const REST: Text = { en: " Everything else flows.", pt: " O resto flui." };

/** How many things need a person, as a sentence, and that the rest flows, where anything does. */
export function needsSay(v: Words, n: number, flows = true): string {
  return `${SMALL[v.language][n - 1] ?? v.number(n)} ${v.plural(n, ...NEED)}${flows ? v.t(REST) : ""}`;
}

/** What needs a person, each with its one button; the first one's is the page's primary. */
export function Needs({ v, needs }: { v: View; needs: readonly Need[] }) {
  return (
    <ul class="needs">
      {needs.map((need, i) => (
        <li>
          <Mark tone={need.tone} />
          <div>
            <b>{need.sentence}</b>
            {need.detail !== undefined && <small>{need.detail}</small>}
          </div>
          <ActionButton v={v} action={need.action} primary={i === 0} />
        </li>
      ))}
    </ul>
  );
}

/** One step of a decision. */
export interface Step {
  tone: Tone;
  /** In place of the mark's own sign: a number. */
  sign?: string;
  title: Child;
  detail?: Child;
  /** At the right: how long it took, where it came from. */
  aside?: Child;
}

/** How a decision was made, top to bottom. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <ol class="steps">
      {steps.map(({ tone, sign, title, detail, aside }) => (
        <li>
          {sign === undefined ? <Mark tone={tone} /> : <Mark tone={tone} sign={sign} />}
          <div>
            <b>{title}</b>
            {detail !== undefined && <small>{detail}</small>}
          </div>
          <small>{aside ?? ""}</small>
        </li>
      ))}
    </ol>
  );
}

/** One period of a time line, newest first. */
export interface Period {
  when: "past" | "now" | "next";
  title: Child;
  detail?: Child;
  /** A button that ends or cancels it. */
  action?: Child;
}

/** What held when: what is planned, what holds now, what held before. */
export function Timeline({ periods }: { periods: readonly Period[] }) {
  return (
    <ol class="line">
      {periods.map(({ when, title, detail, action }) => (
        <li class={when === "past" ? undefined : when} aria-current={when === "now" ? "true" : undefined}>
          <div>
            {title}
            {detail !== undefined && <small>{detail}</small>}
            {action}
          </div>
        </li>
      ))}
    </ol>
  );
}
