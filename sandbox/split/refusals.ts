// How Split says no: one envelope for every error, raised by the doors and written in one place.
// It must never name a key of the API.
import { HTTPException } from "hono/http-exception";

/** The statuses that Split refuses with. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 429;

/** Ends a call with this status and these words. */
export function refuse(status: RefusalStatus, message: string): never {
  throw new HTTPException(status, { message });
}

/** The envelope; clients read `code` and `message`. */
export function envelope(code: number, message: string, transactionId: string) {
  return { code, message, details: "", transactionId };
}
