// What a person can switch at Split, as control doors: keys, approval, flags that use a segment.
// They are not part of the API that they stand beside.
import { Hono } from "hono";
import { jsonFields } from "../json-fields.ts";
import { environmentOf } from "./organisations.ts";
import type { SplitKey, SplitState } from "./organisations.ts";
import { membersOf } from "./segments.ts";

const KINDS: readonly unknown[] = ["admin", "viewer", "sdk", "revoked"];
const APPROVALS: readonly unknown[] = [403, 409, null];

/**
 * `PUT /keys {key, kind}` (known keys only), `PUT /approval {environment, status: 403|409|null}`,
 * `PUT /flags {workspace, segment, used}`, `GET /members?environment=&segment=`.
 */
export function splitSwitches(state: SplitState): Hono {
  const app = new Hono();
  app.put("/keys", async (c) => {
    const fields = await jsonFields(c.req.raw);
    const [key, kind] = [fields.get("key"), fields.get("kind")];
    const known = typeof key === "string" ? state.keys.get(key) : undefined;
    if (known === undefined || !KINDS.includes(kind)) return c.json({ error: "needs a known key and a kind" }, 400);
    known.kind = kind as SplitKey["kind"];
    return c.json({ kind });
  });

  app.put("/approval", async (c) => {
    const fields = await jsonFields(c.req.raw);
    const [id, status] = [fields.get("environment"), fields.get("status")];
    const environment = typeof id === "string" ? environmentOf(state, id) : undefined;
    if (environment === undefined || !APPROVALS.includes(status)) {
      return c.json({ error: "needs a known environment and status 403, 409 or null" }, 400);
    }
    environment.approval = status === null ? undefined : (status as 403 | 409);
    return c.json({ environment: id, status });
  });

  app.put("/flags", async (c) => {
    const fields = await jsonFields(c.req.raw);
    const workspace = state.workspaces.get(String(fields.get("workspace")));
    const segment = workspace?.segments.get(String(fields.get("segment")));
    const used = fields.get("used");
    if (segment === undefined || typeof used !== "boolean") {
      return c.json({ error: "needs a known workspace and segment, and used" }, 400);
    }
    segment.usedByFlag = used;
    return c.json({ segment: segment.name, used });
  });

  app.get("/members", (c) => {
    const members = membersOf(state, c.req.query("environment") ?? "", c.req.query("segment") ?? "");
    return members === undefined ? c.json({ error: "not active" }, 404) : c.json({ members: [...members] });
  });

  return app;
}
