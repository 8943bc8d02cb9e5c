// What a system gives to the console besides its pages: its place in the navigation, its tile, its needs, what it finds.
import type { Child } from "hono/jsx";
import type { Text } from "./language.ts";

/** The four states; each is shown as a mark with a word. */
export type Tone = "ok" | "warn" | "bad" | "idle";

/** A line of the navigation. */
export interface NavItem {
  label: Text;
  /** `/console/<system>`, or a page below `/console` of the console's own. */
  path: string;
  /** Who lacks it does not see the line. */
  scope: string;
  /** Stands under "Set-up". */
  setUp?: true;
}

/** What one button does: leads somewhere, or posts a form. */
export type Action =
  | { label: string; href: string }
  | { label: string; post: string; fields?: Readonly<Record<string, string>> };

/** Something that a person must look at, with its one button. */
export interface Need {
  /** Stable while the need lasts. */
  id: string;
  tone: "bad" | "warn";
  /** One sentence, with its full stop. */
  sentence: string;
  /** What is safe, what waits, until when. */
  detail?: Child;
  /** Milliseconds; the oldest stands first. */
  sinceMs: number | null;
  action: Action;
  /** The page to whose line in the navigation it counts; default: where the button leads. */
  page?: string;
}

/** A system on the overview. */
export interface TileData {
  state: { tone: Tone; word: string };
  /** The one number, written for the reader. */
  value: string;
  /** What the number counts. */
  unit: string;
  /** The last 24 hours, oldest first, and what a screen reader says of them. */
  spark?: { points: readonly number[]; label: string };
  /** What waits, or what comes next. */
  foot?: string;
}

/** Something that bears the id that was looked for. */
export interface Found {
  /** What it is: "click", "run". */
  kind: string;
  title: string;
  detail?: Child;
  href?: string;
  /** Milliseconds. */
  atMs?: number;
}

/** A step of setting the house up. */
export interface SetUpStep {
  /** A verb first: "Add a store". */
  label: string;
  detail?: string;
  done: boolean;
  href: string;
}
