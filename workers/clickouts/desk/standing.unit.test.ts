// What the figures of networks say, and what they are too few to say.
import { describe, expect, test } from "vitest";
import type { Network } from "../networks.ts";
import { betterThanFirst, figuresOf } from "./standing.ts";
import type { Counted } from "./standing.ts";

const counted = (network: Network, change: Partial<Counted> = {}): Counted => ({
  network,
  served: 100,
  sales: 2,
  epc: { value: "0.40", currency: "BRL" },
  skipped: {},
  approved: 0,
  declined: 0,
  ...change,
});

describe("a network's figures", () => {
  test("are shares of what was asked and of what was decided", () => {
    const skipped = { timeout: 20, rejected: 5 };
    expect(figuresOf(counted("awin", { skipped, approved: 3, declined: 1 }))).toMatchObject({
      failed: 0.2,
      approved: 0.75,
      reasons: [
        { reason: "timeout", clicks: 20 },
        { reason: "rejected", clicks: 5 },
      ],
    });
  });

  test("do not blame it for what we did not set up", () => {
    expect(figuresOf(counted("awin", { skipped: { disabled: 50, no_credentials: 50 } })).failed).toBe(0);
  });

  test("are unknown where nothing happened", () => {
    expect(figuresOf(counted("awin", { served: 0 }))).toMatchObject({ epc: null, approved: null, failed: null });
  });
});

describe("the advice", () => {
  const of = (...all: Counted[]) => new Map(all.map((one) => [one.network, figuresOf(one)]));
  const rich = { epc: { value: "0.58", currency: "BRL" } };

  test("names the best that earns clearly more than the first", () => {
    const standing = of(
      counted("lomadee"),
      counted("awin", { epc: { value: "0.50", currency: "BRL" } }),
      counted("magazinevoce", rich),
    );
    const better = betterThanFirst(["lomadee", "awin", "magazinevoce"], standing);
    expect(better).toMatchObject({ network: "magazinevoce", than: "lomadee" });
    expect(better?.gain).toBeCloseTo(0.45);
  });

  test.for([
    ["too few clicks of the other", of(counted("lomadee"), counted("awin", { ...rich, served: 29 }))],
    ["too few of the first", of(counted("lomadee", { served: 29 }), counted("awin", rich))],
    ["hardly more", of(counted("lomadee"), counted("awin", { epc: { value: "0.43", currency: "BRL" } }))],
    [
      "a first that earned nothing",
      of(counted("lomadee", { epc: { value: "0.00", currency: "BRL" } }), counted("awin", rich)),
    ],
    ["nothing known", new Map()],
  ] as const)("is not given of %s", ([, standing]) => {
    expect(betterThanFirst(["lomadee", "awin"], standing)).toBeNull();
  });
});
