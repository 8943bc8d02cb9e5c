import { describe, expect, test } from "vitest";
import { afterPage, begun, windows, withRound } from "./plan.ts";
import type { Progress } from "./plan.ts";

const NOW = Date.UTC(2026, 10, 21, 12, 7);
const DAY = 86_400_000;
const HOUR = 3_600_000;
const NOTHING: Progress<never> = { revision: 1, coveredToMs: null, changesAtMs: null, round: null };

const reading = (at: number, cursor: string | null, toMs = NOW): Progress<string> => ({
  revision: 1,
  coveredToMs: NOW - 2 * DAY,
  changesAtMs: null,
  round: { toMs, changes: true, slices: ["a", "b", "c"], at, cursor },
});

describe("the windows of a round", () => {
  test("the first one looks back 60 days, for new sales and for changes", () => {
    const window = { fromMs: NOW - 60 * DAY, toMs: NOW };
    expect(windows(NOTHING, NOW)).toEqual({ recent: window, changes: window });
  });

  test("begin three days before the last one's end", () => {
    const progress = { coveredToMs: NOW - HOUR, changesAtMs: NOW - HOUR };
    expect(windows(progress, NOW)).toEqual({ recent: { fromMs: NOW - HOUR - 3 * DAY, toMs: NOW }, changes: null });
  });

  test("look for changes once a day by an hourly clock", () => {
    let changesAtMs = NOW;
    let looks = 0;
    for (let hour = 1; hour <= 24 * 7; hour++) {
      const nowMs = NOW + hour * HOUR + (hour % 2) * 90_000;
      if (windows({ coveredToMs: nowMs - HOUR, changesAtMs }, nowMs).changes === null) continue;
      changesAtMs = nowMs;
      looks++;
    }
    expect(looks).toBe(7);
  });

  test("reach as far back as nothing was read, but no further than networks tell", () => {
    const away = (days: number) => windows({ coveredToMs: NOW - days * DAY, changesAtMs: NOW }, NOW).recent;
    expect(away(30)).toEqual({ fromMs: NOW - 33 * DAY, toMs: NOW });
    expect(away(300)).toEqual({ fromMs: NOW - 90 * DAY, toMs: NOW });
  });
});

describe("progress", () => {
  test("goes page by page, slice by slice, and covers the window at the end of the last", () => {
    let progress: Progress<string> = withRound({ ...NOTHING, coveredToMs: 5 }, ["a", "b"], NOW, true);
    progress = afterPage(progress, "page 2");
    expect(progress.round).toMatchObject({ at: 0, cursor: "page 2" });
    progress = afterPage(progress, null);
    expect(progress).toMatchObject({ coveredToMs: 5, round: { at: 1, cursor: null } });
    expect(afterPage(progress, null)).toEqual({ ...NOTHING, coveredToMs: NOW, changesAtMs: NOW });
  });

  test("of a round that did not look for changes leaves their time alone", () => {
    const before = { ...NOTHING, coveredToMs: 5, changesAtMs: 4 };
    expect(afterPage(withRound(before, ["a"], NOW, false), null)).toEqual({
      ...NOTHING,
      coveredToMs: NOW,
      changesAtMs: 4,
    });
  });

  test("of a round without slices is over at once", () => {
    expect(withRound(NOTHING, [], NOW, false)).toEqual({ ...NOTHING, coveredToMs: NOW });
  });
});

describe("a run begins", () => {
  const begin = (own: unknown, previous: unknown, nowMs = NOW, revision = 1) =>
    begun({ own, previous }, revision, nowMs);

  test("with nothing", () => {
    expect(begin(null, null)).toEqual(NOTHING);
  });

  test("at its own page, whatever was before", () => {
    expect(begin(reading(1, "page 7"), reading(2, null))).toEqual(reading(1, "page 7"));
  });

  test("at the slice that the run before it left, from its first page", () => {
    expect(begin(null, reading(1, "page 7"), NOW + HOUR)).toEqual(reading(1, null));
  });

  test("anew when what was left is a day old", () => {
    expect(begin(null, reading(1, "page 7"), NOW + DAY + 1)).toEqual({ ...reading(1, null), round: null });
  });

  test("with nothing when the credentials have changed: another account has other sales", () => {
    expect(begin(reading(1, null), reading(1, null), NOW, 2)).toEqual({ ...NOTHING, revision: 2 });
  });

  test.for([[7], ["x"], [{}], [{ revision: 1 }], [{ ...NOTHING, round: {} }], [{ ...NOTHING, coveredToMs: "then" }]])(
    "with nothing when what was saved is %j",
    ([saved]) => {
      expect(begin(saved, saved)).toEqual(NOTHING);
    },
  );
});
