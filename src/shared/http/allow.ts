// Tells an unknown path (404) from a wrong method (405 with `Allow`), from the routes themselves.
import { TrieRouter } from "hono/router/trie-router";
import { METHOD_NAME_ALL } from "hono/router";

interface Registered {
  method: string;
  path: string;
}

/** Builds a look-up: path to the methods that some route takes, sorted; empty when no route knows the path. */
export function allowedMethods(routes: readonly Registered[]): (path: string) => string[] {
  const router = new TrieRouter<string>();
  for (const { method, path } of routes) {
    // Middleware is registered for all methods: it makes no door.
    if (method !== METHOD_NAME_ALL) router.add("GET", path, method.toUpperCase());
  }
  return (path) => {
    const methods = new Set<string>();
    for (const [method] of router.match("GET", path)[0] as [string, unknown][]) {
      methods.add(method);
      if (method === "GET") methods.add("HEAD");
    }
    return [...methods].toSorted();
  };
}
