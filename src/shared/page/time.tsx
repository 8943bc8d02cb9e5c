// Times and ids as every page writes them: the reader's zone with UTC on hover, ids shortened in the middle and copied whole.
import type { Text } from "./language.ts";
import type { Words } from "./format.ts";
import { utcText } from "./format.ts";

const COPY: Text = { en: "Copy", pt: "Copiar" };

/** How much of an instant is written. */
export type TimeStyle = "time" | "clock" | "date";

/** An instant. `style`: `time` (14:32, or with its date), `clock` (14:32:08), `date`. */
export function Time({ v, at, style = "time" }: { v: Words; at: number; style?: TimeStyle }) {
  return (
    <time datetime={new Date(at).toISOString()} title={utcText(at)} data-time={style}>
      {v[style](at)}
    </time>
  );
}

const WHOLE_LENGTH = 24;
const KEPT_START = 12;
const KEPT_END = 6;

/** `0mi2k3x9f000…d4b1c2`: the beginning tells the time, the end tells it from its neighbours. Pure. */
export function shortened(id: string): string {
  return id.length <= WHOLE_LENGTH ? id : `${id.slice(0, KEPT_START)}…${id.slice(-KEPT_END)}`;
}

/** An id in monospace: shortened, whole on hover, and whole in the clipboard. */
export function Id({ value, href }: { value: string; href?: string }) {
  const text = shortened(value);
  const inner = (
    <span class="id" title={value} data-copy={value}>
      {text}
    </span>
  );
  return href === undefined ? inner : <a href={href}>{inner}</a>;
}

/** A text to take along, with a button to copy it; without scripts it is selected by a triple click. */
export function Copyable({ v, text, children }: { v: Words; text: string; children?: unknown }) {
  return (
    <div class="result">
      <code>{(children as string) ?? text}</code>
      <button type="button" class="icon" data-copy={text} hidden>
        {v.t(COPY)}
      </button>
    </div>
  );
}
