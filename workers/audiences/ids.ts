// Ids that others gave: what may be a workspace, an environment, an MPID. Kept as text exactly as it came: `007` is not `7`.
// A number that JavaScript cannot hold was rounded by JSON.parse already: it is refused, never passed on.
import { invalid } from "../../src/shared/errors.ts";

/** Stands in scopes, paths and hashes: nothing that would need quoting there. */
export const TENANT_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** An admin key of Split: becomes a header. */
export const API_KEY = /^[\x21-\x7e]{1,4096}$/;

/** Audiences' ids end segment names. */
export const AUDIENCE_ID = /^[A-Za-z0-9_-]{1,40}$/;

/** Split's longest key. */
const MAX_MPID = 250;
const DIGITS = /^-?[0-9]{1,20}$/;
const CONTROL = /\p{Cc}/u;

export const UNSAFE_INTEGER = "is an integer too large for JSON numbers here: send it as a string";

/** An integer beyond ±(2^53 - 1): its text can no longer be known. */
export function isUnsafe(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Why a value is no MPID: not there (null, blank), or nothing that could be one. */
export const NO_MPID = Symbol("no_mpid");
export const BAD_MPID = Symbol("bad_mpid");

/** The MPID as text, or why it is none. Throws `invalid_request` naming `path` and position for an unsafe integer. */
export function readMpid(value: unknown, path: (position: number) => string, position: number) {
  if (typeof value === "string") {
    if (DIGITS.test(value)) return value;
    if (value.trim() === "") return NO_MPID;
    return value.length <= MAX_MPID && !CONTROL.test(value) ? value : BAD_MPID;
  }
  if (value === null || value === undefined) return NO_MPID;
  if (isUnsafe(value)) throw invalid(path(position), UNSAFE_INTEGER);
  return typeof value === "number" && Number.isInteger(value) ? String(value) : BAD_MPID;
}
