// São Paulo's clocks: summer time as it was, standard time since 2019, and days that begin when they begin there.
import { describe, expect, test } from "vitest";
import {
  offsetMs,
  saoPauloDay,
  saoPauloDaysBetween,
  saoPauloMidnight,
  saoPauloMs,
  utcMs,
  utcSeconds,
} from "./report-time.ts";

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().replace(".000Z", "Z"));

describe("a time of São Paulo", () => {
  test.for([
    ["2024-05-01 21:14:01", "2024-05-02T00:14:01Z"],
    ["2024-12-25 12:00:00", "2024-12-25T15:00:00Z"],
    ["2018-12-25 12:00:00", "2018-12-25T14:00:00Z"],
    ["2016-07-01 00:00:00", "2016-07-01T03:00:00Z"],
    // Clocks went from 23:59:59 on the 17th back to 23:00: that hour came twice.
    ["2018-02-17 22:59:59", "2018-02-18T00:59:59Z"],
    ["2018-02-17 23:30:00", "2018-02-18T01:30:00Z"],
    ["2018-02-18 00:00:00", "2018-02-18T03:00:00Z"],
    // Midnight of 4 November 2018 was skipped: the day began at one.
    ["2018-11-04 00:30:00", "2018-11-04T03:30:00Z"],
    ["2018-11-04 01:00:00", "2018-11-04T03:00:00Z"],
    ["13/08/2024", "2024-08-13T03:00:00Z"],
    ["13/08/2024 10:59", "2024-08-13T13:59:00Z"],
    ["2024-05-01T21:14", "2024-05-02T00:14:00Z"],
    ["29/02/2024", "2024-02-29T03:00:00Z"],
  ] as const)("%s is %s", ([text, instant]) => {
    expect(iso(saoPauloMs(text))).toBe(instant);
  });

  test.for([
    "",
    "NULL",
    "2024-13-01",
    "2024-02-30",
    "31/04/2024",
    "2024-05-01 24:00:00",
    "08/13/2024",
    "0000-00-00",
    "1/2/24",
  ])("%s is none", (text) => {
    expect(saoPauloMs(text)).toBeNull();
  });
});

test("a day is São Paulo's, not Greenwich's", () => {
  expect(saoPauloDay(Date.UTC(2024, 4, 2, 2, 59))).toBe("2024-05-01");
  expect(saoPauloDay(Date.UTC(2024, 4, 2, 3))).toBe("2024-05-02");
  expect(iso(saoPauloMidnight(Date.UTC(2024, 4, 2, 2, 59), 1))).toBe("2024-05-02T03:00:00Z");
  expect(iso(saoPauloMidnight(Date.UTC(2018, 10, 3, 12), 1))).toBe("2018-11-04T03:00:00Z");
  expect(saoPauloDaysBetween(Date.UTC(2024, 4, 2, 2, 59), Date.UTC(2024, 4, 2, 3))).toBe(1);
  expect(saoPauloDaysBetween(Date.UTC(2018, 9, 1, 12), Date.UTC(2018, 11, 1, 12))).toBe(61);
});

test.for([
  ["2024-05-20T21:43:56", "2024-05-20T21:43:56Z"],
  ["2024-05-20T21:43:56Z", "2024-05-20T21:43:56Z"],
  ["2024-05-20 21:43:56", "2024-05-20T21:43:56Z"],
  ["2024-05-20", "2024-05-20T00:00:00Z"],
  ["2024-05-20T21:43:56+02:00", null],
  ["soon", null],
] as const)("%s asked for in UTC is %s", ([text, instant]) => {
  expect(iso(utcMs(text))).toBe(instant);
});

test.for([
  ["Wed May 01 2024 12:02:11 GMT+0000 (UTC)", "2024-05-01T12:02:11Z"],
  ["Wed May 01 2024 07:02:11 GMT-0500 (Central Daylight Time)", "2024-05-01T12:02:11Z"],
  ["Wed, 01 May 2024 12:02:11 GMT", "2024-05-01T12:02:11Z"],
  ["2024-05-01T12:02:11Z", "2024-05-01T12:02:11Z"],
  ["2024-05-01T09:02:11-03:00", "2024-05-01T12:02:11Z"],
  ["Wed May 01 2024 12:02:11", null],
  ["2024-05-01 12:02:11", null],
  ["Wed May 45 2024 12:02:11 GMT+0000 (UTC)", null],
  ["", null],
] as const)("%s is %s, since it says its offset or does not", ([text, instant]) => {
  expect(iso(offsetMs(text))).toBe(instant);
});

test("an instant is told in whole seconds of UTC", () => {
  expect(utcSeconds(Date.UTC(2024, 4, 1, 1, 2, 3, 999))).toBe("2024-05-01T01:02:03");
});
