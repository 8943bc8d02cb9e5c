// The root application: what every door behind it has in common, then the doors of every system.
import { newId, callersRequestId } from "../ids.ts";
import { AppError } from "../errors.ts";
import { failurePage } from "../page/pages.tsx";
import type { Deps } from "../deps.ts";
import type { House, Routes, System } from "../system.ts";
import { allowedMethods } from "./allow.ts";
import { newRoutes } from "./app.ts";
import { MAX_BODY_BYTES, bodyLimit } from "./body.ts";
import { openApiDocument } from "./openapi.ts";
import { problem } from "./problem.ts";

/** Mounts the routes of all systems behind request ids, body limits and problem answers. */
export function createRoot(systems: readonly System[], deps: Deps): Routes {
  const root = newRoutes();
  let document: object | undefined;
  const house: House = { systems, openApi: () => (document ??= openApiDocument(root)) };
  root.use(async (c, next) => {
    const requestId = callersRequestId(c.req.raw.headers) ?? newId("req", deps.clock());
    c.set("requestId", requestId);
    c.set("deps", deps);
    c.set("house", house);
    await next();
    // Not by `c.header`: it would make a second answer of every one.
    c.res.headers.set("X-Request-Id", requestId);
  });
  const large = systems.flatMap((system) => system.largeBodies ?? []);
  const readsItself = (path: string) => large.some((door) => path === door || path.startsWith(`${door}/`));
  root.use(bodyLimit(MAX_BODY_BYTES, readsItself));
  for (const { routes, pages } of systems) {
    if (routes !== undefined) root.route("/", routes);
    if (pages !== undefined) root.route("/", pages);
  }

  let methodsOf: ((path: string) => string[]) | undefined;
  root.notFound((c) => {
    methodsOf ??= allowedMethods(root.routes);
    const error = missing(methodsOf(c.req.path));
    throw error;
  });
  // Below the console a person reads; everywhere else it is a machine.
  root.onError((error, c) =>
    c.req.path.startsWith("/console/") ? failurePage(c, error) : problem(error, c.get("requestId")),
  );
  return root;
}

function missing(methods: readonly string[]): AppError {
  if (methods.length === 0)
    return new AppError("not_found", { retry: false, detail: "There is nothing at this path." });
  const allow = methods.join(", ");
  return new AppError("method_not_allowed", {
    retry: false,
    detail: `This path takes ${allow}.`,
    headers: { Allow: allow },
  });
}
