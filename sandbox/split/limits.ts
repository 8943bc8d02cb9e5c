// Split's rate limits: calls in a window per organisation and per address, told in four headers.
// It must never look at a wall clock: time is passed in.

/** How many calls fit into how many seconds. */
export interface CallWindow {
  calls: number;
  seconds: number;
}

/** What the headers say after a call: what is left, and the whole seconds until the window begins anew. */
export interface WindowState {
  fits: boolean;
  remaining: number;
  resetSeconds: number;
}

/** Counts calls by key in windows that begin with their first call; a refused call is not counted. */
export function callWindows(now: () => number): (key: string, window: CallWindow) => WindowState {
  const started = new Map<string, { at: number; calls: number }>();
  return (key, { calls, seconds }) => {
    const lengthMs = seconds * 1000;
    let current = started.get(key);
    if (current === undefined || now() - current.at >= lengthMs) {
      current = { at: now(), calls: 0 };
      started.set(key, current);
    }
    const fits = current.calls < calls;
    if (fits) current.calls += 1;
    return {
      fits,
      remaining: Math.max(0, calls - current.calls),
      resetSeconds: Math.ceil((current.at + lengthMs - now()) / 1000),
    };
  };
}
