// What was typed, in the zones of readers.
import { describe, expect, test } from "vitest";
import { instantOf } from "./instant.ts";

const SAO_PAULO = "America/Sao_Paulo";
const at = (text: string, zone: string) => {
  const ms = instantOf(text, zone);
  return ms === null ? null : new Date(ms).toISOString();
};

describe("what was typed", () => {
  test.for([
    ["2026-12-01T00:00", SAO_PAULO, "2026-12-01T03:00:00.000Z"],
    ["2026-12-01", SAO_PAULO, "2026-12-01T03:00:00.000Z"],
    ["2026-12-01T10:30:15", "UTC", "2026-12-01T10:30:15.000Z"],
    ["2026-07-01T10:30", "Europe/Lisbon", "2026-07-01T09:30:00.000Z"],
    ["2026-03-29T03:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
    ["2026-10-25T04:00", "Europe/Berlin", "2026-10-25T03:00:00.000Z"],
  ] as const)("%s in %s is %s", ([text, zone, instant]) => {
    expect(at(text, zone)).toBe(instant);
  });

  test.for(["", "tomorrow", "2026-02-30", "2026-12-01T24:10", "2026-13-01", "2026-12-01T10:00Z"])(
    "“%s” is no time",
    (text) => {
      expect(instantOf(text, SAO_PAULO)).toBeNull();
    },
  );
});
