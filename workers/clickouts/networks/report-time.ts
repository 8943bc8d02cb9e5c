// Times of the networks' reports: the clock of São Paulo, which had summer time until 2019, and the texts that each wants.
// Pure.
import { DAY_MS, HOUR_MS } from "../../../src/shared/clock.ts";
import { wallMs as zoneWallMs } from "../../../src/shared/zone.ts";

const wallMs = (atMs: number) => zoneWallMs(atMs, "America/Sao_Paulo");

/** Summer time and standard time: São Paulo has had no other since 1914. */
const OFFSETS_MS = [-2 * HOUR_MS, -3 * HOUR_MS];

/**
 * The instant at which São Paulo's clocks show a time. An hour that came twice is taken the first time; one that was skipped
 * is read as if the clocks had not been put forward.
 */
function instantOf(wall: number): number {
  for (const offset of OFFSETS_MS) {
    const atMs = wall - offset;
    if (wallMs(atMs) === wall) return atMs;
  }
  return wall + 3 * HOUR_MS;
}

/** Milliseconds of a UTC clock for date and time as shown; null for a date that no calendar has. */
function shownMs(parts: readonly (string | undefined)[]): number | null {
  const [year, month, day, hour, minute, second] = parts.map((part) => Number(part ?? 0));
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second);
  const date = new Date(ms);
  const real = date.getUTCMonth() === month! - 1 && date.getUTCDate() === day && hour! < 24 && minute! < 60;
  return real && second! < 60 ? ms : null;
}

const YEAR_FIRST = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?$/;
const DAY_FIRST = /^(\d{2})\/(\d{2})\/(\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** `2024-05-01 21:14:01` or `13/08/2024`, told by a clock in São Paulo; a day alone is its beginning. Null if unreadable. */
export function saoPauloMs(text: string): number | null {
  const yearFirst = YEAR_FIRST.exec(text.trim());
  const dayFirst = DAY_FIRST.exec(text.trim());
  const parts =
    yearFirst?.slice(1) ?? (dayFirst === null ? null : [dayFirst[3], dayFirst[2], dayFirst[1], ...dayFirst.slice(4)]);
  const shown = parts === null ? null : shownMs(parts);
  return shown === null ? null : instantOf(shown);
}

/** The day that São Paulo has at an instant: `2024-05-01`. */
export function saoPauloDay(atMs: number): string {
  return new Date(wallMs(atMs)).toISOString().slice(0, 10);
}

/** When the day of an instant began in São Paulo, `days` later. */
export function saoPauloMidnight(atMs: number, days = 0): number {
  return instantOf(Math.floor(wallMs(atMs) / DAY_MS) * DAY_MS + days * DAY_MS);
}

/** Days of São Paulo from the one of `fromMs` to the one of `toMs`. */
export function saoPauloDaysBetween(fromMs: number, toMs: number): number {
  return Math.floor(wallMs(toMs) / DAY_MS) - Math.floor(wallMs(fromMs) / DAY_MS);
}

/** `2024-05-20T21:43:56` of an upstream that was asked in UTC. Null if unreadable. */
export function utcMs(text: string): number | null {
  const match = YEAR_FIRST.exec(text.trim().replace(/Z$/, ""));
  return match === null ? null : shownMs(match.slice(1));
}

/** An instant with its offset: `Wed May 01 2024 12:02:11 GMT+0000 (UTC)` of JavaScript, or ISO 8601. Null if unreadable. */
export function offsetMs(text: string): number | null {
  if (!/(?:GMT|UTC)(?:[+-]\d{4})?(?: \([^()]*\))?$|Z$|[+-]\d{2}:\d{2}$/.test(text.trim())) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** `2024-05-20T21:43:56` in UTC, whole seconds. */
export function utcSeconds(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19);
}
