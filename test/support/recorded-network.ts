// An upstream that answers from a list: what a client asked is kept, and each answer is used once, in order.
import type { ReportClient, ReportSession, ReportSlice, Sale } from "../../workers/clickouts/networks/report-client.ts";

/** An answer: a body with status 200, or a whole one. */
export type Canned = string | { body: string | Uint8Array; status?: number; headers?: Record<string, string> };

/** What was asked. */
export interface Asked {
  method: string;
  url: URL;
  headers: Headers;
  body: string;
}

/** A session whose network gives these answers, and what it was asked. The clock stands at `nowMs`. */
export function recordedNetwork(fields: Record<string, string>, answers: readonly Canned[], nowMs = 0) {
  const asked: Asked[] = [];
  const left = [...answers];
  const session: ReportSession = {
    fields,
    apiUrl: "https://network.example",
    token: null,
    deps: {
      clock: () => nowMs,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        asked.push({
          method: request.method,
          url: new URL(request.url),
          headers: request.headers,
          body: await request.text(),
        });
        const answer = left.shift();
        if (answer === undefined) throw new Error("asked more often than expected");
        const { body, status = 200, headers = {} } = typeof answer === "string" ? { body: answer } : answer;
        return new Response(body as BodyInit, { status, headers });
      },
    },
  };
  return { session, asked, left };
}

/** All pages of a slice: sales, warnings and cursors. Throws what failed, and after 50 pages. */
export async function readSlice(client: ReportClient, slice: ReportSlice, session: ReportSession) {
  const sales: Sale[] = [];
  const warnings: string[] = [];
  const cursors: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 50; page++) {
    const answer = await client.sales(slice, cursor, session);
    if (!answer.ok) throw new Error(`${answer.failure.kind}: ${answer.failure.detail}`);
    sales.push(...answer.value.sales);
    warnings.push(...answer.value.warnings);
    cursor = answer.value.next;
    if (cursor === null) return { sales, warnings, cursors };
    cursors.push(cursor);
  }
  throw new Error("the slice does not end");
}
