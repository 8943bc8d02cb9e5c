// Bodies that misbehave on the wire: cut in the middle, silent in the middle, cut without a word, endless.
// Each waits to be read, so a reader that gives up stops it; none may outlive its reader.

const HUGE_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** Resolves after `ms`, or at once when the caller goes away. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    if (signal.aborted) finish();
    else signal.addEventListener("abort", finish);
  });
}

/** The first half of `whole`, then a broken connection. */
export function tornBody(whole: Uint8Array): ReadableStream<Uint8Array> {
  return halfThen(whole, (controller) => {
    controller.error(new Error("the connection was cut"));
  });
}

/** The first half of `whole`, then silence until the caller leaves or `ms` have passed. */
export function stalledBody(whole: Uint8Array, ms: number, signal: AbortSignal): ReadableStream<Uint8Array> {
  return halfThen(whole, async (controller, cancelled) => {
    await pause(ms, AbortSignal.any([signal, cancelled]));
    if (!cancelled.aborted) controller.error(new Error("the connection went silent"));
  });
}

/** All but the last quarter of `whole`, ended as if that were all: no parser takes it. */
export function cutBody(whole: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return whole.slice(0, Math.floor((whole.length * 3) / 4));
}

/** White space, which every parser would gladly read on, up to 8 MiB. */
export function hugeBody(): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= HUGE_BYTES) {
        controller.close();
        return;
      }
      controller.enqueue(new Uint8Array(CHUNK_BYTES).fill(0x20));
      sent += CHUNK_BYTES;
    },
  });
}

/** An error drops what is still queued, so it may only be raised after the half has been taken. */
function halfThen(
  whole: Uint8Array,
  then: (controller: ReadableStreamDefaultController<Uint8Array>, cancelled: AbortSignal) => void | Promise<void>,
): ReadableStream<Uint8Array> {
  const half = whole.slice(0, Math.floor(whole.length / 2));
  const cancelled = new AbortController();
  let given = half.length === 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given) return then(controller, cancelled.signal);
      given = true;
      controller.enqueue(half);
      return undefined;
    },
    cancel() {
      cancelled.abort();
    },
  });
}
