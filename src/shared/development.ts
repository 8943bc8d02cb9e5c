// Whether this is a developer's machine: the upstreams are simulators on it. Some refusals then give way to loopback.
import { LOOPBACK } from "./auth/requires.ts";
import { config } from "./config.ts";
import type { ConfigVars } from "./config.ts";

/** Told by where Awin is looked for: nobody runs that at home in production. */
export function inDevelopment(env: ConfigVars): boolean {
  return LOOPBACK.test(new URL(config(env).awinApiUrl).hostname);
}
