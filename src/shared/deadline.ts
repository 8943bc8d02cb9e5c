// Waiting no longer than one may.

/** Rejects with this when the time is over; the promise itself goes on and is the caller's to keep alive. */
export class TooLate extends Error {
  constructor(waitMs: number) {
    super(`No answer within ${waitMs} ms.`);
    this.name = "TooLate";
  }
}

/** The promise's value if it comes within `waitMs`, else a rejection with `TooLate`. */
export async function inTime<T>(promise: Promise<T>, waitMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooLate(waitMs)), waitMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
