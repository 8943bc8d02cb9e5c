// The life of segments at Split: created in a workspace, activated per environment, listed, taken away.
// A call never reaches further than its key, and never makes a segment that the API would refuse.
import type { Context, Hono } from "hono";
import { jsonFields } from "../json-fields.ts";
import type { SplitEnvironment, SplitSegment, SplitState, Workspace } from "./organisations.ts";
import { environmentOf } from "./organisations.ts";
import { refuse } from "./refusals.ts";
import type { Reach } from "./reach.ts";

const MAX_PAGE = 50;
/** Letters, digits, `_` and `-`, a letter first. The length is inferred. */
const SEGMENT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/;

/** Opens the doors of segments and of discovery below `base`. */
export function segmentDoors(app: Hono, base: string, state: SplitState, reach: Reach, now: () => number): void {
  app.get(`${base}/workspaces`, (c) => {
    const mine = [...state.workspaces.values()].filter((workspace) => reach.sees(c, workspace));
    return c.json(
      page(
        c,
        mine.map(({ id, name }) => ({ id, name, type: "workspace" })),
      ),
    );
  });

  app.get(`${base}/environments/ws/:ws`, (c) => {
    const { environments } = reach.workspace(c, c.req.param("ws"), "read");
    return c.json(environments.map(({ id, name }) => ({ id, name })));
  });

  app.get(`${base}/trafficTypes/ws/:ws`, (c) => c.json(reach.workspace(c, c.req.param("ws"), "read").trafficTypes));

  app.post(`${base}/segments/ws/:ws/trafficTypes/:type`, async (c) => {
    const workspace = reach.workspace(c, c.req.param("ws"), "write");
    const asked = c.req.param("type");
    const trafficType = workspace.trafficTypes.find(({ id, name }) => asked === id || asked === name);
    if (trafficType === undefined) refuse(404, `Traffic type ${asked} does not exist`);
    const fields = await jsonFields(c.req.raw);
    const name = fields.get("name");
    if (typeof name !== "string" || !SEGMENT_NAME.test(name)) refuse(400, "Invalid segment name");
    if (workspace.segments.has(name)) refuse(409, `Segment ${name} already exists`);
    const [description, tags] = [fields.get("description"), fields.get("tags")];
    const segment: SplitSegment = {
      name,
      description: typeof description === "string" ? description : "",
      trafficType,
      creationTime: now(),
      tags: Array.isArray(tags) ? tags : [],
      active: new Map(),
      usedByFlag: false,
    };
    workspace.segments.set(name, segment);
    return c.json(segmentBody(segment));
  });

  app.delete(`${base}/segments/ws/:ws/:segment`, (c) => {
    const workspace = reach.workspace(c, c.req.param("ws"), "write");
    const segment = segmentOf(workspace, c.req.param("segment"));
    if (segment.usedByFlag) refuse(409, `Segment ${segment.name} is used by feature flags`);
    workspace.segments.delete(segment.name);
    return c.json(true);
  });

  app.get(`${base}/segments/ws/:ws`, (c) => {
    const { segments } = reach.workspace(c, c.req.param("ws"), "read");
    return c.json(page(c, [...segments.values()].map(segmentBody)));
  });

  app.get(`${base}/segments/ws/:ws/environments/:env`, (c) => {
    const workspace = reach.workspace(c, c.req.param("ws"), "read");
    const environment = workspace.environments.find(({ id }) => id === c.req.param("env"));
    if (environment === undefined) refuse(404, "Environment does not exist");
    const active = [...workspace.segments.values()].filter((segment) => segment.active.has(environment.id));
    return c.json(
      page(
        c,
        active.map((segment) => activeBody(segment, environment)),
      ),
    );
  });

  app.post(`${base}/segments/:env/:segment`, (c) => {
    const { workspace, environment } = reach.environment(c, c.req.param("env"), "write");
    const segment = segmentOf(workspace, c.req.param("segment"));
    // Inferred: a second activation is refused, and nothing changes.
    if (segment.active.has(environment.id)) refuse(409, `Segment ${segment.name} is already active`);
    segment.active.set(environment.id, new Set());
    return c.json(activeBody(segment, environment));
  });

  app.delete(`${base}/segments/:env/:segment`, (c) => {
    const { workspace, environment } = reach.environment(c, c.req.param("env"), "write");
    const segment = segmentOf(workspace, c.req.param("segment"));
    if (!segment.active.delete(environment.id)) refuse(404, `Segment ${segment.name} is not active here`);
    return c.json(true);
  });
}

function segmentOf(workspace: Workspace, name: string): SplitSegment {
  return workspace.segments.get(name) ?? refuse(404, `Segment ${name} does not exist`);
}

function segmentBody({ name, description, trafficType, creationTime, tags }: SplitSegment) {
  return { name, description, trafficType, creationTime, tags };
}

function activeBody({ name, trafficType, creationTime }: SplitSegment, { id, name: title }: SplitEnvironment) {
  return { name, environment: { id, name: title }, trafficType, creationTime };
}

function page(c: Context, all: readonly object[]) {
  const { limit, offset } = paging(c, MAX_PAGE);
  return { objects: all.slice(offset, offset + limit), offset, limit, totalCount: all.length };
}

/** `limit` and `offset` of the query. Inferred: more than the most is cut down to it, not refused. */
export function paging(c: Context, most: number): { limit: number; offset: number } {
  const [limit, offset] = [Number(c.req.query("limit") ?? most), Number(c.req.query("offset") ?? 0)];
  if (!Number.isInteger(limit) || limit < 1) refuse(400, "Invalid limit");
  if (!Number.isInteger(offset) || offset < 0) refuse(400, "Invalid offset");
  return { limit: Math.min(limit, most), offset };
}

/** The members of a segment in an environment, if it is active there. */
export function membersOf(state: SplitState, environmentId: string, segment: string): Set<string> | undefined {
  if (environmentOf(state, environmentId) === undefined) return undefined;
  return state.homes.get(environmentId)?.segments.get(segment)?.active.get(environmentId);
}
