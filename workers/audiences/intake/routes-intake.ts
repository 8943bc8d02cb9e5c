// The doors of those who send memberships: mParticle, and existing lambdas. They read bodies of up to 16 MiB themselves, once
// the key is known to be good; whoever has none is read no further than a registration needs.
import type { Context } from "hono";
import { demand, identify, unauthorized } from "../../../src/shared/auth/requires.ts";
import { grants } from "../../../src/shared/auth/scopes.ts";
import { AppError } from "../../../src/shared/errors.ts";
import { text } from "../../../src/shared/http/answers.ts";
import { invalidRequest } from "../../../src/shared/http/app.ts";
import { parseJson, withBody } from "../../../src/shared/http/large-body.ts";
import type { Actor } from "../../../src/shared/deps.ts";
import type { AppEnv, Routes } from "../../../src/shared/system.ts";
import { TEXT, invalidVerb, taken, verbOf } from "./compat.ts";
import { readMembership, readMpids } from "./membership.ts";
import * as mparticle from "./mparticle.ts";
import type { Stamp } from "./mparticle.ts";
import type { Open } from "../routes-doors.ts";
import * as schema from "../schema.ts";
import { countIgnored } from "./service-ignored.ts";
import { takeBatch, takeMembership } from "./service-intake.ts";
import { subscribe } from "./service-subscription.ts";

const MAX_BYTES = 16 * 1_048_576;
/** A registration has four short members. */
const MAX_KEYLESS_BYTES = 65_536;

const INGEST = "audiences:ingest";

/** A schema would read every message twice: it only tells what is wrong with one. */
function messageOf(body: string): schema.Envelope {
  const given = parseJson(body);
  if (mparticle.isEnvelope(given)) return given;
  throw invalidRequest(schema.envelope.safeParse(given).error!);
}

function accountOf(message: schema.Envelope, actor: Actor): schema.AccountSettings {
  const settings = mparticle.settingsOf(message);
  const account = mparticle.plainAccount(settings) ?? strictAccount(settings);
  demand(actor, `${INGEST}:${account.workspaceId}`);
  return account;
}

/** Ids as numbers, or pasted with blanks; else it tells what is wrong. */
function strictAccount(settings: object): schema.AccountSettings {
  const read = schema.accountSettings.safeParse(settings);
  if (read.success) return read.data;
  const issues = read.error.issues.map((issue) => ({ ...issue, path: ["account", "account_settings", ...issue.path] }));
  throw invalidRequest({ issues });
}

/** mParticle reads JSON with this very type. */
function told(answer: object): Response {
  return new Response(JSON.stringify(answer), { headers: { "Content-Type": "application/json;charset=utf-8" } });
}

async function membership(c: Context<AppEnv>, open: Open, message: schema.Envelope, stamp: Stamp, actor: Actor) {
  const { user_profiles: profiles, timestamp_ms: sentAt } = message;
  if (profiles === undefined || profiles === null) {
    // The heartbeat: whoever may send for any workspace may ask whether we live.
    if (!actor.scopes.some((scope) => grants([scope], INGEST) || scope.startsWith(`${INGEST}:`))) demand(actor, INGEST);
    return told(mparticle.membershipTaken(stamp, false));
  }
  const account = accountOf(message, actor);
  const { segments, ignored } = readMembership(profiles);
  const op = open(c);
  const { suspend } = await takeMembership(op, account, segments, mparticle.eventTime(sentAt, stamp.nowMs));
  countIgnored(op, ignored);
  return told(mparticle.membershipTaken(stamp, suspend));
}

async function subscription(c: Context<AppEnv>, open: Open, message: schema.Envelope, stamp: Stamp, actor: Actor) {
  const account = accountOf(message, actor);
  const read = schema.subscription.safeParse(message);
  if (!read.success) throw invalidRequest(read.error);
  const { audience_id: audienceId, audience_name: audienceName, action } = read.data;
  const { segmentName } = await subscribe(open(c), {
    account,
    audienceId,
    audienceName: audienceName ?? null,
    action,
    settings: message["audience_subscription_settings"],
    previousSettings: message["previous_audience_subscription_settings"],
    atMs: mparticle.eventTime(message.timestamp_ms, stamp.nowMs),
  });
  return told(mparticle.subscribed(stamp, segmentName));
}

/** What is too large for a caller without a key is refused for the key. */
async function keylessBody<T>(c: Context<AppEnv>, work: (body: string) => Promise<T>): Promise<T> {
  try {
    return await withBody(c, MAX_KEYLESS_BYTES, work);
  } catch (error) {
    throw error instanceof AppError && error.code === "body_too_large" ? unauthorized() : error;
  }
}

async function answerMparticle(c: Context<AppEnv>, open: Open): Promise<Response> {
  const actor = await identify(c, { compat: true, token: true });
  if (actor !== null) c.set("actor", actor);
  const answer = async (body: string) => {
    const message = messageOf(body);
    const nowMs = c.get("deps").clock();
    const stamp: Stamp = { id: crypto.randomUUID(), nowMs, firehoseVersion: message.firehose_version };
    const type = mparticle.messageType(message);
    if (type === "module_registration") return told(mparticle.registration(stamp));
    if (actor === null) throw unauthorized();
    return type === "audience_subscription"
      ? subscription(c, open, message, stamp, actor)
      : membership(c, open, message, stamp, actor);
  };
  return actor === null ? keylessBody(c, answer) : withBody(c, MAX_BYTES, answer);
}

/** A body of the batch door; null where it is none. */
function batchOf(body: string) {
  try {
    const given = parseJson(body);
    const read = schema.batch.safeParse(given);
    return read.success ? { ...read.data, ...readMpids((given as { mpids?: unknown }).mpids) } : null;
  } catch (error) {
    if (error instanceof AppError && error.status === 400) return null;
    throw error;
  }
}

async function answerBatch(c: Context<AppEnv>, open: Open): Promise<Response> {
  if (c.req.method !== "POST") return c.text(TEXT.methodNotAllowed, 405, { Allow: "POST" });
  const actor = await identify(c, { compat: true });
  if (actor === null) return c.text(TEXT.wrongToken, 401, { "WWW-Authenticate": 'Bearer realm="sluice"' });
  c.set("actor", actor);
  return withBody(c, MAX_BYTES, async (body) => {
    const batch = batchOf(body);
    if (batch === null) return c.text(TEXT.invalidBody, 400);
    const { apiToken: apiKey, workspaceId, environmentId, trafficTypeId, segment, mpids, dropped } = batch;
    demand(actor, `${INGEST}:${workspaceId}`);
    const verb = verbOf(batch.verb);
    if (verb === null) return c.text(invalidVerb(batch.verb), 400);
    const op = open(c);
    await takeBatch(op, { apiKey, workspaceId, environmentId, trafficTypeId }, segment, verb, mpids);
    countIgnored(op, dropped === 0 ? {} : { no_mpid: dropped });
    return c.text(taken(batch.verb), 200);
  });
}

const security = [{ bearer: [INGEST] }];
const anyJson = { required: true, content: { "application/json": { schema: { type: "object" as const } } } };

/** Adds `/mparticle` and `/audiences`. They check their bodies themselves, so they are only described to OpenAPI. */
export function addIntakeRoutes(routes: Routes, open: Open): void {
  routes.post("/mparticle", (c) => answerMparticle(c, open));
  routes.openAPIRegistry.registerPath({
    method: "post",
    path: "/mparticle",
    summary: "mParticle's protocol: registration (no key needed), subscriptions, membership changes",
    security: [{}, ...security],
    request: { body: anyJson },
    responses: { 200: { description: "The answer of the message's type.", content: anyJson.content } },
  });
  routes.all("/audiences", (c) => answerBatch(c, open));
  routes.openAPIRegistry.registerPath({
    method: "post",
    path: "/audiences",
    summary: "Takes MPIDs of one segment, as the replaced batch server did",
    security,
    request: { body: anyJson },
    responses: {
      200: text("`MPIDs add` or `MPIDs delete`: they are on disk."),
      400: text("What is wrong with the body."),
      401: text("The key is not known."),
    },
  });
}
