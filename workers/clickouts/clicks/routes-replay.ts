// The door of `scripts/replay-clickouts.ts`: clicks that reached only the log are brought back.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import type { Routes } from "../../../src/shared/system.ts";
import { handover } from "./schema-handover.ts";
import { replayHandovers } from "./service-replay.ts";

const replay = createRoute({
  ...keyed("clickouts:write"),
  method: "post",
  path: "/api/clickouts/visits/replay",
  description: "Takes the `handover` of log lines `clickouts_handed_to_log`. Sent twice, they count once.",
  request: { body: body(z.strictObject({ handovers: z.array(handover).min(1).max(100) })) },
  responses: { 200: json(z.object({ clicks: z.int() }), "How many clicks were handed over.") },
});

/** Adds the door. */
export function addReplayRoute(routes: Routes): void {
  routes.openapi(replay, async (c) => {
    const { handovers } = c.req.valid("json");
    return c.json({ clicks: await replayHandovers(c.env, handovers) }, 200);
  });
}
