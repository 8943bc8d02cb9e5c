// The routing table of a large company: how big it is, how long its publication takes, and what an isolate pays to take it.
// The control is the same with the stores of a small company, so that what remains is the size's own cost.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { compile } from "../workers/clickouts/redirect/compiled.ts";
import type { RoutingTable } from "../workers/clickouts/redirect/table.ts";
import budget from "./budget.json" with { type: "json" };
import { openHouse } from "./house.ts";
import { median, note, verdict } from "./verdict.ts";

const SMALL = 20;
const ROUNDS = 5;
const BASES = {
  awin: "https://www.awin1.com",
  rakuten: "https://click.linksynergy.com",
  digidip: "https://{account}.digidip.net",
  magazineVoce: "https://www.magazinevoce.com.br",
};

/** Stores with a domain, awin and lomadee in their rule; every fourth has a second domain. */
function fill(stateDir: string, stores: number): void {
  const dir = join(stateDir, "v3", "d1");
  const file = readdirSync(dir, { recursive: true, encoding: "utf8" }).find((name) =>
    /[0-9a-f]{64}\.sqlite$/.test(name),
  );
  const db = new DatabaseSync(join(dir, file ?? ""));
  const ids = `WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${stores})`;
  db.exec(`
    INSERT INTO store (id, name, created_at) ${ids} SELECT id, 'Loja de nome comum ' || id, 0 FROM n;
    INSERT INTO store_url (domain, store_id) ${ids} SELECT 'loja-numero-' || id || '.example', id FROM n;
    INSERT INTO store_url (domain, store_id) ${ids} SELECT 'outlet-' || id || '.example', id FROM n WHERE id % 4 = 0;
    INSERT INTO network_store (store_id, network_id, external_id, settings, state, since, revision)
      ${ids} SELECT id, 2, 10000 + id, '{}', 'joined', 0, 1 FROM n;
    INSERT INTO network_store (store_id, network_id, external_id, settings, state, since, revision)
      ${ids} SELECT id, 4, 50000 + id, '{}', 'joined', 0, 1 FROM n;
    INSERT INTO rule (version, store_id, network_id, order_priority, started_at, ended_at, author, cause, created_at)
      ${ids} SELECT id, id, 2, 0, 0, 253402300799000, 'seed', 'seed', 0 FROM n;
    INSERT INTO rule (version, store_id, network_id, order_priority, started_at, ended_at, author, cause, created_at)
      ${ids} SELECT id, id, 4, 1, 0, 253402300799000, 'seed', 'seed', 0 FROM n;
    UPDATE routing_version SET version = ${stores + 1};`);
  db.close();
}

/** The largest value in KV: the newest table, as it was published. */
function publishedTable(stateDir: string): string {
  const dir = join(stateDir, "v3", "kv");
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).map((name) => join(dir, name));
  const blobs = files.filter((file) => file.includes("blobs") && statSync(file).isFile());
  return readFileSync(blobs.toSorted((a, b) => statSync(b).size - statSync(a).size)[0]!, "utf8");
}

interface Measured {
  text: string;
  publishMs: number;
  firstVisitMs: number;
}

async function measure(stores: number): Promise<Measured> {
  const house = await openHouse(false, {}, (stateDir) => fill(stateDir, stores));
  try {
    const timed = async (path: string, init: RequestInit, expected: number) => {
      const startedAt = performance.now();
      const response = await fetch(`${house.origin}${path}`, { redirect: "manual", ...init });
      const body = await response.text();
      if (response.status !== expected) throw new Error(`${path} answered ${response.status}: ${body}`);
      return performance.now() - startedAt;
    };
    const product = encodeURIComponent(`https://loja-numero-${stores}.example/p/1`);
    const headers = { Authorization: `Bearer ${house.adminToken}`, "Content-Type": "application/json" };
    await timed("/health", {}, 200);
    // An isolate without a table: nothing is published yet, so it builds one, as in the worst hour.
    const firstVisitMs = await timed(`/visit?url=${product}`, {}, 302);
    const change = (enabled: boolean) =>
      timed("/api/clickouts/networks/awin", { method: "PATCH", headers, body: JSON.stringify({ enabled }) }, 200);
    const published: number[] = [];
    for (let round = 0; round < ROUNDS; round++) published.push(await change(round % 2 === 1));
    return { text: publishedTable(house.stateDir), publishMs: median(published), firstVisitMs };
  } finally {
    await house.close();
  }
}

/** What taking a table costs an isolate: parsing and compiling (ms), and what it keeps of it (MiB). */
function taking(text: string): { ms: number; heldMiB: number } {
  const times: number[] = [];
  const held: unknown[] = [];
  const before = heapBytes();
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    held.push(compile(JSON.parse(text) as RoutingTable, BASES));
    times.push(performance.now() - startedAt);
  }
  return { ms: median(times), heldMiB: (heapBytes() - before) / held.length / 2 ** 20 };
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Measures both companies. */
export async function tableBench(): Promise<void> {
  const { stores, sizeMiB, takingMs, heldMiB } = budget.table;
  const small = await measure(SMALL);
  const large = await measure(stores);
  const took = taking(large.text);
  const size = Buffer.byteLength(large.text) / 2 ** 20;
  const name = `routing table, ${stores} stores`;
  verdict(`${name}, size`, `${size.toFixed(1)} MiB`, `<= ${sizeMiB} MiB of the 25 that KV takes`, size <= sizeMiB);
  verdict(`${name}, parse and compile`, `${took.ms.toFixed(0)} ms`, `<= ${takingMs} ms`, took.ms <= takingMs);
  verdict(
    `${name}, kept in memory`,
    `${took.heldMiB.toFixed(0)} MiB`,
    `<= ${heldMiB} MiB of an isolate's 128`,
    took.heldMiB <= heldMiB,
  );
  note(
    `publication by an operator's change: ${large.publishMs.toFixed(0)} ms, ${SMALL} stores ${small.publishMs.toFixed(0)} ms`,
  );
  note(
    `first visit of an isolate when nothing is published: ${large.firstVisitMs.toFixed(0)} ms, ${SMALL} stores ${small.firstVisitMs.toFixed(0)} ms`,
  );
}
