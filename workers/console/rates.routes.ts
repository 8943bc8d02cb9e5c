// The doors of currency rates, which clickouts and campaigns convert by. A PUT adds a version; nothing converted changes.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { utcDay } from "../../src/shared/clock.ts";
import { config } from "../../src/shared/config.ts";
import { database } from "../../src/shared/db/client.ts";
import { notFound } from "../../src/shared/errors.ts";
import { body, json } from "../../src/shared/http/answers.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import { currencyDigits } from "../../src/shared/money.ts";
import type { RateSet } from "../../src/shared/rates/convert.ts";
import { putRates, ratesOn } from "../../src/shared/rates/store.ts";

/** A rate has at most 12 digits before and after the point, and is not zero. */
const RATE = /^(?=.*[1-9])\d{1,12}(?:\.\d{1,12})?$/;

const currency = z.string().refine((code) => currencyDigits(code) !== null, "must be a currency of ISO 4217");
const day = z.iso.date("must be a day such as 2026-11-21");

const putBody = z
  .strictObject({
    base: currency,
    date: day,
    rates: z
      .record(currency, z.string().regex(RATE, 'must be a positive decimal text such as "0.20"'))
      .refine((rates) => Object.keys(rates).length > 0, "must name a currency"),
  })
  .refine(({ base, rates }) => !Object.hasOwn(rates, base), { path: ["rates"], message: "must not name the base" });

const ratesView = z
  .object({
    base: z.string(),
    date: z
      .string()
      .openapi({ description: "The UTC day of these rates, which may be up to 7 before the one asked for." }),
    version: z.int().openapi({ description: "Counts the PUTs for this base and day." }),
    rates: z.record(z.string(), z.string()).openapi({ description: "What one unit of the base is, by currency." }),
  })
  .openapi("Rates");

const tags = ["rates"];

function viewOf({ rates, ...set }: RateSet) {
  return { ...set, rates: Object.fromEntries(rates) };
}

/** `/api/rates`. */
export const rateRoutes = newRoutes();

rateRoutes.openapi(
  createRoute({
    ...keyed("rates:read"),
    tags,
    method: "get",
    path: "/api/rates",
    summary: "The rates that hold on a day",
    description: "The newest on or before the day (today without `date`), at most 7 days old; else 404.",
    request: { query: z.strictObject({ date: day.optional(), base: currency.optional() }) },
    responses: { 200: json(ratesView, "The rates.") },
  }),
  async (c) => {
    const { date = utcDay(c.get("deps").clock()), base = config(c.env).baseCurrency } = c.req.valid("query");
    const set = await ratesOn(database(c.env), base, date);
    if (set === null) throw notFound(`A rate of ${base} on ${date}, or in the 7 days before,`);
    return c.json(viewOf(set), 200);
  },
);

rateRoutes.openapi(
  createRoute({
    ...keyed("rates:write"),
    tags,
    method: "put",
    path: "/api/rates",
    summary: "Sets rates of a day",
    description: "Makes a new version of the day. Currencies of the version before that the body does not name stay.",
    request: { body: body(putBody) },
    responses: { 200: json(ratesView, "The day's rates in their new version.") },
  }),
  async (c) => {
    const wanted = c.req.valid("json");
    const db = database(c.env);
    const { base, date, rates } = wanted;
    const before = await ratesOn(db, base, date);
    const set = await putRates(db, wanted, {
      actor: c.get("actor").id,
      action: "rates.put",
      subject: `rates:${base}:${date}`,
      before: before?.date === date ? viewOf(before) : null,
      after: { rates },
      requestId: c.get("requestId"),
      at: c.get("deps").clock(),
    });
    return c.json(viewOf(set), 200);
  },
);
