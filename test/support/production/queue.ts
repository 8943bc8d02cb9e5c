// A queue as it is in production: durable, at least once, in no order, with limits of size, retries and delay.
import type { Clock } from "../../../src/shared/clock.ts";

/** https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_MESSAGE_BYTES = 128_000;
const MAX_BATCH_BYTES = 256_000;
const MAX_BATCH_MESSAGES = 100;
const MAX_DELAY_SECONDS = 24 * 3_600;

interface Waiting {
  id: string;
  body: unknown;
  sentAtMs: number;
  dueAtMs: number;
  attempts: number;
}

/** How a queue delivers: `batchSize` and `maxRetries` as in wrangler.toml, `random` in [0, 1) for order and repeats. */
export interface QueueRules {
  batchSize?: number;
  maxRetries?: number;
  random?: () => number;
  /** The share of acknowledged messages that come again all the same. */
  repeats?: number;
}

function sizeOf(body: unknown): number {
  return new TextEncoder().encode(JSON.stringify(body) ?? "").byteLength;
}

/** Stands in for a producer's binding; a test delivers what waits. */
export class ProductionQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #rules: Required<QueueRules>;
  #waiting: Waiting[] = [];
  #sent = 0;

  /** What was given up after its last retry. */
  readonly dead: unknown[] = [];

  constructor(name: string, clock: Clock, rules: QueueRules = {}) {
    this.name = name;
    this.#clock = clock;
    this.#rules = { batchSize: 20, maxRetries: 100, random: Math.random, repeats: 0.1, ...rules };
  }

  /** How many messages wait, due or not. */
  get length(): number {
    return this.#waiting.length;
  }

  async send(body: unknown, options?: QueueSendOptions): Promise<void> {
    this.#enqueue([{ body, ...(options?.delaySeconds === undefined ? {} : { delaySeconds: options.delaySeconds }) }]);
  }

  async sendBatch(messages: Iterable<MessageSendRequest>): Promise<void> {
    this.#enqueue([...messages]);
  }

  #enqueue(messages: readonly MessageSendRequest[]): void {
    if (messages.length > MAX_BATCH_MESSAGES)
      throw new Error(`Queue sendBatch failed: more than ${MAX_BATCH_MESSAGES} messages`);
    let bytes = 0;
    for (const { body, delaySeconds = 0 } of messages) {
      const size = sizeOf(body);
      bytes += size;
      if (size > MAX_MESSAGE_BYTES)
        throw new Error(`Queue send failed: message length of ${size} bytes exceeds limit of ${MAX_MESSAGE_BYTES}`);
      if (delaySeconds > MAX_DELAY_SECONDS) throw new Error("Queue send failed: delay too long");
    }
    if (bytes > MAX_BATCH_BYTES)
      throw new Error(`Queue sendBatch failed: batch size of ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
    for (const { body, delaySeconds = 0 } of messages) {
      const sentAtMs = this.#clock();
      // A copy: what the sender does to its object afterwards must not reach the consumer.
      const copy: unknown = structuredClone(body);
      this.#waiting.push({
        id: `${this.name}-${++this.#sent}`,
        body: copy,
        sentAtMs,
        dueAtMs: sentAtMs + delaySeconds * 1_000,
        attempts: 0,
      });
    }
  }

  /** Delivers one batch of what is due, in any order; returns how many messages it held. A consumer that throws gets all again. */
  async deliver(consume: (batch: MessageBatch) => Promise<void>): Promise<number> {
    const nowMs = this.#clock();
    const due = this.#waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs);
    this.#shuffle(due);
    const batch = due.slice(0, this.#rules.batchSize);
    if (batch.length === 0) return 0;
    const retries = new Map<string, number>();
    const acked = new Set<string>();
    const messages = batch.map((message) => {
      message.attempts++;
      return {
        id: message.id,
        timestamp: new Date(message.sentAtMs),
        body: structuredClone(message.body),
        attempts: message.attempts,
        ack: () => void (retries.has(message.id) || acked.add(message.id)),
        retry: (options?: QueueRetryOptions) =>
          void (acked.has(message.id) || retries.set(message.id, options?.delaySeconds ?? 0)),
      };
    });
    const all = {
      queue: this.name,
      messages,
      metadata: {},
      ackAll: () => messages.forEach((message) => message.ack()),
      retryAll: (options?: QueueRetryOptions) => messages.forEach((message) => message.retry(options)),
    };
    let threw = false;
    try {
      await consume(all as unknown as MessageBatch);
    } catch {
      threw = true;
    }
    for (const message of batch)
      this.#settle(message, retries.get(message.id) ?? (threw && !acked.has(message.id) ? 0 : null));
    return batch.length;
  }

  /** Delivers until nothing is due. */
  async drain(consume: (batch: MessageBatch) => Promise<void>): Promise<void> {
    while ((await this.deliver(consume)) > 0);
  }

  #settle(message: Waiting, retryAfterSeconds: number | null): void {
    if (retryAfterSeconds === null) {
      // At least once: now and then an acknowledgement is lost.
      if (this.#rules.random() < this.#rules.repeats) return;
    } else if (message.attempts <= this.#rules.maxRetries) {
      message.dueAtMs = this.#clock() + retryAfterSeconds * 1_000;
      return;
    } else {
      this.dead.push(message.body);
    }
    this.#waiting = this.#waiting.filter((other) => other !== message);
  }

  #shuffle(messages: Waiting[]): void {
    for (let i = messages.length - 1; i > 0; i--) {
      const j = Math.floor(this.#rules.random() * (i + 1));
      [messages[i], messages[j]] = [messages[j] as Waiting, messages[i] as Waiting];
    }
  }
}
