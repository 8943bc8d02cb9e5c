// Minor units as the decimals that networks write. The sandbox keeps whole minor units only, so nothing is rounded here.

/** Currencies without minor digits among those that the networks report. */
const WITHOUT_CENTS = new Set(["CLP", "JPY"]);

function digitsOf(currency: string): number {
  return WITHOUT_CENTS.has(currency) ? 0 : 2;
}

/** As a JSON number: 840 of BRL is 8.4. */
export function decimalNumber(minor: number, currency: string): number {
  return minor / 10 ** digitsOf(currency);
}

/** As text with at least `digits` decimals after a point: 25990 of BRL with 4 is `259.9000`. */
export function decimalText(minor: number, currency: string, digits = 2): string {
  const places = digitsOf(currency);
  const [sign, whole] = [minor < 0 ? "-" : "", `${Math.abs(minor)}`.padStart(places + 1, "0")];
  const cut = whole.length - places;
  return `${sign}${whole.slice(0, cut)}.${whole.slice(cut).padEnd(digits, "0")}`;
}
