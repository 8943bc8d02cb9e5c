import { expect, test } from "vitest";
import { isZone, utcText, words } from "./format.ts";
import type { Plural } from "./language.ts";
import { languageOf } from "./language.ts";

const NOW = Date.UTC(2026, 10, 21, 17, 32, 8);
const en = words("en", "America/Sao_Paulo", NOW);
const pt = words("pt", "America/Sao_Paulo", NOW);
/** Intl puts narrow and unbreakable blanks between numbers and units. */
const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, " ");

test("numbers, shares and money are written as the reader writes them", () => {
  expect([en.number(18_204), pt.number(18_204)]).toEqual(["18,204", "18.204"]);
  expect([en.percent(0.963), plain(pt.percent(0.963))]).toEqual(["96.3%", "96,3%"]);
  expect(plain(pt.money({ value: "2914.40", currency: "BRL" }))).toBe("R$ 2.914,40");
});

test("money keeps every digit of its text", () => {
  expect(en.money({ value: "90071992547409931.25", currency: "BRL" })).toBe("R$90,071,992,547,409,931.25");
});

test("a time is short today and says its day, then its year, before", () => {
  expect(en.time(NOW)).toBe("14:32");
  expect(en.time(Date.UTC(2026, 10, 3, 12))).toBe("3 Nov, 09:00");
  expect(en.time(Date.UTC(2025, 10, 3, 12))).toBe("3 Nov 2025, 09:00");
  expect(pt.time(Date.UTC(2026, 10, 3, 12))).toBe("3 de nov., 09:00");
  expect(en.clock(NOW)).toBe("14:32:08");
});

test("without a zone of the reader a time says that it is UTC", () => {
  expect(words("en", "UTC", NOW).time(NOW)).toBe("17:32 UTC");
  expect(utcText(NOW)).toBe("2026-11-21 17:32:08 UTC");
});

test("a duration has its two largest units", () => {
  expect([12, 1_000, 72_000, 3_600_000, 90_061_000].map((ms) => plain(en.duration(ms)))).toEqual([
    "12 ms",
    "1 sec",
    "1 min 12 secs",
    "1 hr",
    "1 day 1 hr",
  ]);
});

test("of two sentences that stands which fits the number", () => {
  const sentences = (n: string): Plural => [
    { en: `${n} key is parked.`, pt: `${n} chave foi separada.` },
    { en: `${n} keys are parked.`, pt: `${n} chaves foram separadas.` },
  ];
  expect([0, 1, 2].map((n) => en.plural(n, ...sentences(en.number(n))))).toEqual([
    "0 keys are parked.",
    "1 key is parked.",
    "2 keys are parked.",
  ]);
  // 1,5 is one in Portuguese; nobody counts halves here.
  expect([0, 1, 1_000_000].map((n) => pt.plural(n, ...sentences(pt.number(n))))).toEqual([
    "0 chaves foram separadas.",
    "1 chave foi separada.",
    "1.000.000 chaves foram separadas.",
  ]);
});

test("a count takes the word that fits it", () => {
  const [one, many] = [
    { en: "key", pt: "chave" },
    { en: "keys", pt: "chaves" },
  ];
  expect([0, 1, 2].map((n) => en.count(n, one, many))).toEqual(["0 keys", "1 key", "2 keys"]);
  expect([0, 1, 2].map((n) => pt.count(n, one, many))).toEqual(["0 chaves", "1 chave", "2 chaves"]);
});

test("a zone that Intl does not know is none", () => {
  expect([isZone("America/Sao_Paulo"), isZone("Mars/Base"), isZone("")]).toEqual([true, false, false]);
});

test.for([
  [undefined, "en"],
  ["", "en"],
  ["pt-BR,pt;q=0.9,en;q=0.8", "pt"],
  ["en-US,en;q=0.9,pt;q=0.8", "en"],
  ["fr-FR, pt;q=0.4", "pt"],
  ["pt;q=0, en;q=0.1", "en"],
  ["de", "en"],
  ["ptx", "en"],
] as const)("%s reads %s", ([header, language]) => {
  expect(languageOf(header)).toBe(language);
});
