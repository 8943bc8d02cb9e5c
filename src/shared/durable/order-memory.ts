// Which change of each key was the last one sent. It answers two questions with one look: is this change older than what the
// upstream has (then it is stale), and was it sent already, before the drain was interrupted (then it is done).
// It must never be written before the upstream confirmed, and never be behind a removal from the journal.
import { HOUR_MS } from "../clock.ts";
import { hashOf, notOlder } from "./change.ts";
import type { Change, Place } from "./change.ts";
import { packed } from "./store.ts";
import type { Sql } from "./store.ts";

/** What a page should hold on average, and a row of the log at most: small enough that a drain of few keys parses little. */
export const PAGE_CHARS = 64_000;
/**
 * The log is folded into the pages when it has a tenth of a page's size per page: a fold writes every page, and a note has
 * some 60 characters, so that folding costs less than a hundredth of a row per note. A memory of few pages waits for two log rows.
 */
const LOG_PAGES_PER_PAGE = 1 / 10;
const LEAST_LOG_PAGES = 2;

/** A log, as one row per key would be billed; pages by hash, as a log alone would have to be read whole. */
export const ORDER_MEMORY_TABLES = `
CREATE TABLE order_log (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE order_page (page INTEGER PRIMARY KEY, body TEXT NOT NULL)`;

interface Note extends Place {
  key: string;
  /** Hours since 1970, when it was sent. */
  hour: number;
}

/** Notes lie flat and without brackets, so that a log row grows by appending text. */
const textOf = ({ key, atMs, seq, hour }: Note) => `${JSON.stringify(key)},${atMs},${seq},${hour}`;

function* notesOf(body: string): Generator<Note> {
  const flat = JSON.parse(`[${body}]`) as (string | number)[];
  for (let i = 0; i < flat.length; i += 4) {
    yield {
      key: flat[i] as string,
      atMs: flat[i + 1] as number,
      seq: flat[i + 2] as number,
      hour: flat[i + 3] as number,
    };
  }
}

function keepLater(notes: Map<string, Note>, note: Note): void {
  const known = notes.get(note.key);
  if (known === undefined || notOlder(note, known)) notes.set(note.key, note);
}

/** See the head of this file. */
export class OrderMemory {
  readonly #sql: Sql;
  readonly #keepMs: number;
  readonly #pageChars: number;

  constructor(sql: Sql, keepMs: number, pageChars = PAGE_CHARS) {
    this.#sql = sql;
    this.#keepMs = keepMs;
    this.#pageChars = pageChars;
  }

  /** The place of the newest change that was sent, for those of these keys that are remembered. */
  lastSent(keys: Iterable<string>): Map<string, Place> {
    const wanted = new Set(keys);
    const found = new Map<string, Note>();
    const look = (body: string) => {
      for (const note of notesOf(body)) if (wanted.has(note.key)) keepLater(found, note);
    };
    const pages = this.#pageCount();
    const touched = new Set<number>();
    for (const key of pages === 0 ? [] : wanted) touched.add(hashOf(key) % pages);
    for (const page of touched) look(this.#page(page));
    for (const { body } of this.#log()) look(body);
    return found;
  }

  /** Remembers that these were sent. */
  note(changes: readonly Change<unknown>[], nowMs: number): void {
    const hour = Math.floor(nowMs / HOUR_MS);
    for (const piece of packed(changes.map(({ key, atMs, seq }) => textOf({ key, atMs, seq, hour })))) {
      const text = piece.join(",");
      const [last] = this.#sql
        .exec<{ id: number; chars: number }>("SELECT id, length(body) AS chars FROM order_log ORDER BY id DESC LIMIT 1")
        .toArray();
      if (last !== undefined && last.chars + text.length < this.#pageChars) {
        this.#sql.exec("UPDATE order_log SET body = body || ',' || ? WHERE id = ?", text, last.id);
      } else {
        this.#sql.exec("INSERT INTO order_log VALUES (?, ?)", (last?.id ?? 0) + 1, text);
      }
    }
  }

  /** Folds the log into the pages once it is long enough, and forgets what nothing that comes after `asOfMs` needs. */
  tidy(asOfMs: number): void {
    const log = this.#log();
    const logChars = log.reduce((sum, { body }) => sum + body.length, 0);
    const before = this.#pageCount();
    if (logChars < Math.max(LEAST_LOG_PAGES, before * LOG_PAGES_PER_PAGE) * this.#pageChars) return;
    const [pages] = this.#sql
      .exec<{ chars: number | null }>("SELECT sum(length(body)) AS chars FROM order_page")
      .toArray();
    const after = 2 ** Math.ceil(Math.log2(Math.max(1, (logChars + (pages?.chars ?? 0)) / this.#pageChars)));
    this.#fold(log, before, after, Math.floor((asOfMs - this.#keepMs) / HOUR_MS));
  }

  /**
   * Rewrites all pages, from `before` to `after` of them (powers of two). Pages that are alike modulo the smaller number
   * exchange notes only among themselves, so they are taken one such family at a time: memory stays small.
   */
  #fold(log: readonly { body: string }[], before: number, after: number, oldestHour: number): void {
    const families = Math.max(1, Math.min(before, after));
    const logged = Array.from({ length: families }, (): Note[] => []);
    for (const { body } of log) for (const note of notesOf(body)) logged[hashOf(note.key) % families]!.push(note);
    for (const [family, fresh] of logged.entries()) {
      const kept = new Map<string, Note>();
      for (let page = family; page < before; page += families) {
        for (const note of notesOf(this.#page(page))) keepLater(kept, note);
      }
      for (const note of fresh) keepLater(kept, note);
      const bodies = new Map<number, string[]>();
      for (let page = family; page < after; page += families) bodies.set(page, []);
      for (const note of kept.values()) {
        if (note.hour >= oldestHour) bodies.get(hashOf(note.key) % after)!.push(textOf(note));
      }
      for (const [page, texts] of bodies) {
        this.#sql.exec("INSERT OR REPLACE INTO order_page VALUES (?, ?)", page, texts.join(","));
      }
    }
    this.#sql.exec("DELETE FROM order_page WHERE page >= ?", after);
    this.#sql.exec("DELETE FROM order_log");
  }

  #log(): { body: string }[] {
    return this.#sql.exec<{ body: string }>("SELECT body FROM order_log ORDER BY id").toArray();
  }

  #page(page: number): string {
    return (
      this.#sql.exec<{ body: string }>("SELECT body FROM order_page WHERE page = ?", page).toArray()[0]?.body ?? ""
    );
  }

  #pageCount(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM order_page").toArray()[0]?.n ?? 0;
  }
}
