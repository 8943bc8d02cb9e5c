// Links that several pages of clickouts share: to a store by its name, to the same rows as a file.
import type { Text, View } from "../../../src/shared/page/kit.ts";
import { readDays } from "./service-reading.ts";
import type { Desk } from "./service.ts";

const NUMBERED = (id: number): Text => ({ en: `store ${id}`, pt: `loja ${id}` });

/** A store by its name. */
export function StoreLink({ v, id, names }: { v: View; id: number | null; names: ReadonlyMap<number, string> }) {
  if (id === null) return null;
  return <a href={`/console/clickouts/stores/${id}`}>{names.get(id) ?? v.t(NUMBERED(id))}</a>;
}

/** The names of the stores that rows speak of. */
export async function namesFor(desk: Desk, v: View, rows: readonly { storeId: number | null }[]) {
  const ids = new Set(rows.flatMap(({ storeId }) => (storeId === null ? [] : [storeId])));
  const op = desk.open(v);
  return await op.data.storeNames(op.db, [...ids]);
}

/** The same rows as a file: the filters go along, days as instants of the reader's zone. */
export function CsvLink({ v, path }: { v: View; path: string }) {
  const query = new URLSearchParams([...v.url.searchParams].filter(([, value]) => value !== ""));
  query.delete("cursor");
  for (const [name, ms] of Object.entries(readDays(v.url.searchParams, v.zone))) {
    if (ms !== undefined) query.set(name === "fromMs" ? "from" : "to", new Date(ms).toISOString());
  }
  return (
    <a class="button icon" href={`${path}${query.size === 0 ? "" : `?${query.toString()}`}`}>
      CSV
    </a>
  );
}
