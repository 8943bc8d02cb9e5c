// Messages that a queue set aside, put into the house's database as its consumer of dead letters would.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { House } from "../../system/support/house.ts";

/** The runtime holds the file only while it writes. */
const BUSY_MS = 20_000;

/** One parked message of the queue `clickouts`: a batch of nothing but a count, which its day's log takes. */
const BODY = JSON.stringify({
  queue: "clickouts",
  log: "2026-11-21:0",
  batch: { clicks: [], rejected: { invalid_url: 1 }, waitedMs: [] },
});

/** Parks one message for each id. */
export function park(house: House, ids: readonly string[], queue = "clickouts"): void {
  const dir = join(house.stateDir, "v3", "d1");
  const file = readdirSync(dir, { recursive: true, encoding: "utf8" }).find((name) =>
    /[0-9a-f]{64}\.sqlite$/.test(name),
  );
  const db = new DatabaseSync(join(dir, file ?? ""), { timeout: BUSY_MS });
  const insert = db.prepare(
    "INSERT INTO parked_message (id, queue, body, reason, detail, parked_at) VALUES (?, ?, ?, 'retries_exhausted', 'The queue gave the message up after its last retry.', ?)",
  );
  ids.forEach((id, i) => insert.run(id, queue, BODY, Date.now() - i * 60_000));
  db.close();
}
