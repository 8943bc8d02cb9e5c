// The buffer's promises under thousands of random lives, and the proof that the simulation would see them broken.
import process from "node:process";
import { describe, expect, test } from "vitest";
import { CoalescingBuffer } from "../../src/shared/durable/buffer.ts";
import { WakeUp } from "../../src/shared/durable/wake-up.ts";
import { live } from "./buffer-story.ts";
import { MUTATIONS, withMutant } from "./mutants.ts";

const SEEDS = Number(process.env["SEEDS"] ?? 1_000);
/** A mutant that lives through so many seeds would be missed by `npm test`. */
const MUTANT_SEEDS = 1_000;

describe("the coalescing buffer", () => {
  test(`keeps its promises in ${SEEDS} random lives`, { timeout: 600_000 }, async () => {
    const broken: string[] = [];
    let crashes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const ending = await live(seed, { CoalescingBuffer, WakeUp });
      crashes += ending.crashes;
      if (ending.broken !== null) broken.push(`npm run simulate -- --seed ${seed}: ${ending.broken}`);
    }
    expect(broken).toEqual([]);
    expect(crashes).toBeGreaterThan(SEEDS);
  });

  test("lives the same life from the same seed", async () => {
    const trial = { CoalescingBuffer, WakeUp };
    const [once, again] = [await live(7, trial, true), await live(7, trial, true)];
    expect(once.lines.length).toBeGreaterThan(20);
    expect(again).toEqual(once);
  });
});

describe("the simulation notices a buffer that", () => {
  test.for(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    "%s",
    { timeout: 120_000 },
    async ([, mutation]) => {
      const seed = await withMutant(mutation, async (mutant) => {
        for (let n = 1; n <= MUTANT_SEEDS; n++) if ((await live(n, mutant)).broken !== null) return n;
        return null;
      });
      expect(seed, "the first seed that breaks a promise").not.toBeNull();
    },
  );
});
