// Bodies are bounded before anything parses them, so that no request can fill the isolate that others share.
import type { MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import type { AppEnv } from "../system.ts";

/** The limit of every door that names no other: 1 MiB. */
export const MAX_BODY_BYTES = 1_048_576;

/**
 * Middleware: refuses a body over the limit with 413. A declared length is trusted, since the runtime enforces it;
 * a body without one is read up to the limit. A body that names no type is taken for JSON. A path for which `readsItself`
 * holds is left alone: its door reads with `withBody` (`large-body.ts`), which has a limit of its own.
 */
export function bodyLimit(maxBytes: number, readsItself: (path: string) => boolean): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { raw } = c.req;
    // No door reads the body of a GET, and no Request can be built with one.
    if (raw.body !== null && raw.method !== "GET" && raw.method !== "HEAD" && !readsItself(c.req.path)) {
      const declared = raw.headers.get("Content-Length");
      if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes);
      const untyped = !raw.headers.has("Content-Type");
      if (declared === null || untyped) {
        const bytes = await readBounded(raw.body, maxBytes);
        const headers = new Headers(raw.headers);
        if (untyped && bytes.byteLength > 0) headers.set("Content-Type", "application/json");
        c.req.raw = new Request(raw.url, { method: raw.method, headers, body: bytes, signal: raw.signal });
      }
    }
    await next();
  };
}

/** The error of a body that is over its door's limit. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError("body_too_large", { retry: false, detail: `The body is over ${maxBytes} bytes.` });
}

async function readBounded(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
