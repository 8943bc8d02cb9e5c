// Reads a fault from the JSON of the control door.
// It must never let through a fault that the middleware would trip over.
import type { Fault } from "./faults.ts";
import { fieldsOf } from "./json-fields.ts";

const MODES = [
  "slow",
  "hang",
  "rate_limited",
  "error",
  "torn",
  "stall",
  "malformed",
  "token_dies",
  "wrong_type",
  "empty",
  "redirect",
  "huge",
];
const TEXTS = ["path", "body", "location"];
const NUMBERS: Record<string, (value: number) => boolean> = {
  ms: (value) => value >= 0,
  times: (value) => Number.isInteger(value) && value > 0,
  probability: (value) => value >= 0 && value <= 1,
  status: (value) => Number.isInteger(value) && value >= 400 && value <= 599,
};

/** The faults of a body (one, or an array of them), or a sentence that says what is wrong. */
export function readFaults(body: unknown): Fault[] | string {
  const faults = Array.isArray(body) ? body : [body];
  for (const fault of faults) {
    const problem = problemOf(fault);
    if (problem !== undefined) return problem;
  }
  return faults as Fault[];
}

function problemOf(fault: unknown): string | undefined {
  if (typeof fault !== "object" || fault === null) return "a fault is an object with a mode";
  const fields = fieldsOf(fault);
  const mode = fields.get("mode");
  if (typeof mode !== "string" || !MODES.includes(mode)) {
    return `mode must be one of ${MODES.join(", ")}`;
  }
  if (mode === "slow" && !fields.has("ms")) return "slow needs ms";
  for (const [name, value] of fields) {
    const allowed = NUMBERS[name];
    if (allowed !== undefined && (typeof value !== "number" || !allowed(value))) {
      return `${name} is out of range`;
    }
    if (TEXTS.includes(name) && typeof value !== "string") return `${name} must be text`;
    if (name === "retryAfter" && typeof value !== "number" && typeof value !== "string") {
      return "retryAfter must be seconds or a date";
    }
    const known = name === "mode" || name === "retryAfter" || TEXTS.includes(name);
    if (allowed === undefined && !known) return `unknown field ${name}`;
  }
  return undefined;
}
