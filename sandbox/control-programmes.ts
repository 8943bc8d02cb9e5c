// The control doors of programmes: joining and leaving shops, and the lists that networks answer by mistake.
// For tests and demonstrations on loopback only; it must never be reachable from outside.
import { Hono } from "hono";
import { jsonFields } from "./json-fields.ts";
import type { Simulator } from "./simulator.ts";

/**
 * `GET /control/{name}/programmes`, `PUT` and `DELETE /control/{name}/programmes/{id}` (join, leave; a shop that is
 * new there comes with `name` and `domains`), `POST /control/{name}/programmes/{empty-once|leave-most|reset}`.
 */
export function programmeDoors(simulators: readonly Simulator[]): Hono {
  const app = new Hono();
  const membershipOf = (name: string) => simulators.find((simulator) => simulator.name === name)?.membership;
  const unknown = { error: "no such network, or no such programme" };

  app.get("/control/:name/programmes", (c) => {
    const membership = membershipOf(c.req.param("name"));
    return membership === undefined ? c.json(unknown, 404) : c.json({ joined: membership.list() });
  });

  app.put("/control/:name/programmes/:id{[0-9]+}", async (c) => {
    const membership = membershipOf(c.req.param("name"));
    const shop = await jsonFields(c.req.raw);
    const [name, domains] = [shop.get("name"), shop.get("domains")];
    const given = typeof name === "string" && isTexts(domains) ? { name, domains } : undefined;
    if (membership?.join(c.req.param("id"), given) !== true) return c.json(unknown, 404);
    return c.json({ joined: membership.list() });
  });

  app.delete("/control/:name/programmes/:id{[0-9]+}", (c) => {
    const membership = membershipOf(c.req.param("name"));
    if (membership?.leave(c.req.param("id")) !== true) return c.json(unknown, 404);
    return c.json({ joined: membership.list() });
  });

  app.post("/control/:name/programmes/:what{empty-once|leave-most|reset}", (c) => {
    const membership = membershipOf(c.req.param("name"));
    if (membership === undefined) return c.json(unknown, 404);
    const what = c.req.param("what");
    if (what === "empty-once") membership.emptyListOnce();
    else if (what === "leave-most") membership.leaveMost();
    else membership.reset();
    return c.json({ joined: membership.list() });
  });

  return app;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
