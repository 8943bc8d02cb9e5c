// What the clocks of a zone show. Pure; the platform's time zone data is the only source of offsets.

const SHOWN: Intl.DateTimeFormatOptions = {
  calendar: "iso8601",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
};

/** Zones come from readers' browsers: more than so many at once are not kept. */
const MOST_KEPT = 50;

/** Made when first needed: one takes 25 ms, which no redirect of a new isolate shall wait for. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", { ...SHOWN, timeZone: zone });
  if (formats.size >= MOST_KEPT) formats.clear();
  formats.set(zone, made);
  return made;
}

/** What the clocks of a zone show at an instant, as milliseconds of a UTC clock that shows the same. */
export function wallMs(atMs: number, zone: string): number {
  const shown: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(atMs)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
