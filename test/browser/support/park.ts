// Messages that a queue set aside, put into the house's database as its consumer of dead letters would.
import { wrangler } from "../../../scripts/worker-process.ts";
import type { House } from "../../system/support/house.ts";

/** One parked message of the queue `clickouts`: a batch of nothing but a count, which its day's log takes. */
const BODY = JSON.stringify({
  queue: "clickouts",
  log: "2026-11-21:0",
  batch: { clicks: [], rejected: { invalid_url: 1 }, waitedMs: [] },
});

/** Parks one message for each id. */
export function park(house: House, ids: readonly string[], queue = "clickouts"): void {
  const rows = ids.map(
    (id, i) =>
      `('${id}', '${queue}', '${BODY}', 'retries_exhausted', 'The queue gave the message up after its last retry.', ${Date.now() - i * 60_000})`,
  );
  const sql = `INSERT INTO parked_message (id, queue, body, reason, detail, parked_at) VALUES ${rows.join(", ")}`;
  wrangler(["d1", "execute", "DB", "--local", "--env=", "--persist-to", house.stateDir, "--command", sql]);
}
