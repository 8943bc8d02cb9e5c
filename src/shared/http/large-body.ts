// Bodies over 1 MiB wait their turn: one at a time per isolate, since its 128 MB are shared by every request in it.
// A door that takes them reads its own body with `withBody`, after it knows who calls; its path stands in `System.largeBodies`.
import type { Context } from "hono";
import { SECOND_MS } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { TooLate, inTime } from "../deadline.ts";
import { AppError } from "../errors.ts";
import type { AppEnv } from "../system.ts";
import { MAX_BODY_BYTES, tooLarge } from "./body.ts";

/** 16 MiB in this time is a slow line; one that is slower must not keep the others waiting. */
const READ_WITHIN_MS = 20 * SECOND_MS;
/** The same for 32 MiB that are put into a database while they come. The turn may end before: little of it is in memory. */
const PIECES_WITHIN_MS = 60 * SECOND_MS;
/** A request whose client goes away is never resumed, so it cannot give its turn back: after this time the turn is free. */
const TURN_MS = 40 * SECOND_MS;

/** The turn of an isolate. Exported for its test. */
export class Turn {
  #holder: object | null = null;
  #untilMs = 0;

  /** Takes the turn for `who`, or throws `busy`. Taking it again changes nothing. */
  take(who: object, nowMs: number): void {
    if (this.#holder === who) return;
    if (this.#holder !== null && nowMs < this.#untilMs) throw busy("Another large body is being read.");
    this.#holder = who;
    this.#untilMs = nowMs + TURN_MS;
  }

  /** Gives the turn back, if it is still `who` that has it. */
  release(who: object): void {
    if (this.#holder === who) this.#holder = null;
  }
}

const turn = new Turn();

function busy(detail: string): AppError {
  return new AppError("busy", { retry: true, detail, headers: { "Retry-After": "1" } });
}

/** For bodies that are decoded in one piece, which leave nothing behind in it. */
const wholeBodies = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** A body of a declared length, to which the runtime holds the sender. */
async function shortText(request: Request): Promise<string> {
  return decoded(wholeBodies, new Uint8Array(await request.arrayBuffer()), false);
}

async function readText(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  grown: (bytes: number) => void,
): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const reader = body.getReader();
  let size = 0;
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoded(decoder);
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      grown(size);
      text += decoded(decoder, value);
    }
  } finally {
    // What is not read any more need not be sent; after the end this does nothing.
    reader.cancel().catch(() => {});
  }
}

function decoded(decoder: TextDecoder, bytes?: Uint8Array, stream = bytes !== undefined): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    throw notJson();
  }
}

function notJson(): AppError {
  return new AppError("invalid_json", { retry: false, detail: "The body is not valid JSON." });
}

/**
 * Reads a body of at most `maxBytes` and hands its text to `work`; one over 1 MiB keeps the isolate's turn until `work` is
 * done. Throws `body_too_large`, `busy` (another large body is under way, or this one is too slow), `invalid_json` (not UTF-8).
 */
export async function withBody<T>(
  c: Context<AppEnv>,
  maxBytes: number,
  work: (text: string) => Promise<T>,
): Promise<T> {
  const { raw } = c.req;
  const clock: Clock = c.get("deps").clock;
  const length = raw.headers.get("Content-Length");
  const declared = Number(length ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  // It needs no turn, and what says how long it is can be read at once.
  if (length !== null && declared <= MAX_BODY_BYTES) return work(await shortText(raw));
  const who = {};
  const grown = (bytes: number) => {
    if (bytes > MAX_BODY_BYTES) turn.take(who, clock());
  };
  try {
    grown(declared);
    const text = raw.body === null ? "" : await inTime(readText(raw.body, maxBytes, grown), READ_WITHIN_MS);
    return await work(text);
  } catch (error) {
    if (error instanceof TooLate) throw busy("The body came too slowly.");
    throw error;
  } finally {
    turn.release(who);
  }
}

/**
 * Hands a body of at most `maxBytes` to `work` piece by piece, as text in UTF-8, so that no more than a piece of it is in memory
 * at a time. Takes the turn as `withBody` does. Throws `body_too_large`, `busy`, `invalid_request` (not UTF-8).
 */
export async function withPieces<T>(
  c: Context<AppEnv>,
  maxBytes: number,
  work: (pieces: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const { raw } = c.req;
  const clock: Clock = c.get("deps").clock;
  const declared = Number(raw.headers.get("Content-Length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const who = {};
  const grown = (bytes: number) => {
    if (bytes > MAX_BODY_BYTES) turn.take(who, clock());
  };
  try {
    grown(declared);
    return await work(piecesOf(raw.body, maxBytes, grown, clock));
  } catch (error) {
    if (error instanceof TooLate) throw busy("The body came too slowly.");
    throw error;
  } finally {
    turn.release(who);
  }
}

async function* piecesOf(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  grown: (bytes: number) => void,
  clock: Clock,
): AsyncGenerator<string> {
  if (body === null) return;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const piece = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new AppError("invalid_request", { retry: false, detail: "The body is not text in UTF-8." });
    }
  };
  const reader = body.getReader();
  const endMs = clock() + PIECES_WITHIN_MS;
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), Math.max(1, endMs - clock()));
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      grown(size);
      yield piece(value);
    }
    yield piece();
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Reads JSON; throws `invalid_json`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}
