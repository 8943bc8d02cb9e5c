// The two languages of the console, and texts that exist in both: one that lacks a language does not compile. Pure.

/** What a page can be read in. */
export type Language = "en" | "pt";

/** One text, both languages side by side, beside the page that shows it. */
export interface Text {
  en: string;
  pt: string;
}

/** What is said of one and of any other number: `v.count` and `v.plural` choose. Nothing else writes a plural. */
export type Plural = readonly [one: Text, many: Text];

/** What `<html lang>` says. */
export const HTML_LANG: Readonly<Record<Language, string>> = { en: "en", pt: "pt-BR" };

/** What `Intl` is asked for: British English has days before months and 24 hours, as all other texts here. */
export const LOCALE: Readonly<Record<Language, string>> = { en: "en-GB", pt: "pt-BR" };

/** The language that a reader prefers by his `Accept-Language`; English unless he ranks Portuguese higher. */
export function languageOf(acceptLanguage: string | undefined): Language {
  let best: Language = "en";
  let bestQuality = 0;
  for (const part of (acceptLanguage ?? "").split(",")) {
    const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
    const language = /^(en|pt)(?:-|$)/.exec(tag)?.[1] as Language | undefined;
    const given = parameters.map((parameter) => /^\s*q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1]).find(Boolean);
    const quality = given === undefined ? 1 : Number(given);
    if (language !== undefined && quality > bestQuality) [best, bestQuality] = [language, quality];
  }
  return best;
}
