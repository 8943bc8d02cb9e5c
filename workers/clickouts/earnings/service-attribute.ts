// Whose sale it is: asks the days' logs for the clicks that a page of a report names, one call for each log.
// A log that is away costs no sale: the click's store is read from its id, and the next report asks again.
import { config } from "../../../src/shared/config.ts";
import { inChunks } from "../../../src/shared/db/chunk.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import type { FoundClick } from "../clicks/click-log.ts";
import { logOf, logsOf } from "../clicks/handover.ts";
import { clickLog } from "../clicks/recorder.ts";
import type { Transaction } from "./transaction.ts";

/** Six connections of an invocation may wait; one is left for D1. */
const LOGS_AT_ONCE = 5;

/** Transactions with what their clicks' logs know, and how many clicks could not be asked for. */
export interface Attributed {
  transactions: Transaction[];
  unasked: number;
}

type Found = Map<string, FoundClick>;

/** Asks each log for its ids; adds what is there to `found`. Returns how many ids were not answered. */
async function ask(env: Env, idsByLog: ReadonlyMap<string, readonly string[]>, found: Found): Promise<number> {
  let unasked = 0;
  for (const logs of inChunks([...idsByLog], LOGS_AT_ONCE)) {
    await Promise.all(
      logs.map(async ([name, ids]) => {
        try {
          for (const click of await clickLog(env, name).find(ids)) found.set(click.clickoutId, click);
        } catch (error) {
          unasked += ids.length;
          log("click_log_not_asked", { level: "warn", log: name, clicks: ids.length, error });
        }
      }),
    );
  }
  return unasked;
}

/** Fills in store and ref of those whose click is ours by form and was not found before. */
export async function attribute(env: Env, transactions: readonly Transaction[]): Promise<Attributed> {
  const shards = config(env).clickoutShards;
  const wanted = transactions.flatMap(({ clickoutId, clickFound }) =>
    clickoutId === null || clickFound ? [] : [clickoutId],
  );
  const ids = [...new Set(wanted)];
  const found: Found = new Map();
  const logs = new Map(Map.groupBy(ids, (id) => logOf(id, shards)));
  let unasked = await ask(env, logs, found);
  const missing = ids.filter((id) => !found.has(id));
  if (shards > 1 && missing.length > 0) {
    // Days from before a change of the shards keep a click elsewhere.
    const others = missing.flatMap((id) =>
      logsOf(id, shards).flatMap((name) => (name === logOf(id, shards) ? [] : [{ id, name }])),
    );
    const byLog = Map.groupBy(others, ({ name }) => name);
    unasked += await ask(env, new Map([...byLog].map(([name, list]) => [name, list.map(({ id }) => id)])), found);
  }
  return {
    unasked,
    transactions: transactions.map((one) => {
      const click = one.clickoutId === null || one.clickFound ? undefined : found.get(one.clickoutId);
      return click === undefined ? one : { ...one, storeId: click.storeId, ref: click.ref, clickFound: true };
    }),
  };
}
