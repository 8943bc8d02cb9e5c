// Click ids: unique, sorted by time, readable back, safe in every sub-id field.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_STORE_ID, newClickId, readClickId, storeCode, timeCode } from "./click-id.ts";

const times = fc.integer({ min: 0, max: 253_402_300_799_000 });
const stores = fc.integer({ min: 0, max: MAX_STORE_ID });

describe("a click id", () => {
  test("tells its time and its store, whatever they are", () => {
    fc.assert(
      fc.property(times, stores, (atMs, storeId) => {
        const id = newClickId(atMs, storeCode(storeId));
        expect(id).toMatch(/^[0-9a-z]{26}$/);
        expect(readClickId(id)).toEqual({ atMs, storeId });
      }),
    );
  });

  test("sorts by time, whatever the stores are", () => {
    fc.assert(
      fc.property(times, times, stores, stores, (one, other, storeA, storeB) => {
        fc.pre(one < other);
        expect(newClickId(one, storeCode(storeA)) < newClickId(other, storeCode(storeB))).toBe(true);
      }),
    );
  });

  test("is not given twice in a hundred thousand of one millisecond and one store", () => {
    const ids = new Set(Array.from({ length: 100_000 }, () => newClickId(1_763_700_000_000, "0a1")));
    expect(ids.size).toBe(100_000);
  });

  test("draws each of its thirteen random places from all 36 digits", () => {
    const seen = Array.from({ length: 13 }, () => new Set<string>());
    for (let n = 0; n < 5_000; n += 1) {
      const random = newClickId(1_763_700_000_000, "000").slice(13);
      seen.forEach((digits, place) => digits.add(random.charAt(place)));
    }
    expect(seen.map((digits) => digits.size)).toEqual(Array.from({ length: 13 }, () => 36));
  });

  test("begins with the code of its time, which is the lower bound of all ids of that instant", () => {
    const id = newClickId(1_763_700_000_000, storeCode(7));
    expect(id.startsWith(timeCode(1_763_700_000_000))).toBe(true);
    expect(timeCode(1_763_700_000_000) < id).toBe(true);
    expect(id < timeCode(1_763_700_000_001)).toBe(true);
  });

  test("has room for stores up to zzz", () => {
    expect([storeCode(0), storeCode(35), storeCode(MAX_STORE_ID)]).toEqual(["000", "00z", "zzz"]);
  });

  test.for([
    "",
    "c_01HX",
    "0".repeat(25),
    "0".repeat(27),
    `${"0".repeat(25)}A`,
    `${"0".repeat(25)}-`,
    `${"0".repeat(26)}\n`,
  ])("is not read from %j", (text) => {
    expect(readClickId(text)).toBeNull();
  });
});
