// The customer's own log: what he is told, how it leaves, and that it holds up nothing.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { SITE, customerIdHash, pixel } from "../../../test/support/visitors.ts";
import { database } from "../../../src/shared/db/client.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { integrationOf } from "../intake/intake.ts";
import { receive } from "../intake/service-intake.ts";
import { forgetSites } from "../intake/service-sites.ts";
import { visitorData } from "../store.ts";
import { consumeLogs } from "./consumer.ts";
import { deliveryEvents, siteEvent } from "./events.ts";
import type { LogEvent, LogMessage } from "./events.ts";
import { postEvents } from "./log-endpoint.client.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const TOKEN = "log-token-canary-1";
const consume = consumeLogs(postEvents);

/** Bindings with a log endpoint and a queue that keeps what it gets. */
function logging(change: Record<string, unknown> = {}) {
  const sent: LogMessage[] = [];
  const VISITOR_LOGS_QUEUE = {
    sendBatch: async (messages: { body: LogMessage }[]) => void sent.push(...messages.map(({ body }) => body)),
  };
  const given = {
    ...env,
    VISITOR_LOGS_QUEUE,
    LOG_ENDPOINT: "https://logs.example/in?x=1",
    LOG_ENDPOINT_TOKEN: TOKEN,
    ...change,
  };
  const waiting: Promise<unknown>[] = [];
  const deps = { clock: Date.now, fetch: globalThis.fetch };
  const waitUntil = (work: Promise<unknown>) => void waiting.push(work);
  const op = { env: given as unknown as Env, deps, db: database(env), data: visitorData, waitUntil };
  return { sent, op, waiting, settled: () => Promise.all(waiting) };
}

const event = (n: number): LogEvent => siteEvent("token_refresh", SITE, `ok${n}`, NOW_MS);
const message = (n = 1): LogMessage => ({
  queue: "visitor-logs",
  events: Array.from({ length: n }, (_, i) => event(i)),
});

function answering(status: number, headers: Record<string, string> = {}) {
  const asked: Request[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    asked.push(new Request(input as string, init));
    return new Response(status === 204 ? null : "thanks", { status, headers });
  };
  return { asked, deps: { clock: () => NOW_MS, fetch: fetcher } };
}

beforeEach(() => forgetSites());

describe("an intake", () => {
  test("tells each element a moment later, with neither ids nor values", async () => {
    const { op, sent, settled } = logging();
    const body = { Pixels: [pixel("secret-customer", "secret-name", "secret-value"), { PartnerUuid: "secret-other" }] };
    await receive(op, integrationOf("mm")!, body);
    expect(sent).toEqual([]);
    await settled();
    expect(sent).toEqual([
      {
        queue: "visitor-logs",
        events: [
          {
            time: expect.any(String),
            kind: "intake",
            siteId: SITE,
            customerIdHash: await customerIdHash("secret-customer"),
            deliveryId: "204417",
            outcome: "accepted",
            status: null,
          },
          {
            time: expect.any(String),
            kind: "intake",
            siteId: null,
            customerIdHash: null,
            deliveryId: null,
            outcome: "no_url",
            status: null,
          },
        ],
      },
    ]);
    expect(JSON.stringify(sent)).not.toContain("secret-");
  });

  test("of many callers makes few messages", async () => {
    const { op, sent, settled } = logging();
    await Promise.all(
      Array.from({ length: 600 }, (_, n) => receive(op, integrationOf("mm")!, { Pixels: [pixel(`c${n}`)] })),
    );
    await settled();
    expect(sent.map(({ events }) => events.length)).toEqual([250, 250, 100]);
  });

  test("does nothing of the kind where no log is wanted", async () => {
    const { op, waiting } = logging({ LOG_ENDPOINT: "" });
    await receive(op, integrationOf("mm")!, { Pixels: [pixel("c")] });
    expect(waiting).toEqual([]);
  });

  test("goes well while the queue is away; what is lost is counted", async () => {
    const { op, settled } = logging({ VISITOR_LOGS_QUEUE: { sendBatch: () => Promise.reject(new Error("away")) } });
    expect(await receive(op, integrationOf("mm")!, { Pixels: [pixel("c"), pixel("d")] })).toMatchObject({
      accepted: 2,
    });
    await settled();
    expect(await metricsDoor(env).exposition()).toContain("sluice_visitor_log_events_dropped_total 2");
  });
});

test("a delivery is told for each delivery id, by the customer's hash", async () => {
  const record = {
    atMs: NOW_MS,
    customerId: "c",
    attributes: 2,
    deliveryIds: ["d1", "d2"],
    outcome: "delivered",
    status: "200",
    ms: 5,
  } as const;
  const told = {
    time: "2026-11-21T12:00:00Z",
    kind: "delivery",
    siteId: SITE,
    customerIdHash: await customerIdHash("c"),
    outcome: "delivered",
    status: "200",
  };
  expect(await deliveryEvents(SITE, [record, { ...record, deliveryIds: [] }])).toEqual([
    { ...told, deliveryId: "d1" },
    { ...told, deliveryId: "d2" },
    { ...told, deliveryId: null },
  ]);
});

describe("a message", () => {
  test("is one post, with the bearer", async () => {
    const { asked, deps } = answering(204);
    expect(await consume(message(3), logging().op.env, deps, 1)).toEqual({ kind: "ack" });
    expect(asked).toHaveLength(1);
    expect([asked[0]!.url, asked[0]!.method, asked[0]!.headers.get("Authorization")]).toEqual([
      "https://logs.example/in?x=1",
      "POST",
      `Bearer ${TOKEN}`,
    ]);
    expect(await asked[0]!.json()).toEqual({
      service: "visitors",
      sentAt: "2026-11-21T12:00:00Z",
      events: [event(0), event(1), event(2)],
    });
  });

  test("goes without a bearer where there is none", async () => {
    const { asked, deps } = answering(200);
    await consume(message(), logging({ LOG_ENDPOINT_TOKEN: undefined }).op.env, deps, 1);
    expect(asked[0]!.headers.get("Authorization")).toBeNull();
  });

  test.each([500, 401, 429, 302])("that meets %i comes again later, and no secret is told", async (status) => {
    const outcome = await consume(message(), logging().op.env, answering(status).deps, 3);
    expect(outcome).toMatchObject({ kind: "retry", afterSeconds: 20 });
    expect(JSON.stringify(outcome)).not.toContain(TOKEN);
  });

  test("waits as long as it is asked to", async () => {
    const { deps } = answering(503, { "Retry-After": "90" });
    expect(await consume(message(), logging().op.env, deps, 1)).toMatchObject({ kind: "retry", afterSeconds: 90 });
  });

  test("is dropped at last, and counted", async () => {
    // Another isolate's counting: the first push of a module goes out at once, later ones wait ten seconds.
    vi.setSystemTime(Date.now() + 60_000);
    expect(await consume(message(7), logging().op.env, answering(500).deps, 12)).toEqual({ kind: "ack" });
    vi.useRealTimers();
    expect(await metricsDoor(env).exposition()).toContain("sluice_visitor_log_events_dropped_total 7");
  });

  test.each([null, { queue: "visitor-logs" }, { queue: "other", events: [] }])(
    "%j is no message and is dropped",
    async (body) => {
      const { asked, deps } = answering(200);
      expect(await consume(body, logging().op.env, deps, 1)).toEqual({ kind: "ack" });
      expect(asked).toEqual([]);
      takeLog();
    },
  );
});
