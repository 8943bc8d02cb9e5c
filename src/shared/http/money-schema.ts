// Money in bodies and answers: `{"value": "120.00", "currency": "BRL"}`, a decimal text with no more digits than the currency has.
import { z } from "@hono/zod-openapi";
import { currencyDigits, moneyOf } from "../money.ts";
import type { Money } from "../money.ts";

const VALUE = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,4})?$/;

const shape = {
  value: z.string().regex(VALUE, 'must be a decimal text such as "120.00"'),
  currency: z.string().refine((code) => currencyDigits(code) !== null, "must be a currency of ISO 4217"),
};

/** Money in an answer. */
export const moneyView = z.object({ value: z.string(), currency: z.string() }).openapi("Money");

/** Money that a caller sends, read into minor units; zero or more unless `negative` is allowed. */
export function moneyInput(options: { negative: boolean } = { negative: false }) {
  return z.strictObject(shape).transform(({ value, currency }, context): Money => {
    const money = moneyOf(value, currency, "exact");
    const fault =
      money === null
        ? `has more digits than ${currency} has, or is too large`
        : money.minor < 0 && !options.negative
          ? "must not be negative"
          : null;
    if (money !== null && fault === null) return money;
    context.addIssue({ code: "custom", path: ["value"], message: fault ?? "" });
    return z.NEVER;
  });
}
