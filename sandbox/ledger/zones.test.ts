// Wall clocks of zones, decimals of amounts, and the clock that can be moved.
import { describe, expect, it } from "vitest";
import { decimalNumber, decimalText } from "./amounts.ts";
import { virtualClock } from "./clock.ts";
import { daysOf, instantOf, SAO_PAULO, wallClock } from "./zones.ts";

describe("zones", () => {
  it("say the local time and take it back", () => {
    const late = Date.UTC(2026, 4, 2, 2, 30);
    expect(wallClock(late, SAO_PAULO)).toBe("2026-05-01T23:30:00");
    expect(wallClock(late, "Europe/Berlin")).toBe("2026-05-02T04:30:00");
    for (const zone of ["UTC", SAO_PAULO, "Europe/Berlin", "US/Eastern", "Canada/Pacific"]) {
      for (let hour = 0; hour < 8_760; hour += 97) {
        const ms = Date.UTC(2026, 0, 1, hour, 30);
        expect(instantOf(wallClock(ms, zone), zone)).toBe(ms);
      }
    }
  });

  it("bound whole days", () => {
    expect(daysOf("2026-05-01", "2026-05-02", SAO_PAULO)).toEqual({
      from: Date.UTC(2026, 4, 1, 3),
      to: Date.UTC(2026, 4, 3, 3) - 1,
    });
  });

  it.each(["2026-02-31T00:00:00", "2026-5-1T00:00:00", "2026-05-01 00:00:00", "", "2026-05-01T24:00:00"])(
    "know no time %j",
    (text) => {
      expect(instantOf(text, "UTC")).toBeNull();
    },
  );
});

it("amounts are written exactly", () => {
  expect([decimalNumber(840, "BRL"), decimalNumber(-1_999, "USD"), decimalNumber(500, "JPY")]).toEqual([
    8.4, -19.99, 500,
  ]);
  const texts = [decimalText(25_990, "BRL", 4), decimalText(5, "BRL"), decimalText(-120, "BRL"), decimalText(7, "JPY")];
  expect(texts).toEqual(["259.9000", "0.05", "-1.20", "7.00"]);
});

it("a moved clock runs on from where it was put", () => {
  let real = 1_000;
  const clock = virtualClock(() => real);
  clock.set(50_000);
  real += 10;
  expect(clock.now()).toBe(50_010);
  clock.advance(90);
  expect(clock.now()).toBe(50_100);
});
