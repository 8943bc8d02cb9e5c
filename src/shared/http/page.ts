// Lists: `?limit=&cursor=` in, `{items, nextCursor}` out. A cursor is opaque to callers and checked like any input.
import { z } from "@hono/zod-openapi";
import { invalid } from "../errors.ts";

/** The most items of one page. */
export const MAX_LIMIT = 500;

/** The query fields of every list; spread them into the list's own query object. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50).openapi({ description: "Items of a page." }),
  cursor: z.string().max(1_000).optional().openapi({ description: "`nextCursor` of the page before." }),
};

/** A page of a list. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** The answer of a list. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** A position as an opaque text: base64url of JSON. */
export function encodeCursor(position: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(position));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Where a page begins, as the page before said; the list that made it reads it. */
export type Cursor = string | null | undefined;

/** Reads a cursor of `schema`; undefined if none was given, 400 if it is not one of ours. */
export function decodeCursor<T extends z.ZodType>(cursor: Cursor, schema: T): z.output<T> | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw invalid("cursor", "is not a cursor of this list");
  }
}

/** Cuts a page out of `limit + 1` fetched rows; `positionOf` names where the next page begins. */
export function pageOf<T>(rows: readonly T[], limit: number, positionOf: (last: T) => unknown): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor(positionOf(last)) : null };
}
