// The demo's visitors in bulk; what they ask for must always be a call that /visit can judge.
import { expect, it } from "vitest";
import { seeded } from "./seeded.ts";
import { nextVisit } from "./visits.ts";

it("visitors are mostly people on known shops, with some bots, refs and unknown shops", () => {
  const random = seeded(7);
  const visits = Array.from({ length: 2_000 }, () => nextVisit(random));
  const share = (fits: (visit: (typeof visits)[number]) => boolean) => visits.filter(fits).length / visits.length;
  expect(share(({ headers }) => /bot|facebook|WhatsApp|curl/.test(headers["User-Agent"] ?? ""))).toBeCloseTo(0.08, 1);
  expect(share(({ path }) => /lojadesconhecida|bazardoze/.test(path))).toBeCloseTo(0.04, 1);
  expect(share(({ path }) => path.includes("&ref=oferta-"))).toBeCloseTo(0.35, 1);
  expect(share(({ person }) => person)).toBeCloseTo(0.92, 1);
  expect(share(({ path }) => path.includes("magazineluiza.com.br"))).toBeGreaterThan(0.02);
});

it("the same chance draws the same visit", () => {
  expect(nextVisit(seeded(3))).toEqual(nextVisit(seeded(3)));
});
