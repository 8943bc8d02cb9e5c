// The order memory at its real size: what was sent is found again among a hundred thousand keys, old notes go, rows stay small.
import { expect, test } from "vitest";
import { Disk } from "../../../test/simulation/disk.ts";
import { HOUR_MS } from "../clock.ts";
import { ORDER_MEMORY_TABLES, OrderMemory, PAGE_CHARS } from "./order-memory.ts";
import { MAX_ROW_CHARS } from "./store.ts";

const T = 1_790_000_000_000;
const BATCH = 10_000;
const changes = (batch: number, atMs = T) =>
  Array.from({ length: BATCH }, (_, n) => {
    return { key: `-${6_403_478_910_000_000_000n + BigInt(batch * BATCH + n)}`, value: null, atMs, seq: atMs + batch };
  });

function openMemory() {
  const disk = new Disk();
  const { sql } = disk.open({ dead: false, ended: new Promise(() => {}), step: () => {} });
  for (const statement of ORDER_MEMORY_TABLES.split(";")) sql.exec(statement);
  return { disk, sql, memory: new OrderMemory(sql, 24 * HOUR_MS) };
}

test("finds each of 100,000 keys with its place, in rows that stay small", { timeout: 60_000 }, () => {
  const { disk, sql, memory } = openMemory();
  for (let batch = 0; batch < 10; batch++) {
    memory.note(changes(batch), T);
    memory.tidy(T);
  }
  const some = [0, 5, 9].flatMap((batch) => changes(batch).filter((_, n) => n % 997 === 0));
  const found = memory.lastSent(some.map(({ key }) => key));
  expect(some.every(({ key, seq }) => found.get(key)?.seq === seq)).toBe(true);
  expect(memory.lastSent(["-1"]).size).toBe(0);
  const sizes = [...sql.exec<{ chars: number }>("SELECT length(body) AS chars FROM order_page")].map(
    ({ chars }) => chars,
  );
  expect(sizes.length).toBeGreaterThan(50);
  expect(Math.max(...sizes)).toBeLessThan(2 * PAGE_CHARS);
  expect(disk.count("SELECT max(length(body)) FROM order_log")).toBeLessThan(MAX_ROW_CHARS);
  disk.close();
});

test("keeps the later of two notes, and forgets what is older than it must remember", () => {
  const { disk, memory } = openMemory();
  memory.note(changes(0), T);
  memory.note(changes(0, T + 5), T + 5);
  memory.note(changes(0, T - 5), T + 6);
  memory.tidy(T);
  const { key } = changes(0)[0]!;
  expect(memory.lastSent([key]).get(key)).toMatchObject({ atMs: T + 5 });
  memory.note(changes(1, T + 30 * HOUR_MS), T + 30 * HOUR_MS);
  memory.tidy(T + 30 * HOUR_MS);
  expect(memory.lastSent([key]).size).toBe(0);
  expect(disk.count("SELECT sum(length(body)) FROM order_page")).toBeLessThan(BATCH * 80);
  disk.close();
});
