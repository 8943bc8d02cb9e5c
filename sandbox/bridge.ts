// Lets a fetch-style handler answer node:http: requests in, streamed responses out.
// A caller that goes away aborts the request's signal; a body that breaks breaks the connection,
// since ending it politely would hide a torn answer.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Readable } from "node:stream";

/** A server, not yet listening, that answers every request by `handle`. */
export function bridgedServer(handle: (request: Request) => Response | Promise<Response>): Server {
  return createServer((incoming, outgoing) => {
    answer(handle, incoming, outgoing).catch(() => outgoing.destroy());
  });
}

async function answer(
  handle: (request: Request) => Response | Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const response = await handle(requestOf(incoming, gone.signal));
  if (gone.signal.aborted) {
    await response.body?.cancel();
    return;
  }
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  await send(response.body, outgoing, gone.signal);
}

/** Waits for each part to leave, so that a body that breaks later has truly been sent so far. */
async function send(
  body: ReadableStream<Uint8Array> | null,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  outgoing.flushHeaders();
  const reader = body?.getReader();
  const left = new Promise<void>((resolve) => {
    gone.addEventListener("abort", () => {
      resolve();
      reader?.cancel().catch(() => undefined);
    });
  });
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    const { value } = part;
    const sent = new Promise<void>((resolve) => {
      outgoing.write(value, () => resolve());
    });
    await Promise.race([sent, left]);
  }
  outgoing.end();
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const url = new URL(`http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`);
  const method = incoming.method ?? "GET";
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  // Node wants the word; browsers' types, which the browser tests bring in, do not know it.
  const init: RequestInit & { duplex: "half" } = { method, headers, body, duplex: "half", signal };
  return new Request(url, init);
}
