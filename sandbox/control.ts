// The control doors: what the simulators saw, and switches for their faults.
// For tests and demonstrations on loopback only; it must never be reachable from outside.
import { Hono } from "hono";
import { readFaults } from "./fault-body.ts";
import type { Simulator } from "./simulator.ts";

/**
 * `GET /control`, `PUT` and `DELETE /control/{name}/fault`, `GET /control/{name}/requests`. A body of
 * `PUT` is one fault or an array of them, and replaces what was set before. A simulator's own switches
 * stand below its name.
 */
export function controlDoors(simulators: readonly Simulator[]): Hono {
  const app = new Hono();
  const named = (name: string) => simulators.find((simulator) => simulator.name === name);

  app.get("/control", (c) =>
    c.json({
      simulators: simulators.map((simulator) => ({
        name: simulator.name,
        faults: simulator.faults.list(),
        requests: simulator.requests.length,
      })),
    }),
  );

  app.put("/control/:name/fault", async (c) => {
    const simulator = named(c.req.param("name"));
    if (simulator === undefined) return c.json({ error: "unknown simulator" }, 404);
    const faults = readFaults(await c.req.json().catch(() => undefined));
    if (typeof faults === "string") return c.json({ error: faults }, 400);
    if (simulator.endTokens === undefined && faults.some(({ mode }) => mode === "token_dies")) {
      return c.json({ error: `${simulator.name} mints no tokens` }, 400);
    }
    simulator.faults.set(...faults);
    return c.json({ name: simulator.name, faults: simulator.faults.list() });
  });

  app.delete("/control/:name/fault", (c) => {
    const simulator = named(c.req.param("name"));
    if (simulator === undefined) return c.json({ error: "unknown simulator" }, 404);
    simulator.faults.clear();
    return c.json({ name: simulator.name, faults: [] });
  });

  app.get("/control/:name/requests", (c) => {
    const simulator = named(c.req.param("name"));
    if (simulator === undefined) return c.json({ error: "unknown simulator" }, 404);
    return c.json({ requests: simulator.requests });
  });

  for (const { name, switches } of simulators) {
    if (switches !== undefined) app.route(`/control/${name}`, switches);
  }

  return app;
}
