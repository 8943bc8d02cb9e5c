// What `/visit` says when it does not redirect: a problem document, or a small page for a person's browser.
import { STATUS_OF } from "../../../src/shared/errors.ts";
import type { ErrorCode } from "../../../src/shared/errors.ts";

const TITLES: Partial<Record<ErrorCode, string>> = {
  invalid_url: "This link is not complete",
  unknown_store: "This link leads nowhere",
  method_not_allowed: "Method not allowed",
  busy: "Come back in a moment",
};

/** Texts of the small page, which says nothing of the request: nothing of it could be injected. */
const PAGE_TEXT: Partial<Record<ErrorCode, string>> = {
  invalid_url: "The address of the shop is missing or cannot be read. Go back and try the offer again.",
  busy: "This link cannot be followed at the moment. Try again in a few seconds.",
  unknown_store: "We do not know the shop of this link. Go back and try another offer.",
};

/** A refusal with its request id; `clickId` where a click was recorded. */
export function refusal(
  code: ErrorCode,
  detail: string,
  request: Request,
  requestId: string,
  clickId: string | null,
): Response {
  const status = STATUS_OF[code];
  const title = TITLES[code] ?? "Something went wrong";
  const headers = new Headers({
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "X-Request-Id": requestId,
    Vary: "Accept",
  });
  if (clickId !== null) headers.set("X-Clickout-Id", clickId);
  if (code === "method_not_allowed") headers.set("Allow", "GET, HEAD");
  if (code === "busy") headers.set("Retry-After", "2");
  const text = PAGE_TEXT[code];
  if (text !== undefined && request.headers.get("Accept")?.includes("text/html") === true) {
    headers.set("Content-Type", "text/html; charset=utf-8");
    headers.set("Content-Security-Policy", "default-src 'none'");
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${text}</p><p><small>${requestId}</small></p></html>`;
    return new Response(page, { status, headers });
  }
  headers.set("Content-Type", "application/problem+json");
  return Response.json({ type: "about:blank", title, status, detail, code, requestId }, { status, headers });
}
