// The disk as the pure core sees it: synchronous SQLite. A Durable Object's storage fits it, and so does `node:sqlite`.
// Limits of the platform that shape every table here stand in this file.

/** What a column may hold here. */
export type Cell = string | number | null;

/** The synchronous SQLite of a Durable Object, as far as we use it. */
export interface Sql {
  exec<T extends Record<string, Cell>>(query: string, ...bindings: Cell[]): Iterable<T> & { toArray(): T[] };
}

/** SQLite and its transactions: what `work` throws undoes what it wrote. */
export interface Store {
  sql: Sql;
  transaction<T>(work: () => T): T;
}

/**
 * A row or a bound text may have 2 MB (Durable Object limits). A UTF-16 unit takes at most three bytes in UTF-8, so this
 * many always fit, without anybody counting bytes.
 */
export const MAX_ROW_CHARS = 600_000;

/** Joins JSON texts by commas into pieces of at most `maxChars` characters and `maxParts` parts; no part may be longer. */
export function packed(parts: Iterable<string>, maxChars = MAX_ROW_CHARS, maxParts = Infinity): string[][] {
  const pieces: string[][] = [];
  let piece: string[] = [];
  let chars = 0;
  for (const part of parts) {
    if (piece.length > 0 && (chars + part.length + 1 > maxChars || piece.length >= maxParts)) {
      pieces.push(piece);
      piece = [];
      chars = 0;
    }
    piece.push(part);
    chars += part.length + 1;
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

/** The Store of a Durable Object. */
export function storeOf(storage: { sql: Sql; transactionSync<T>(work: () => T): T }): Store {
  return { sql: storage.sql, transaction: (work) => storage.transactionSync(work) };
}
