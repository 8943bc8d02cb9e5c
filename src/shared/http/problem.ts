// Every failure as RFC 9457 problem+json. Of a bug the caller learns only that it happened, and its request id.
import { HTTPException } from "hono/http-exception";
import { AppError } from "../errors.ts";
import { log } from "../telemetry/log.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The answer to a failure. Bugs are logged here, once, with the request id that the caller was given. */
export function problem(error: unknown, requestId: string): Response {
  const known = reported(error, requestId);
  const document = {
    ...known.extra,
    type: "about:blank",
    title: TITLES[known.status] ?? "Error",
    status: known.status,
    detail: known.detail,
    code: known.code,
    requestId,
    ...(known.errors === undefined ? {} : { errors: known.errors }),
  };
  return new Response(JSON.stringify(document), {
    status: known.status,
    headers: {
      ...known.headers,
      "Content-Type": "application/problem+json; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Request-Id": requestId,
    },
  });
}

/** The error that a caller may know; a bug is logged on the way, once. */
export function reported(error: unknown, requestId: string): AppError {
  const known = understood(error);
  if (known.status >= 500) log("request_failed", { level: "error", requestId, code: known.code, error });
  return known;
}

/** The error that a caller may know. Hono's own exceptions come from its reading of bodies. */
function understood(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException && error.status === 400) {
    return new AppError("invalid_json", { retry: false, detail: "The body is not valid JSON." });
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new AppError("unsupported_media_type", { retry: false, detail: "This door takes another Content-Type." });
  }
  return new AppError("internal_error", { retry: true, detail: "The request failed. The fault was logged." });
}
