// What the report clients have in common: one bounded call, rows read one by one, and failures without a secret in them.
// An unreadable row is a warning with its id; it never takes its neighbours along.
import * as z from "zod";
import { decimalOf, moneyOf } from "../../../src/shared/money.ts";
import type { Money } from "../../../src/shared/money.ts";
import { redact } from "../../../src/shared/http/redact.ts";
import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamAnswer, UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import { secretsOf } from "../../../src/shared/vault/fields.ts";
import type { Programme, ProgrammesPage, Reported, ReportNetwork, ReportSession, SalesPage } from "./report-client.ts";

/** Awin takes up to 15 s for a month, and Lomadee is no faster; what takes longer than this does not come. */
const DEADLINE_MS = 60_000;
/**
 * About 6,000 rows. Text and parsed objects take several times as much, and an isolate has 128 MB for all its work: what is
 * larger is asked for in halves.
 */
const MAX_BYTES = 6 * 1024 * 1024;
const MAX_DETAIL = 300;
/** Of one page: a report that is wrong in every row is told once, not ten thousand times. */
const MAX_WARNINGS = 50;

/** One call of a report. `path` begins with `/`; `secrets` come on top of those among the session's fields. */
export interface ReportCall {
  network: ReportNetwork;
  operation: string;
  path: string;
  init?: RequestInit;
  secrets?: readonly string[];
}

/** The texts that no message of a session may hold. */
export function sessionSecrets({ fields, token }: ReportSession): string[] {
  return [...secretsOf(fields), ...(token === null ? [] : [token.value])];
}

/** Calls a network once. */
export async function callNetwork(call: ReportCall, session: ReportSession): Promise<UpstreamAnswer> {
  return await callUpstream(
    {
      upstream: call.network,
      operation: call.operation,
      url: `${session.apiUrl}${call.path}`,
      ...(call.init === undefined ? {} : { init: call.init }),
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_BYTES,
      secrets: [...sessionSecrets(session), ...(call.secrets ?? [])],
    },
    session.deps,
  );
}

/** A failure that the client itself found in an answer. Redacted before it is cut: half a secret would not be found. */
export function failed(
  kind: UpstreamFailure["kind"],
  detail: string,
  session: ReportSession,
): { ok: false; failure: UpstreamFailure } {
  return { ok: false, failure: { kind, detail: redact(detail, sessionSecrets(session)).slice(0, MAX_DETAIL) } };
}

/** A failed page; where the answer was too large and `half` asks for less of it, an empty page that leads there. */
export function orHalf(failure: UpstreamFailure, half: string | null): Reported<SalesPage> {
  if (failure.tooLarge !== true || half === null) return { ok: false, failure };
  return { ok: true, value: { sales: [], next: half, warnings: [] } };
}

const UNAUTHORIZED =
  /token|auth|credential|permission|forbidden|password|senha|login|usu[aá]rio|\buser\b|affid|sourceid/i;
const RATE_LIMITED = /rate.?limit|too many|quota|exceeded|limite/i;
const UNAVAILABLE = /unavailable|timeout|timed out|maintenance|manuten|tempor|try again|internal|indispon/i;

/** The class of a refusal that comes with HTTP 200, by its words. */
export function kindOfText(text: string): UpstreamFailure["kind"] {
  if (RATE_LIMITED.test(text)) return "rate_limited";
  if (UNAUTHORIZED.test(text)) return "unauthorized";
  return UNAVAILABLE.test(text) ? "unavailable" : "rejected";
}

/** JSON, or a failure that says what came instead. */
export function jsonOf(text: string, what: string, session: ReportSession): Reported<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    const kind = /^\s*<(?:!doctype html|html)/i.test(text) ? "HTML" : text.trim() === "" ? "empty" : "not JSON";
    return failed("malformed", `${what}: the answer is ${kind}.`, session);
  }
}

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The texts in these fields of an answer, joined; null when it says nothing there. */
export function saidIn(value: unknown, ...names: string[]): string | null {
  const texts = names.map((name) => (isRecord(value) ? value[name] : null)).filter((text) => typeof text === "string");
  return texts.join(": ") || null;
}

/** Warnings of one page; the first ones stand, the others are counted. */
export interface Warnings {
  add(text: string): void;
  list(): string[];
}

/** No warnings yet. */
export function noWarnings(): Warnings {
  const kept: string[] = [];
  let more = 0;
  return {
    add(text) {
      if (kept.length < MAX_WARNINGS) kept.push(text);
      else more += 1;
    },
    list: () => (more === 0 ? [...kept] : [...kept, `And ${more} more.`]),
  };
}

/** A row that cannot be read, and why; thrown by readers, caught by `readRows`. */
class Unreadable extends Error {
  override name = "Unreadable";
}

/**
 * Reads rows one by one. `idOf` names the row in its warning, which is all that is told of its values; `unread` is given the id
 * of each row that was left out.
 */
export function readRows<Row, Read>(
  rows: readonly unknown[],
  schema: z.ZodType<Row>,
  idOf: (row: Record<string, unknown>) => unknown,
  warnings: Warnings,
  read: (row: Row) => Read,
  unread?: (id: string | null) => void,
): Read[] {
  return rows.flatMap((row, index) => {
    const parsed = schema.safeParse(row);
    const issue = parsed.error?.issues[0];
    let why = [issue?.path.map(String).join("."), issue?.message].filter(Boolean).join(": ");
    if (parsed.success) {
      try {
        return [read(parsed.data)];
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        why = error.message;
      }
    }
    const id = isRecord(row) ? idOf(row) : null;
    const told = typeof id === "string" || typeof id === "number" ? String(id).trim() : null;
    unread?.(told);
    warnings.add(`Row ${told?.slice(0, 64) ?? `number ${index + 1}`} was left out: ${why}`);
    return [];
  });
}

/**
 * A page of programmes, its rows read one by one. A row for which `read` gives null is none of ours; one that cannot be read is
 * told by its id.
 */
export function programmesPage<Row>(
  rows: readonly unknown[],
  schema: z.ZodType<Row>,
  idOf: (row: Record<string, unknown>) => unknown,
  read: (row: Row) => Programme | null,
  next: string | null = null,
  warnings = noWarnings(),
): Reported<ProgrammesPage> {
  const unread: (string | null)[] = [];
  const programmes = readRows(rows, schema, idOf, warnings, read, (id) => unread.push(id)).filter((it) => it !== null);
  const left = unread.length === 0 ? {} : { unread };
  return { ok: true, value: { programmes, ...left, next, warnings: warnings.list() } };
}

/** An id that may be a number or a text; longer ones are refused, never cut. A number beyond 2^53 is no id any more. */
export const outsideId = z
  .union([z.string().trim().min(1).max(256), z.int().transform(String)])
  .describe("an id, as text or number");

/** An amount as an upstream writes it. */
export const amount = z.union([z.number(), z.string().trim()]);

/** An amount in minor units, rounded to the currency's digits; throws `Unreadable`. */
export function amountOf(value: string | number, currency: string, what: string): Money {
  const money = moneyOf(value, currency.trim().toUpperCase());
  if (money !== null) return money;
  throw new Unreadable(decimalOf(value) === null ? `${what} is no number` : `${what} is too large or in no currency`);
}

/** An instant that must be there; throws `Unreadable`. */
export function instantOf(text: string, parse: (text: string) => number | null, what: string): number {
  const ms = parse(text);
  if (ms === null) throw new Unreadable(`${what} is no date`);
  return ms;
}

/** A text with something in it, else null; `NULL` is how some upstreams write nothing. */
export function textOrNull(value: string | number | null | undefined): string | null {
  const text = String(value ?? "").trim();
  return text === "" || text.toUpperCase() === "NULL" ? null : text.slice(0, 256);
}
