// What an address makes of a rule's order.
import { describe, expect, test } from "vitest";
import { draftOf } from "./rule-draft.ts";

const RULE = ["lomadee", "magazinevoce", "awin"] as const;
const draft = (query: string) => draftOf(new URLSearchParams(query), RULE).join(" ");

describe("a draft of a rule", () => {
  test.for([
    ["", "lomadee magazinevoce awin"],
    ["order=awin&order=lomadee", "awin lomadee"],
    ["order=awin,lomadee", "awin lomadee"],
    ["order=lomadee&order=awin&move=awin+up", "awin lomadee"],
    ["order=lomadee&order=awin&move=awin+down", "lomadee awin"],
    ["order=lomadee&order=awin&remove=lomadee", "awin"],
    ["order=lomadee&add=rakuten", "lomadee rakuten"],
    ["order=lomadee&add=lomadee", "lomadee"],
    ["add=rakuten", "rakuten"],
    ["order=ebay&order=awin&order=awin", "awin"],
    ["move=ebay+up", "lomadee magazinevoce awin"],
    ["remove=awin", "lomadee magazinevoce"],
  ] as const)("“%s” is %s", ([query, order]) => {
    expect(draft(query)).toBe(order);
  });
});
