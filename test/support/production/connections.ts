// Six connections of one invocation may wait for their response headers; the seventh waits for one of them.

/** https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections */
const MAX_WAITING = 6;

/** The connections of one invocation. */
export class Connections {
  #open = 0;
  readonly #queue: (() => void)[] = [];

  /** The most that were open at once. */
  most = 0;

  /** Runs an operation that needs a connection until its headers have come. */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    // A slot that is given up goes straight to the first in line, so `#open` stays as it is.
    if (this.#open === MAX_WAITING) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#open++;
    this.most = Math.max(this.most, this.#open);
    try {
      return await operation();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#open--;
      else next();
    }
  }
}

/** A `fetch` of one invocation. */
export function limitedFetch(inner: typeof fetch, connections: Connections): typeof fetch {
  return (input: RequestInfo | URL, init?: RequestInit) => connections.run(() => inner(input, init));
}
