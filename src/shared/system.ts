// What a system is to the rest of the house. `compose` walks the list of these and knows nothing else of them.
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Hono } from "hono";
import type { Actor, Deps } from "./deps.ts";
import type { Job, SteppedJob } from "./jobs/job.ts";
import type { Text } from "./page/language.ts";
import type { Found, NavItem, Need, SetUpStep, TileData } from "./page/overview.ts";
import type { Look } from "./page/view.ts";
import type { SeriesSpec } from "./series/spec.ts";

/** What a door may know of the house as a whole: `console` walks it. */
export interface House {
  systems: readonly System[];
  /** The OpenAPI 3.1 document of all routes. */
  openApi: () => object;
}

/** The Hono environment of every door behind the general middleware. */
export interface AppEnv {
  Bindings: Env;
  Variables: { requestId: string; actor: Actor; deps: Deps; house: House };
}

/** The request in which an operator changes something, and the house that it changes. */
export interface Change {
  env: Env;
  deps: Deps;
  systems: readonly System[];
  actor: Pick<Actor, "id">;
  requestId: string;
}

/** The routes of a system. */
export type Routes = OpenAPIHono<AppEnv>;

/** What becomes of a queue message: done, again after a delay, or set aside with its reason. */
export type Outcome =
  | { kind: "ack" }
  | { kind: "retry"; afterSeconds: number; reason: string }
  | { kind: "park"; reason: string; detail: string };

/** Handles one message; a throw counts as a retry. `attempts` starts at 1. */
export type Consumer = (body: unknown, env: Env, deps: Deps, attempts: number) => Promise<Outcome>;

/** What an upstream said of credentials; `detail` holds no secret. `unsure`: it could not be asked, so this says nothing. */
export interface CredentialVerdict {
  ok: boolean;
  detail: string;
  unsure?: boolean;
}

/** Asks an upstream whether it takes these credentials, by its cheapest authenticated call. `name` is the credential's. */
export type CredentialTest = (
  fields: Readonly<Record<string, string>>,
  env: Env,
  deps: Deps,
  name: string,
) => Promise<CredentialVerdict>;

/** One request at an edge door; `url` is the request's, read once. */
export interface EdgeCall {
  request: Request;
  url: string;
  env: Env;
  ctx: ExecutionContext;
  deps: Deps;
}

/** A path answered before all middleware, for a system whose budget is microseconds. */
export interface EdgeDoor {
  /** The exact path, without query. */
  path: string;
  handle: (call: EdgeCall) => Response | Promise<Response>;
}

/** One system of the house. */
export interface System {
  name: string;
  /** The path prefixes that its routes stand under; no two systems share one. */
  prefixes?: readonly string[];
  routes?: Routes;
  /** Paths (and all below them) whose doors read bodies over 1 MiB themselves, with `withBody` of `http/large-body.ts`. */
  largeBodies?: readonly string[];
  edge?: EdgeDoor;
  /** By queue name. */
  queues?: Readonly<Record<string, Consumer>>;
  /** Job names by cron expression; the names are keys of `jobs` of any system. Systems may share a cron. */
  crons?: Readonly<Record<string, readonly string[]>>;
  /** By job name. */
  jobs?: Readonly<Record<string, Job | SteppedJob>>;
  /** Called after credentials were put or deleted, for what is built from them. The sweep repairs what it fails to do. */
  credentialsChanged?: (env: Env, deps: Deps, name: string) => Promise<void>;
  /** By credential name, without its parameter. */
  testCredential?: Readonly<Record<string, CredentialTest>>;
  /** Its credentials are always asked about before they are stored; a bad verdict stores nothing. */
  asksBeforeStoring?: boolean;
  /** Time series that its pages draw, by name, out of the metrics; rolled by the sweep, read by `series/past.ts`. */
  series?: Readonly<Record<string, SeriesSpec>>;
  /** Events that it publishes to webhooks (`webhooks/publish.ts`), by type, and what each says. */
  events?: Readonly<Record<string, Text>>;
  /** Its pages, made by `newPages()` of `page/pages.tsx`: below `/console/<name>`, or below one of its prefixes. */
  pages?: Hono<AppEnv>;
  /** Its lines in the navigation; the first is where its tile leads. */
  nav?: readonly NavItem[];
  /**
   * The four questions that the console asks of a reader who has `<name>:read`. One that throws or takes over two seconds is
   * left out and logged; none may write.
   */
  tile?: (look: Look) => Promise<TileData>;
  attention?: (look: Look) => Promise<Need[]>;
  find?: (look: Look, id: string) => Promise<Found[]>;
  setUp?: (look: Look) => Promise<SetUpStep[]>;
}
