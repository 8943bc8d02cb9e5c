// A site's promises under many random lives: its shards, its token, and a Maxymiser that fails.
import process from "node:process";
import { describe, expect, test } from "vitest";
import * as access from "../../workers/visitors/access/site-token.ts";
import { TokenKeeper } from "../../workers/visitors/access/token-keeper.ts";
import { Delivery } from "../../workers/visitors/delivery/delivery.ts";
import { liveSite } from "./visitor-story.ts";
import type { SiteEnding } from "./visitor-story.ts";
import { SITE_MUTATIONS, withSiteMutant } from "./visitor-mutants.ts";

const SEEDS = Number(process.env["SEEDS"] ?? 1_000);
/** A mutant that lives through so many seeds would be missed by `npm test`. */
const MUTANT_SEEDS = 1_000;
const trial = { TokenKeeper, Delivery, access };

describe("a site of visitors", () => {
  test(`keeps its promises in ${SEEDS} random lives`, { timeout: 600_000 }, async () => {
    const endings: SiteEnding[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) endings.push(await liveSite(seed, trial));
    expect(
      endings
        .filter(({ broken }) => broken !== null)
        .map(({ seed, broken }) => `npm run simulate -- --site ${seed}: ${broken}`),
    ).toEqual([]);
    const sum = (of: (ending: SiteEnding) => number) => endings.reduce((total, ending) => total + of(ending), 0);
    expect(sum(({ crashes }) => crashes)).toBeGreaterThan(SEEDS);
    expect(sum(({ puts }) => puts)).toBeGreaterThan(SEEDS * 10);
  });

  test("lives the same life from the same seed", async () => {
    const [once, again] = [await liveSite(7, trial, true), await liveSite(7, trial, true)];
    expect(once.lines.length).toBeGreaterThan(20);
    expect(again).toEqual(once);
  });
});

describe("the simulation notices a site that", () => {
  test.for(SITE_MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    "%s",
    { timeout: 120_000 },
    async ([, mutation]) => {
      const seed = await withSiteMutant(mutation, async (mutant) => {
        for (let n = 1; n <= MUTANT_SEEDS; n++) if ((await liveSite(n, mutant)).broken !== null) return n;
        return null;
      });
      expect(seed, "the first seed that breaks a promise").not.toBeNull();
    },
  );
});
