// Numbers, money and times as the reader writes them, by `Intl`. The clock is passed in, the zone is the reader's.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../clock.ts";
import { HTML_LANG, LOCALE } from "./language.ts";
import type { Language, Plural, Text } from "./language.ts";

/** The zone of a reader who has not told his: times then say so. */
export const UTC = "UTC";

/** How texts, numbers and times are written for one reader. */
export interface Words {
  language: Language;
  /** `en` or `pt-BR`. */
  htmlLang: string;
  /** IANA name; `UTC` until the browser has told another. */
  zone: string;
  nowMs: number;
  /** The text in the reader's language. */
  t: (text: Text) => string;
  /** `18,204` */
  number: (value: number) => string;
  /** `96.3%` of a share from 0 to 1. */
  percent: (share: number) => string;
  /** `R$ 2,914.40` of a decimal text, without rounding it. */
  money: (amount: { value: string; currency: string }) => string;
  /** `3 contacts`: the number and the word that fits it. */
  count: (value: number, ...words: Plural) => string;
  /** `3 contacts are parked.`: of two sentences that which fits the number, which it names itself. */
  plural: (value: number, ...sentences: Plural) => string;
  /** `14:32` today, `3 Nov, 09:00` this year, else with the year. */
  time: (ms: number) => string;
  /** `14:32:08` */
  clock: (ms: number) => string;
  /** `3 Nov 2026` */
  date: (ms: number) => string;
  /** `1 min 12 s`: the two largest units. */
  duration: (ms: number) => string;
  /** `a, b and c` */
  list: (items: readonly string[]) => string;
}

const UNITS = [
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", SECOND_MS],
] as const;

/** Making an `Intl` object costs more than a page: each is made once. */
const made = new Map<string, unknown>();

function once<T>(key: string, make: () => T): T {
  let found = made.get(key) as T | undefined;
  if (found === undefined) made.set(key, (found = make()));
  return found;
}

function numbers(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const locale = LOCALE[language];
  return once(`${locale} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));
}

function dates(language: Language, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = LOCALE[language];
  const all = { ...options, timeZone: zone } as const;
  return once(`${locale} ${JSON.stringify(all)}`, () => new Intl.DateTimeFormat(locale, all));
}

const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
const MINUTE: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** Whether `Intl` knows the zone. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** An instant in full, for the hover: `2026-11-21 14:02:11 UTC`. */
export function utcText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The words of one reader at one instant. */
export function words(language: Language, zone: string, nowMs: number): Words {
  const written = (ms: number, options: Intl.DateTimeFormatOptions) => dates(language, zone, options).format(ms);
  const dayOf = (ms: number) => written(ms, { ...DAY, year: "numeric" });
  const inZone = (text: string) => (zone === UTC ? `${text} UTC` : text);
  const unit = (value: number, name: string) =>
    numbers(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const number = (value: number) => numbers(language, {}).format(value);
  const plural = (value: number, ...[one, many]: Plural) => {
    const rule = once(`plural ${language}`, () => new Intl.PluralRules(LOCALE[language]));
    // Portuguese counts 0 with 1; "0 contato" is not how people write it.
    return (value !== 0 && rule.select(value) === "one" ? one : many)[language];
  };
  return {
    language,
    htmlLang: HTML_LANG[language],
    zone,
    nowMs,
    t: (text) => text[language],
    number,
    percent: (share) => numbers(language, { style: "percent", maximumFractionDigits: 1 }).format(share),
    // Intl takes the decimal text as it is; through a number it would lose digits.
    money: ({ value, currency }) => numbers(language, { style: "currency", currency }).format(value as `${number}`),
    count: (value, ...either) => `${number(value)} ${plural(value, ...either)}`,
    plural,
    time: (ms) => {
      const time = written(ms, MINUTE);
      if (dayOf(ms) === dayOf(nowMs)) return inZone(time);
      const sameYear = written(ms, { year: "numeric" }) === written(nowMs, { year: "numeric" });
      return inZone(`${sameYear ? written(ms, DAY) : dayOf(ms)}, ${time}`);
    },
    clock: (ms) => inZone(written(ms, { ...MINUTE, second: "2-digit" })),
    date: dayOf,
    duration: (ms) => {
      if (ms < SECOND_MS) return `${number(Math.max(0, Math.round(ms)))} ms`;
      let left = ms;
      const parts: string[] = [];
      for (const [name, size] of UNITS) {
        const whole = Math.floor(left / size);
        left -= whole * size;
        if (whole > 0 && parts.length < 2) parts.push(unit(whole, name));
        else if (parts.length > 0) break;
      }
      return parts.join(" ");
    },
    list: (items) =>
      once(`list ${language}`, () => new Intl.ListFormat(LOCALE[language], { type: "conjunction" })).format(items),
  };
}
