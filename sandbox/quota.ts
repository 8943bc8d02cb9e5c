// Counts calls per key in a sliding minute, as upstreams with a published limit do.
// It must never look at a wall clock: time is passed in.

const WINDOW_MS = 60_000;

/** Answers whether one more call of `key` fits the limit; a refused call is not counted. */
export function callQuota(callsPerMinute: number, now: () => number): (key: string) => boolean {
  const calls = new Map<string, number[]>();
  return (key) => {
    const since = now() - WINDOW_MS;
    const recent = (calls.get(key) ?? []).filter((at) => at > since);
    const fits = recent.length < callsPerMinute;
    if (fits) recent.push(now());
    calls.set(key, recent);
    return fits;
  };
}
