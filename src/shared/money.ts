// Money as whole minor units of an ISO 4217 currency. Every step is on digits or bigints: no amount is ever a fraction in
// floating point. Pure; dinero.js gives the list of currencies and their digits, which its maintainers keep up with ISO.
import * as iso4217 from "dinero.js/currencies";

/** An amount: `{minor: 12000, currency: "BRL"}` is 120.00 reais. `minor` is a safe integer and may be negative. */
export interface Money {
  minor: number;
  currency: string;
}

/** An amount as the contract writes it: `{value: "120.00", currency: "BRL"}`. */
export interface MoneyText {
  value: string;
  currency: string;
}

/** Ariary and ouguiya have fifths, which dinero.js counts in base 5; ISO 4217 gives both two decimal digits. */
const FIFTHS_DIGITS = 2;

const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.values(iso4217).map(({ code, base, exponent }) => [code, base === 10 ? exponent : FIFTHS_DIGITS]),
);

/** Digits after the point: 2 for BRL, 0 for JPY, 3 for KWD; null if there is no such currency. Codes are upper-case. */
export function currencyDigits(currency: string): number | null {
  return DIGITS.get(currency) ?? null;
}

/** A decimal: `units` × 10^-`digits`. */
export interface Decimal {
  units: bigint;
  digits: number;
}

/** What JSON or an upstream may write as a number; `String(1e-7)` has an exponent. Longer texts are no amounts. */
const DECIMAL = /^([+-]?)(\d{1,30})(?:\.(\d{0,30}))?(?:e([+-]?\d{1,2}))?$/i;

/** Reads a decimal exactly: `"120.5"`, `"-0.070"`, `120.5` out of JSON. Null for anything else, NaN included. */
export function decimalOf(value: string | number): Decimal | null {
  const match = DECIMAL.exec(String(value).trim());
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const magnitude = BigInt(whole + fraction);
  const digits = fraction.length - Number(exponent);
  const units = sign === "-" ? -magnitude : magnitude;
  return digits >= 0 ? { units, digits } : { units: units * 10n ** BigInt(-digits), digits: 0 };
}

/** `numerator / denominator` to the nearest whole number; halves go to the even one, so that many do not add up to a bias. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator < 0n) return divideHalfEven(-numerator, -denominator);
  const quotient = numerator / denominator;
  const rest = numerator % denominator;
  const twice = 2n * (rest < 0n ? -rest : rest);
  const away = twice > denominator || (twice === denominator && quotient % 2n !== 0n);
  if (!away) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}

/** A bigint as a safe integer, or null. */
export function safeMinor(minor: bigint): number | null {
  const number = Number(minor);
  return Number.isSafeInteger(number) ? number : null;
}

/**
 * Minor units of a decimal, rounded to the currency's digits, halves to even: upstreams calculate commissions to a fraction of
 * a cent. Null if it is no decimal, no currency, or too large.
 */
export function moneyOf(value: string | number, currency: string): Money | null {
  const decimal = decimalOf(value);
  const wanted = currencyDigits(currency);
  if (decimal === null || wanted === null) return null;
  const { units, digits } = decimal;
  const scaled = units * 10n ** BigInt(wanted);
  const minor = safeMinor(divideHalfEven(scaled, 10n ** BigInt(digits)));
  return minor === null ? null : { minor, currency };
}

/** Minor units as a decimal text with all digits of the currency: `"120.00"`, `"-0.05"`, `"120"` for JPY. */
export function decimalText({ minor, currency }: Money): string {
  const digits = currencyDigits(currency) ?? 0;
  const text = String(Math.abs(minor)).padStart(digits + 1, "0");
  const sign = minor < 0 ? "-" : "";
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Money as the contract writes it. */
export function moneyText(money: Money): MoneyText {
  return { value: decimalText(money), currency: money.currency };
}

const GROUPS_THEN_COMMA = /^([+-]?)(\d{1,3}(?:\.\d{3})+|\d+),(\d+)$/;
const GROUPS_THEN_POINT = /^([+-]?)(\d{1,3}(?:,\d{3})+)\.(\d+)$/;

/**
 * A number with a decimal point out of one that may be written the Brazilian way: `1.234,56` and `1,234.56` are `1234.56`,
 * `4,20` is `4.20`; a single point stays a decimal point. Only for upstreams whose description says that they write so.
 */
export function withDecimalPoint(text: string): string {
  const trimmed = text.trim();
  const match = GROUPS_THEN_COMMA.exec(trimmed) ?? GROUPS_THEN_POINT.exec(trimmed);
  return match === null ? trimmed : `${match[1]}${match[2]!.replaceAll(/[.,]/g, "")}.${match[3]}`;
}
