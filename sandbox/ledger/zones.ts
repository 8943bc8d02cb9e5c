// Wall clocks: networks speak in local times without an offset. Everything else in the sandbox is ms since the epoch.

/** Where Lomadee and Afilio live. */
export const SAO_PAULO = "America/Sao_Paulo";

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}

/** The zone's wall clock at an instant as `yyyy-MM-ddTHH:mm:ss`; milliseconds are dropped. */
export function wallClock(ms: number, zone: string): string {
  if (zone === "UTC") return new Date(ms).toISOString().slice(0, 19);
  const part = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? "";
  return `${get("year")}-${get("month")}-${get("day")}T${get("hour")}:${get("minute")}:${get("second")}`;
}

/**
 * The instant at which the zone's clock shows `yyyy-MM-ddTHH:mm:ss`, or null if the text is no such time. A time that
 * a change of clocks repeats or leaves out is taken with one of its two offsets.
 */
export function instantOf(text: string, zone: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text)) return null;
  const asUtc = Date.parse(`${text}Z`);
  // Engines disagree about the 31st of February: what does not come back the same is no date.
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 19) !== text) return null;
  let ms = asUtc;
  for (let round = 0; round < 2; round += 1) ms = asUtc - (Date.parse(`${wallClock(ms, zone)}Z`) - ms);
  return ms;
}

/** The instants of the first and last second of the days `yyyy-MM-dd`, both included, or null if one is no day. */
export function daysOf(first: string, last: string, zone: string): { from: number; to: number } | null {
  const from = instantOf(`${first}T00:00:00`, zone);
  const to = instantOf(`${last}T23:59:59`, zone);
  return from === null || to === null ? null : { from, to: to + 999 };
}
