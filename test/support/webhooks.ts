// Webhooks in tests: a house of two systems behind the real root, a receiver that does as it is told, and a clock.
import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Deps } from "../../src/shared/deps.ts";
import type { System } from "../../src/shared/system.ts";
import { compose } from "../../workers/compose.ts";
import { consoleSystem } from "../../workers/console/index.ts";

/** When tests begin: 2026-11-21T12:00:00Z. */
export const START_MS = Date.UTC(2026, 10, 21, 12);

/** Where the receiver stands. */
export const RECEIVER = "https://receiver.example/hook";

/** A system that publishes. */
const publisher: System = {
  name: "publisher",
  crons: { "* * * * *": ["sweep"] },
  events: { "acme.made": { en: "Something was made.", pt: "Algo foi feito." }, "acme.lost": { en: "x", pt: "x" } },
};

/** What the receiver was sent. */
export interface Received {
  url: string;
  headers: Headers;
  body: string;
  redirect: string;
}

/** An answer with its body read. */
export interface Answer {
  status: number;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

/** The house, its receiver and its queue. */
export class WebhookHouse {
  nowMs = START_MS;
  readonly received: Received[] = [];
  /** Answers in turn; the last one stays. */
  answers: ((request: Request) => Response | Promise<Response>)[] = [() => new Response("ok")];
  /** What was put into the queue `webhooks` and not yet taken: ids of deliveries. */
  queued: string[] = [];
  /** Every text that left by a door. */
  readonly left: string[] = [];
  readonly deps: Deps;
  readonly bindings: Env;
  readonly #worker: ReturnType<typeof compose>;

  constructor() {
    this.deps = { clock: () => this.nowMs, fetch: (input, init) => this.#receive(new Request(input, init)) };
    const sendBatch = async (messages: Iterable<{ body: { deliveryId: string } }>) => {
      for (const { body } of messages) this.queued.push(body.deliveryId);
    };
    this.bindings = { ...(env as Env), WEBHOOKS_QUEUE: { sendBatch } as unknown as Queue };
    this.#worker = compose([publisher, consoleSystem], this.deps);
  }

  async #receive(request: Request): Promise<Response> {
    const { url, headers, redirect } = request;
    this.received.push({ url, headers, redirect, body: await request.text() });
    const answer = this.answers.length > 1 ? this.answers.shift()! : this.answers[0]!;
    // As the platform does: what is given up rejects.
    const givenUp = new Promise<never>((_, reject) =>
      request.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true }),
    );
    return await Promise.race([answer(request), givenUp]);
  }

  /** Calls a door as `key`, the root by default. */
  async call(method: string, path: string, body?: unknown, key: string | null = env.ADMIN_TOKEN): Promise<Answer> {
    const ctx = createExecutionContext();
    const headers: Record<string, string> = key === null ? {} : { Authorization: `Bearer ${key}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await this.#worker.fetch(new Request(`https://sluice.test${path}`, init), this.bindings, ctx);
    const text = await answer.text();
    await waitOnExecutionContext(ctx);
    this.left.push(text);
    const isJson = answer.headers.get("Content-Type")?.includes("json") ?? false;
    return { status: answer.status, text, json: isJson ? JSON.parse(text) : null };
  }

  /** Adds a webhook of `acme.made`. */
  async add(more: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
    const { status, json, text } = await this.call("POST", "/api/webhooks", {
      url: RECEIVER,
      events: ["acme.made"],
      ...more,
    });
    if (status !== 201) throw new Error(text);
    return json as { id: string; secret: string };
  }

  /** Hands messages to the queue's consumer; true for each that is to come again. */
  async deliver(ids: readonly string[] = this.queued.splice(0)): Promise<boolean[]> {
    const messages = ids.map((deliveryId, i) => ({
      id: `m${i}-${deliveryId}`,
      timestamp: new Date(),
      attempts: 1,
      body: { queue: "webhooks", deliveryId },
    }));
    const batch = createMessageBatch("webhooks", messages);
    const ctx = createExecutionContext();
    await this.#worker.queue(batch, this.bindings, ctx);
    const { explicitAcks } = await getQueueResult(batch, ctx);
    return messages.map(({ id }) => !explicitAcks.includes(id));
  }

  /** The minute's cron. */
  async minute(): Promise<void> {
    const controller = { cron: "* * * * *", scheduledTime: this.nowMs, noRetry: () => {} } as ScheduledController;
    await this.#worker.scheduled(controller, this.bindings, createExecutionContext());
  }

  /** The deliveries of a webhook as its door lists them, newest first. */
  // oxlint-disable-next-line typescript/no-explicit-any
  async deliveries(id: string): Promise<any[]> {
    return (await this.call("GET", `/api/webhooks/${id}/deliveries`)).json.items;
  }
}
