// How a source hands one message to a receiver: tries, pauses between them, several at a time.
// Time and the way out are passed in; a receiver that is away is a fact, never an exception.

/** The way out of a source, and the time by which it waits. Tests pass their own of both. */
export interface Outlet {
  fetch: (request: Request) => Promise<Response>;
  wait: (ms: number) => Promise<void>;
}

/** What a source does when it gets no good answer. */
export interface RetryRules {
  /** All tries, the first included. */
  tries: number;
  /** Before the second try; each further pause is twice the one before. */
  firstPauseMs: number;
  /** One try is given up after this long. */
  timeoutMs: number;
  /** Whether to try again after this status; null is a timeout or no connection. */
  again: (status: number | null) => boolean;
}

/** How the last try ended. `taken` is any 2xx; `status` is null if there was no answer. */
export interface Delivery {
  taken: boolean;
  status: number | null;
  body: string;
  tries: number;
}

/** Sources keep this many of the messages that were given up: a long demo must not fill the memory. */
const MAX_LOST = 10_000;

/** Keeps a message that was given up, and the newest 10,000 of them. */
export function keepLost<T>(lost: T[], message: T): void {
  if (lost.length >= MAX_LOST) lost.shift();
  lost.push(message);
}

/** Posts JSON until it is taken, refused for good, or the tries are used up. */
export async function deliver(
  outlet: Outlet,
  rules: RetryRules,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Delivery> {
  for (let tries = 1; ; tries += 1) {
    const answer = await attempt(outlet, rules.timeoutMs, url, headers, body);
    const taken = answer.status !== null && answer.status >= 200 && answer.status < 300;
    if (taken || tries === rules.tries || !rules.again(answer.status)) return { taken, ...answer, tries };
    await outlet.wait(rules.firstPauseMs * 2 ** (tries - 1));
  }
}

async function attempt(
  { fetch }: Outlet,
  timeoutMs: number,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number | null; body: string }> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = { "Content-Type": "application/json", ...headers };
    const response = await fetch(new Request(url, { method: "POST", headers: sent, body, redirect: "manual", signal }));
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: null, body: "" };
  }
}

/** Does all of them, at most `width` at a time, begun in their order; answers in the same order. */
export async function inParallel<T, R>(
  things: readonly T[],
  width: number,
  each: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let mine = next; mine < things.length; mine = next) {
      next += 1;
      const thing = things[mine];
      if (thing !== undefined) results[mine] = await each(thing);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
