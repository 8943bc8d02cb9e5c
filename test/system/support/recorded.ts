// What the click log has, read through the operator's list.
import { setTimeout as wait } from "node:timers/promises";
import type { House } from "./house.ts";

const SETTLE_MS = 60_000;

/** A recorded click, as far as these tests look. */
export interface Recorded {
  clickoutId: string;
  url: string;
  network: string | null;
  outcome: string;
}

/** Every recorded click, newest first, over all pages. */
export async function recorded(house: House, query = ""): Promise<Recorded[]> {
  const items: Recorded[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, text } = await house.call(`/api/clickouts/visits?limit=500${query}${after}`);
    if (status !== 200) throw new Error(`the list answered ${status}: ${text}`);
    const page = JSON.parse(text) as { items: Recorded[]; nextCursor: string | null };
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Waits until the list holds `count` clicks (a batch is handed over within 50 ms), and answers all ids, sorted. */
export async function recordedIds(house: House, count: number): Promise<string[]> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const ids = (await recorded(house)).map((click) => click.clickoutId);
    if (ids.length >= count || Date.now() > deadline) return ids.toSorted();
    await wait(200);
  }
}
