// The rules of production that the local runtime does not enforce, put around the bindings of a test.
// One call of `production` is one invocation in one location; invocations that belong together share a `World`.
import type { Clock } from "../../../src/shared/clock.ts";
import { Connections } from "./connections.ts";
import { guardedD1, QueryMeter } from "./d1.ts";
import type { Io } from "./d1.ts";
import type { IoClock } from "./io-clock.ts";
import { StaleKv } from "./kv.ts";
import type { EdgeCache, LastWrites } from "./kv.ts";
import { watchedNamespace } from "./objects.ts";
import { ProductionQueue } from "./queue.ts";
import type { QueueRules } from "./queue.ts";

/** What outlives an invocation: what each location has read from KV, who wrote when, what waits in queues. */
export class World {
  readonly writes: LastWrites = new Map();
  readonly #caches = new Map<string, EdgeCache>();
  readonly #queues = new Map<string, ProductionQueue>();

  /** The KV cache of a location. */
  cache(location: string): EdgeCache {
    const cache = this.#caches.get(location) ?? new Map();
    this.#caches.set(location, cache);
    return cache;
  }

  /** The queue behind a producer's binding, such as `CLICKOUTS_QUEUE`; made with these rules when first asked for. */
  queue(binding: string, clock: Clock, rules?: QueueRules): ProductionQueue {
    const name = binding.replace(/_QUEUE$/, "").toLowerCase();
    const queue = this.#queues.get(binding) ?? new ProductionQueue(name, clock, rules);
    this.#queues.set(binding, queue);
    return queue;
  }
}

/** `clock` moves staleness and delays; if it is an `IoClock`, every operation moves it too. */
export interface ProductionOptions {
  clock: Clock | IoClock;
  world?: World;
  /** The data centre that the invocation runs in. */
  location?: string;
  /** The connections of this invocation; share them with `limitedFetch`. */
  connections?: Connections;
}

/** The bindings as one invocation in production sees them. */
export function production(env: Env, options: ProductionOptions): Env {
  const { clock, world = new World(), location = "GRU", connections = new Connections() } = options;
  const io: Io = "io" in clock ? clock.io : (operation) => operation;
  const run = <T>(operation: () => Promise<T>) => io(connections.run(operation));
  const kv = new StaleKv(env.KV, { clock, cache: world.cache(location), writes: world.writes, run });
  return {
    ...env,
    DB: guardedD1(env.DB, new QueryMeter(), io),
    KV: kv as unknown as KVNamespace,
    CLICK_LOG: watchedNamespace(env.CLICK_LOG, io),
    NETWORK_LINKS: watchedNamespace(env.NETWORK_LINKS, io),
    METRICS: watchedNamespace(env.METRICS, io),
    CLICKOUTS_QUEUE: limitedQueue(world.queue("CLICKOUTS_QUEUE", clock), run),
    POLLING_QUEUE: limitedQueue(world.queue("POLLING_QUEUE", clock), run),
  };
}

function limitedQueue(queue: ProductionQueue, run: <T>(operation: () => Promise<T>) => Promise<T>): Queue {
  const doors = {
    send: (body: unknown, options?: QueueSendOptions) => run(() => queue.send(body, options)),
    sendBatch: (messages: Iterable<MessageSendRequest>) => run(() => queue.sendBatch(messages)),
  };
  return doors as unknown as Queue;
}
