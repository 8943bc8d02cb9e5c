// What should be, computed the dull way from what was committed to the journal, and what must never be seen on the way:
// a change that nobody put, an older one after a newer one, one that is sent again although its success was known.
import { notOlder } from "../../src/shared/durable/change.ts";
import type { Change } from "../../src/shared/durable/change.ts";

/** A broken promise, in words. */
export class Violation extends Error {
  override name = "Violation";
}

const nameOf = ({ key, value, atMs, seq }: Change<string>) => `${key}=${value}@${atMs}/${seq}`;

/** A row of the journal, read by hand: `[key, value, time, first]`, or of one event `[value, time, keys]`. */
function changesOf(body: string): { key: string; value: string; atMs: number; first?: number | undefined }[] {
  const row = JSON.parse(body) as ([string, string, number, number?] | [string, number, string[]])[];
  return row.flatMap((one) =>
    typeof one[1] === "number"
      ? (one[2] as string[]).map((key) => ({ key, value: one[0], atMs: one[1] as number }))
      : [{ key: one[0], value: one[1], atMs: one[2] as number, first: one[3] }],
  );
}

/** See the head of this file. */
export class Truth {
  /** The change that should hold in the end, by key. */
  readonly newest = new Map<string, Change<string>>();
  readonly #committed = new Map<string, Change<string>>();
  /** The newest that was ever sent, whatever became of it. */
  readonly #sent = new Map<string, Change<string>>();
  /** Confirmed arrivals, with the number of crashes before. A put that was sent again is another arrival of the same event. */
  readonly #confirmed = new Map<string, number>();
  #read = 0;

  /** Takes in rows that were committed since the last time. */
  commit(journalled: readonly string[]): void {
    for (; this.#read < journalled.length; this.#read++) {
      for (const { key, value, atMs, first } of changesOf(journalled[this.#read]!)) {
        // One with a number of its own comes back from parking: it was counted when it came first.
        if (first !== undefined) continue;
        const change = { key, value, atMs, seq: this.#read };
        this.#committed.set(value, change);
        const known = this.newest.get(key);
        if (known === undefined || notOlder(change, known)) this.newest.set(key, change);
      }
    }
  }

  /** Whether a value was committed. */
  has(value: string): boolean {
    return this.#committed.has(value);
  }

  /** A call leaves. */
  sending(changes: readonly Change<string>[], crashes: number): void {
    if (changes.length === 0) throw new Violation("an empty call");
    if (new Set(changes.map(({ key }) => key)).size < changes.length) throw new Violation("a key twice in one call");
    for (const change of changes) {
      if (this.#committed.get(change.value)?.key !== change.key) throw new Violation(`never put: ${nameOf(change)}`);
      const before = this.#sent.get(change.key);
      if (before !== undefined && !notOlder(change, before)) {
        throw new Violation(`older after newer: ${nameOf(change)} after ${nameOf(before)}`);
      }
      this.#sent.set(change.key, change);
      if (this.#confirmed.get(nameOf(change)) === crashes)
        throw new Violation(`confirmed, sent again: ${nameOf(change)}`);
    }
  }

  /** Its success is known. */
  confirmed(changes: readonly Change<string>[], crashes: number): void {
    for (const change of changes) this.#confirmed.set(nameOf(change), crashes);
  }
}
