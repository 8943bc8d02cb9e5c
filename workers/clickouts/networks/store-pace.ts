// The pace of calls to a network whose limit is by the minute, in D1: runs, jobs and tests of credentials share one limit.
import { eq, sql } from "drizzle-orm";
import type { Db } from "../../../src/shared/db/client.ts";
import { network } from "../tables.ts";
import type { Network } from "../networks.ts";

/** Limits are by the minute. A clock that was wrong once must not stop a network for longer. */
const LONGEST_MS = 60_000;

/** Takes the next free moment to call a network, at least `paceMs` after the one before it. Returns it in milliseconds. */
export async function reserveCall(db: Db, name: Network, paceMs: number, nowMs: number): Promise<number> {
  const [row] = await db
    .update(network)
    .set({
      nextCallAt: sql`min(max(${network.nextCallAt}, ${nowMs}), ${nowMs + LONGEST_MS}) + ${Math.ceil(paceMs)}`,
    })
    .where(eq(network.name, name))
    .returning({ nextCallAt: network.nextCallAt });
  return row === undefined ? nowMs : row.nextCallAt - Math.ceil(paceMs);
}
