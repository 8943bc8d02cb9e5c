// The fault switch of a simulator: which failures are on, and the middleware that commits them.
// It must never change a simulator's own rules, and must run in Node and in workerd alike.
import type { MiddlewareHandler } from "hono";
import { cutBody, hugeBody, pause, stalledBody, tornBody } from "./broken-bodies.ts";

/** Where and how often a fault strikes; without limits it strikes every call. */
interface FaultLimits {
  /** Strike this many calls, then be spent. */
  times?: number;
  /** Strike with this chance, 0 to 1. */
  probability?: number;
  /** Strike only paths (of the upstream, without the sandbox prefix) that begin so. */
  path?: string;
}

/**
 * One failure of an upstream. With `slow`, `torn` and `stall` the call takes effect there (a banner is
 * made, a token minted) though the caller may not learn it; `malformed` sends a whole answer whose text
 * cannot be parsed; after `token_dies` every token minted so far is refused, the call itself is answered
 * in full. All others answer in the upstream's place.
 */
export type Fault = FaultLimits &
  (
    | { mode: "slow"; ms: number }
    | { mode: "hang" }
    | { mode: "rate_limited"; retryAfter?: number | string }
    | { mode: "error"; status?: number; body?: string }
    | { mode: "torn" }
    | { mode: "stall" }
    | { mode: "malformed" }
    | { mode: "token_dies" }
    | { mode: "wrong_type" }
    | { mode: "empty" }
    | { mode: "redirect"; location?: string }
    | { mode: "huge" }
  );

/** The switch: tests and the control doors set it, the middleware asks it once per call. */
export interface Faults {
  /** Replaces all faults; of several that fit a call the first strikes. */
  set(...faults: Fault[]): void;
  clear(): void;
  /** The faults that are still on; `times` is what is left. */
  list(): readonly Fault[];
  /** The fault that strikes a call of this path, counted against its `times`. */
  strike(path: string): Fault | undefined;
}

const HANG_MS = 30_000;

/** Makes a switch with every fault off; `random` answers 0 to 1 for faults with a probability. */
export function createFaults(random: () => number): Faults {
  let active: Fault[] = [];
  return {
    set(...faults) {
      active = faults.map((fault) => ({ ...fault }));
    },
    clear() {
      active = [];
    },
    list() {
      return active.filter((fault) => fault.times !== 0);
    },
    strike(path) {
      for (const fault of active) {
        if (fault.times === 0) continue;
        if (fault.path !== undefined && !path.startsWith(fault.path)) continue;
        if (fault.probability !== undefined && random() >= fault.probability) continue;
        if (fault.times !== undefined) fault.times -= 1;
        return fault;
      }
      return undefined;
    },
  };
}

/** The middleware that commits whatever the switch says; a quiet switch costs one look. */
export function faultSwitch(faults: Faults, endTokens: () => void): MiddlewareHandler {
  return async (c, next) => {
    const fault = faults.strike(c.req.path);
    const { signal } = c.req.raw;
    switch (fault?.mode) {
      case undefined:
        return next();
      case "slow":
        await pause(fault.ms, signal);
        return next();
      case "hang":
        await pause(HANG_MS, signal);
        return new Response("gateway timeout", { status: 504 });
      case "rate_limited":
        return new Response("too many requests", {
          status: 429,
          headers: fault.retryAfter === undefined ? {} : { "Retry-After": `${fault.retryAfter}` },
        });
      case "error":
        return new Response(fault.body ?? "service unavailable", { status: fault.status ?? 503 });
      case "wrong_type":
        return html("<html><head><title>Manutenção</title></head><body>Voltamos já.</body></html>");
      case "empty":
        return new Response("");
      case "redirect":
        return new Response(null, {
          status: 302,
          headers: { Location: fault.location ?? "https://elsewhere.example/" },
        });
      case "huge":
        return new Response(hugeBody(), { headers: { "Content-Type": "application/json" } });
      case "token_dies":
        await next();
        endTokens();
        return undefined;
      case "malformed":
      case "torn":
      case "stall": {
        await next();
        const { status, headers } = c.res;
        const whole = new Uint8Array(await c.res.arrayBuffer());
        const broken = {
          malformed: () => cutBody(whole),
          torn: () => tornBody(whole),
          stall: () => stalledBody(whole, HANG_MS, signal),
        };
        const sent = new Headers(headers);
        sent.delete("Content-Length");
        c.res = undefined;
        c.res = new Response(broken[fault.mode](), { status, headers: sent });
        return undefined;
      }
    }
  };
}

function html(text: string): Response {
  return new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}
