// The isolate's memory of links: what holds, what is void, and how much it keeps.
import { describe, expect, test } from "vitest";
import { WarmLinks } from "./warm-links.ts";
import type { WarmLink } from "./warm-links.ts";

const T = 1_763_700_000_000;
const link = (change: Partial<WarmLink> = {}): WarmLink => ({
  tableVersion: 1,
  untilMs: T + 1_000,
  parts: ["https://a.example/?c=", ""],
  url: "https://a.example/",
  storeId: 1,
  code: "001",
  network: "awin",
  ruleVersion: 1,
  outcome: "tracked",
  reason: "",
  tried: [],
  cache: "memory",
  ...change,
});

describe("warm links", () => {
  test("are found by the very text that was asked for", () => {
    const warm = new WarmLinks();
    const kept = link();
    warm.keep("https%3A%2F%2Fa.example%2F", kept);
    expect(warm.find("https%3A%2F%2Fa.example%2F", 1, T)).toBe(kept);
    expect(warm.find("https%3a%2f%2fa.example%2f", 1, T)).toBeNull();
    expect(warm.find("constructor", 1, T)).toBeNull();
  });

  test("are void under another table, and from the moment on that they name", () => {
    const warm = new WarmLinks();
    warm.keep("a", link());
    expect(warm.find("a", 2, T)).toBeNull();
    expect(warm.find("a", 1, T + 999)).not.toBeNull();
    expect(warm.find("a", 1, T + 1_000)).toBeNull();
  });

  test("give way to newer ones", () => {
    const warm = new WarmLinks();
    const newer = link({ tableVersion: 2 });
    warm.keep("a", link());
    warm.keep("a", newer);
    expect(warm.find("a", 2, T)).toBe(newer);
  });

  test("are at most 5,000: what was used lately stays, what was not goes", () => {
    const warm = new WarmLinks();
    warm.keep("used", link());
    warm.keep("unused", link());
    for (let n = 0; n < 20_000; n += 1) {
      warm.keep(`u${n}`, link());
      if (n % 1_000 === 0) expect(warm.find("used", 1, T)).not.toBeNull();
    }
    expect(warm.find("used", 1, T)).not.toBeNull();
    expect(warm.find("unused", 1, T)).toBeNull();
    const left = Array.from({ length: 20_000 }, (_, n) => `u${n}`).filter(
      (raw) => n(raw) >= 15_000 || warm.find(raw, 1, T) !== null,
    );
    expect(left.length).toBeLessThanOrEqual(5_000);
  });

  test("are not kept for a text so long that thousands of it would fill the isolate", () => {
    const warm = new WarmLinks();
    warm.keep("x".repeat(1_024), link());
    warm.keep("x".repeat(1_025), link());
    expect(warm.find("x".repeat(1_024), 1, T)).not.toBeNull();
    expect(warm.find("x".repeat(1_025), 1, T)).toBeNull();
  });
});

function n(raw: string): number {
  return Number(raw.slice(1));
}
