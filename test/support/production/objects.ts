// Calls to Durable Objects are I/O: a clock may move when they end.
import type { Io } from "./d1.ts";

function watched<T extends object>(stub: T, io: Io): T {
  return new Proxy(stub, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args);
        const pending =
          typeof answer === "object" || typeof answer === "function"
            ? (answer as Partial<Promise<unknown>> | null)
            : null;
        return typeof pending?.then === "function" ? io(Promise.resolve(answer)) : answer;
      };
    },
  });
}

/** A namespace whose stubs pass their calls through `io`. */
export function watchedNamespace<T extends DurableObjectNamespace>(inner: T, io: Io): T {
  return new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const made = Reflect.apply(member, target, args) as object;
        return name === "get" || name === "getByName" ? watched(made, io) : made;
      };
    },
  });
}
