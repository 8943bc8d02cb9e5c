// What a reader types into a date or time field, as an instant: the browser sends it without a zone. Pure.
import { wallMs } from "../zone.ts";

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * `2026-11-21T10:00` (or a day: its first moment) in a zone, as milliseconds; null where it is no time. Of an hour that the
 * clocks skip it takes the moment after, of one that they repeat the first.
 */
export function instantOf(text: string, zone: string): number | null {
  const match = LOCAL.exec(text.trim());
  if (match === null) return null;
  const [year, month, day, hour = 0, minute = 0, second = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const wanted = Date.UTC(year!, month! - 1, day, hour, minute, second);
  // A day that is not in the calendar, or 24:10, comes out as another.
  if (!new Date(wanted).toISOString().startsWith(text.trim().slice(0, 16))) return null;
  // The offset at the wall time is right but for the hours around a change of clocks: there the second look is.
  const first = wanted - (wallMs(wanted, zone) - wanted);
  return wanted - (wallMs(first, zone) - first);
}
