// What every event of the Worker is given besides the bindings, and who acts in it.
import type { Clock } from "./clock.ts";

/** What every event (request, queue batch, cron) is given besides the bindings. */
export interface Deps {
  clock: Clock;
  fetch: typeof fetch;
}

/** Who acts: `root` (the admin token) or a key, with the scopes it was given. */
export interface Actor {
  /** `root` or `key:<id>`; written into audit rows. */
  id: string;
  scopes: readonly string[];
}
