// The system `visitors` in tests: its doors behind the whole Worker, the demo's site at Maxymiser, and shards that are drained
// when the test says so.
import {
  createExecutionContext,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { demoMaxymiser } from "../../sandbox/demo.ts";
import worker from "../../workers/index.ts";
import { customerIdHash } from "../../workers/visitors/customer-hash.ts";
import { shardOf } from "../../workers/visitors/intake/intake.ts";
import { sandbox } from "./outgoing.ts";

export const SITE = demoMaxymiser.siteId;
export const SHARDS = 16;
export const LOGIN = demoMaxymiser.credentials;
export { customerIdHash };

/** An answer with its body read. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

/** Calls a door of the Worker, as root unless `authorization` says otherwise. A string is sent as it is. */
export async function call(
  method: string,
  path: string,
  body?: unknown,
  authorization: string | null = `Bearer ${env.ADMIN_TOKEN}`,
): Promise<Answer> {
  const ctx = createExecutionContext();
  const request = new Request(`https://sluice.test${path}`, {
    method,
    headers: {
      ...(authorization === null ? {} : { Authorization: authorization }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    redirect: "manual",
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const response = await worker.fetch(request, env, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
}

/** A pixel of the DMP; the time is in seconds before now. */
export function pixel(customerId: unknown, attribute = "customer_type", value = "vip", ago = 60, site = SITE) {
  const query = new URLSearchParams({ mmSiteId: site, attributeName: attribute, attributeValue: value });
  return {
    BkUuid: "qX7p2Za/8kLmN4+R",
    CampaignId: "204417",
    PartnerUuid: customerId,
    PixelUrl: `http://tags.bluekai.com/site/90012?${query.toString()}`,
    UtcSeconds: Math.floor(Date.now() / 1_000) - ago,
  };
}

/** Pushes pixels as the DMP does. */
export async function push(...pixels: unknown[]): Promise<Answer> {
  return await call("POST", "/receive_data/mm", { DestinationId: 1, PixelCount: 1, Pixels: pixels });
}

/** Puts the demo's credentials in. */
export async function openSite(): Promise<void> {
  const answer = await call("PUT", `/api/credentials/maxymiser:${SITE}`, LOGIN);
  if (answer.status !== 200) throw new Error(answer.text);
}

/** The object of a customer's shard. */
export function shardFor(customerId: string, site = SITE) {
  return env.VISITOR_BUFFER.getByName(`${shardOf(customerId, SHARDS)}:${site}`);
}

/** So much older does a drain make what waits: the time to collect is over. */
const AGED_MS = 5_000;

/** Lets the time to collect pass in a customer's shard and runs its alarm, as often as given. */
export async function drain(customerId: string, times = 1, site = SITE): Promise<void> {
  const shard = shardFor(customerId, site);
  for (let n = 0; n < times; n++) {
    await runInDurableObject(shard, (_, { storage: { sql } }) => {
      const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'journal'").toArray();
      if (tables.length > 0) sql.exec("UPDATE journal SET seq = seq - ?", AGED_MS);
    });
    if (!(await runDurableObjectAlarm(shard))) await ended(shard);
  }
}

/** On a slow machine the platform's own alarm may be at work already: waits until nothing waits, or the next alarm stands. */
async function ended(shard: DurableObjectStub): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const done = await runInDurableObject(shard, async (_, { storage }) => {
      const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'journal'").toArray();
      if (tables.length === 0 || (await storage.getAlarm()) !== null) return true;
      return storage.sql.exec("SELECT 1 FROM journal LIMIT 1").toArray().length === 0;
    });
    if (done) return;
    await scheduler.wait(20);
  }
}

/** What Maxymiser holds of a customer. */
export const attributesOf = (customerId: string, site = SITE) =>
  sandbox().simulators.maxymiser.attributes(site, customerId);
