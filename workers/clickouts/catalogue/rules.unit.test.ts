// Rule versions in time: what a change closes, what it leaves alone, and what no sequence of changes can break.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIfMatch, planCancel, planChange, versionAt } from "./rules.ts";
import type { RuleChange, Version } from "./rules.ts";
import { OPEN_END_MS } from "../redirect/table.ts";

const NOW = 1_000;

function version(
  number: number,
  startedAtMs: number,
  endedAtMs: number,
  createdAtMs = Math.min(startedAtMs, NOW),
): Version {
  return { version: number, startedAtMs, endedAtMs, createdAtMs };
}

const atOnce = (ifMatch: string[] | null = null): RuleChange => ({ startedAtMs: null, ifMatch });
const from = (startedAtMs: number, ifMatch: string[] | null = null): RuleChange => ({ startedAtMs, ifMatch });

describe("an immediate change", () => {
  it("is the first version of a store without rules", () => {
    expect(planChange([], atOnce(), NOW)).toEqual({
      presentMs: NOW,
      ends: [],
      interval: { startedAtMs: NOW, endedAtMs: OPEN_END_MS },
    });
  });

  it("closes the active version now", () => {
    expect(planChange([version(1, 0, OPEN_END_MS)], atOnce(), NOW)).toMatchObject({
      ends: [{ version: 1, endedAtMs: NOW }],
      interval: { startedAtMs: NOW, endedAtMs: OPEN_END_MS },
    });
  });

  it("leaves a scheduled version alone and ends when that starts", () => {
    expect(planChange([version(1, 0, 5_000), version(2, 5_000, OPEN_END_MS)], atOnce(), NOW)).toMatchObject({
      ends: [{ version: 1, endedAtMs: NOW }],
      interval: { startedAtMs: NOW, endedAtMs: 5_000 },
    });
  });

  it("takes the place of one that was made in the same millisecond, which stays as a row of no duration", () => {
    expect(planChange([version(1, NOW, OPEN_END_MS)], atOnce(), NOW)).toMatchObject({
      ends: [{ version: 1, endedAtMs: NOW }],
      interval: { startedAtMs: NOW, endedAtMs: OPEN_END_MS },
    });
  });

  it("wins against one whose author's clock is ahead", () => {
    const ahead = version(1, NOW + 7, OPEN_END_MS, NOW + 7);
    expect(planChange([ahead], atOnce(), NOW)).toMatchObject({
      presentMs: NOW + 7,
      ends: [{ version: 1, endedAtMs: NOW + 7 }],
      interval: { startedAtMs: NOW + 7, endedAtMs: OPEN_END_MS },
    });
  });
});

describe("a scheduled change", () => {
  it("ends the active version at its start", () => {
    expect(planChange([version(1, 0, OPEN_END_MS)], from(5_000), NOW)).toMatchObject({
      ends: [{ version: 1, endedAtMs: 5_000 }],
      interval: { startedAtMs: 5_000, endedAtMs: OPEN_END_MS },
    });
  });

  it("replaces the one that is scheduled for the same start", () => {
    const plan = planChange(
      [version(1, 0, 5_000), version(2, 5_000, 9_000), version(3, 9_000, OPEN_END_MS)],
      from(5_000),
      NOW,
    );
    expect(plan).toMatchObject({
      ends: [{ version: 2, endedAtMs: 5_000 }],
      interval: { startedAtMs: 5_000, endedAtMs: 9_000 },
    });
  });

  it("stands between two others", () => {
    expect(planChange([version(1, 0, 9_000), version(2, 9_000, OPEN_END_MS)], from(5_000), NOW)).toMatchObject({
      ends: [{ version: 1, endedAtMs: 5_000 }],
      interval: { startedAtMs: 5_000, endedAtMs: 9_000 },
    });
  });

  it("is refused in the past and behind the end of time", () => {
    expect(planChange([], from(NOW - 1), NOW)).toBe("past_start");
    expect(planChange([], from(OPEN_END_MS), NOW)).toBe("start_too_late");
  });

  it("may start this very millisecond", () => {
    expect(planChange([version(1, 0, OPEN_END_MS)], from(NOW), NOW)).toMatchObject({ interval: { startedAtMs: NOW } });
  });
});

describe("If-Match", () => {
  const versions = [version(1, 0, 5_000), version(2, 5_000, OPEN_END_MS)];
  it.each([
    ["the active version", atOnce(["1"]), true],
    ["one of several", atOnce(["7", "1"]), true],
    ["any", atOnce(["*"]), true],
    ["a stale version", atOnce(["7"]), false],
    ["a scheduled version that stays", atOnce(["2"]), false],
    ["the active version, for a later start", from(6_000, ["1"]), true],
    ["the version at the start, for a later start", from(6_000, ["2"]), true],
    ["the version that gives way", from(5_000, ["2"]), true],
    ["the active version where an unseen one gives way", from(5_000, ["1"]), false],
  ])("names %s", (_, change, passes) => {
    expect(planChange(versions, change, NOW) !== "changed").toBe(passes);
  });

  it("matches nothing where no rule is active", () => expect(planChange([], atOnce(["*"]), NOW)).toBe("changed"));

  it("is read with and without quotes, weak or strong", () => {
    expect(parseIfMatch('"12", W/"13",14')).toEqual(["12", "13", "14"]);
    expect(parseIfMatch(undefined)).toBeNull();
    expect(parseIfMatch(" ")).toBeNull();
  });
});

describe("a cancellation", () => {
  const versions = [version(1, 0, 5_000), version(2, 5_000, 9_000), version(3, 9_000, OPEN_END_MS)];
  it("lets the earlier version go on to where the cancelled one ended", () => {
    expect(planCancel(versions, 2, NOW)).toEqual([
      { version: 2, endedAtMs: 5_000 },
      { version: 1, endedAtMs: 9_000 },
    ]);
  });

  it("extends nothing behind a gap", () => {
    expect(planCancel([version(1, 0, 4_000), version(2, 5_000, 9_000)], 2, NOW)).toEqual([
      { version: 2, endedAtMs: 5_000 },
    ]);
  });

  it("is refused once the version has started, and where there is none", () => {
    expect(planCancel(versions, 1, NOW)).toBe("started");
    expect(planCancel(versions, 2, 5_000)).toBe("started");
    expect(planCancel(versions, 9, NOW)).toBe("unknown_version");
    expect(planCancel([version(2, 5_000, 5_000)], 2, NOW)).toBe("unknown_version");
  });
});

// A store's life as a list of acts; times are small, so that starts meet.
type Act = { kind: "change"; afterMs: number | null } | { kind: "cancel"; nth: number } | { kind: "wait"; ms: number };
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("change" as const), afterMs: fc.option(fc.integer({ min: 0, max: 12 })) }),
  fc.record({ kind: fc.constant("cancel" as const), nth: fc.nat(8) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 6 }) }),
);

/** Does the acts as the database would, and calls `seen` after each. */
function live(
  acts: readonly Act[],
  skewMs: readonly number[],
  seen: (versions: Version[], nowMs: number) => void,
): void {
  let versions: Version[] = [];
  let nowMs = 100;
  for (const [i, one] of acts.entries()) {
    const clock = nowMs + (skewMs[i % skewMs.length] ?? 0);
    const move = (ends: readonly { version: number; endedAtMs: number }[]) => {
      versions = versions.map((v) => ({ ...v, ...ends.find((end) => end.version === v.version) }));
    };
    if (one.kind === "wait") nowMs += one.ms;
    if (one.kind === "change") {
      const startedAtMs = one.afterMs === null ? null : clock + one.afterMs;
      const plan = planChange(versions, { startedAtMs, ifMatch: null }, clock);
      if (typeof plan === "string") throw new Error(plan);
      move(plan.ends);
      versions.push({ version: i + 1, ...plan.interval, createdAtMs: plan.presentMs });
    }
    if (one.kind === "cancel") {
      const ends = planCancel(versions, versions[one.nth]?.version ?? 0, clock);
      if (typeof ends !== "string") move(ends);
    }
    seen(versions, clock);
  }
}

const acts = fc.array(act, { maxLength: 30 });
const INSTANTS = Array.from({ length: 300 }, (_, i) => 90 + i);

describe("whatever operators do", () => {
  it("at every instant at most one version is valid", () => {
    fc.assert(
      fc.property(acts, fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1 }), (list, skew) => {
        live(list, skew, (versions) => {
          for (const at of INSTANTS) {
            const valid = versions.filter((v) => v.startedAtMs <= at && at < v.endedAtMs);
            if (valid.length > 1) throw new Error(`${valid.length} versions at ${at}`);
          }
        });
      }),
    );
  });

  it("what was valid in the past stays what was valid then", () => {
    fc.assert(
      fc.property(acts, (list) => {
        const known = new Map<number, number | null>();
        live(list, [0], (versions, nowMs) => {
          for (const at of INSTANTS.filter((instant) => instant < nowMs)) {
            const valid = versionAt(versions, at)?.version ?? null;
            if (known.has(at)) expect(valid).toBe(known.get(at));
            known.set(at, valid);
          }
        });
      }),
    );
  });

  it("an immediate change is valid at once, until the next start or for ever", () => {
    fc.assert(
      fc.property(acts, (list) => {
        live([...list, { kind: "change", afterMs: null }], [0], (versions, nowMs) => {
          const last = versions.at(-1);
          if (last?.version === list.length + 1) expect(versionAt(versions, nowMs)).toBe(last);
        });
      }),
    );
  });

  it("a store that has a rule keeps one for ever after", () => {
    fc.assert(
      fc.property(acts, (list) => {
        live([{ kind: "change", afterMs: null }, ...list], [0], (versions) => {
          for (const at of [...INSTANTS.filter((instant) => instant >= 100), OPEN_END_MS - 1]) {
            expect(versionAt(versions, at)).not.toBeNull();
          }
        });
      }),
      { numRuns: 50 },
    );
  });
});
