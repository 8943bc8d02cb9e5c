// The CSV twin of a list: RFC 4180, streamed row by row, and harmless in a spreadsheet.
import type { Page } from "./page.ts";

/** The most rows of one answer. */
export const MAX_CSV_ROWS = 50_000;

/** A column: a field by its name, or a heading and what stands under it. Objects and arrays are written as JSON. */
export type Column<T> = (keyof T & string) | { name: string; value: (row: T) => unknown };

/** What a spreadsheet would take for a formula, also behind blanks; a plain negative number is none. */
const FORMULA = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;

/** One field: quoted where needed, an apostrophe before what would run as a formula. */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return "";
  let text = typeof value === "string" ? value : JSON.stringify(value);
  if (FORMULA.test(text) && !NUMBER.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A streamed answer of at most 50,000 rows. Rows are fetched as the reader takes them. */
export function csvResponse<T>(columns: readonly Column<T>[], rows: AsyncIterable<T> | Iterable<T>): Response {
  const encoder = new TextEncoder();
  const line = (fields: readonly unknown[]) => encoder.encode(`${fields.map(csvField).join(",")}\r\n`);
  const nameOf = (column: Column<T>) => (typeof column === "string" ? column : column.name);
  const valueOf = (row: T) => (column: Column<T>) => (typeof column === "string" ? row[column] : column.value(row));
  async function* lines(): AsyncGenerator<Uint8Array> {
    yield line(columns.map(nameOf));
    let count = 0;
    for await (const row of rows) {
      if (++count > MAX_CSV_ROWS) return;
      yield line(columns.map(valueOf(row)));
    }
  }
  const source = lines();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await source.return(undefined);
    },
  });
  return new Response(stream, {
    headers: { "Content-Type": "text/csv; charset=utf-8", "Cache-Control": "no-store" },
  });
}

/**
 * All rows of a paged list, page after page, for its CSV twin. `before` counts the rows so far. The first page is there when
 * the promise is: a list that refuses does so before its answer has begun.
 */
export async function everyPage<T>(
  fetchPage: (cursor: string | undefined, before: number) => Promise<Page<T>>,
): Promise<AsyncGenerator<T>> {
  const first = await fetchPage(undefined, 0);
  async function* rows(): AsyncGenerator<T> {
    let page = first;
    let count = 0;
    for (;;) {
      yield* page.items;
      count += page.items.length;
      if (page.nextCursor === null || count >= MAX_CSV_ROWS) return;
      page = await fetchPage(page.nextCursor, count);
    }
  }
  return rows();
}
