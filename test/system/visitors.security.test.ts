// No credential and no token of a site leaves by an answer, a log, the disk, the metrics or the customer's own log, and no raw id
// of a visitor by any of these but the disk; while all goes well, and while Maxymiser refuses.
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoMaxymiser } from "../../sandbox/demo.ts";
import { House } from "./support/house.ts";

const { siteId, credentials } = demoMaxymiser;
const WRONG = { password: "canary-wrong-pass-51ab", clientSecret: "canary-wrong-secret-51ab" };
const LOG_TOKEN = "canary-log-token-51ab";
const CUSTOMER = "canary-customer-51ab";
const VALUE = "canary-value-51ab";
const SETTLE_MS = 60_000;

interface Posted {
  authorization: string | undefined;
  text: string;
}

/** The customer's log: what was posted to it. */
const posted: Posted[] = [];
const logServer = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (part: string) => (text += part));
  request.once("end", () => {
    posted.push({ authorization: request.headers.authorization, text });
    response.end("{}");
  });
});

let house: House;
const tokens: string[] = [];

beforeAll(async () => {
  logServer.listen(0, "127.0.0.1");
  await once(logServer, "listening");
  const { port } = logServer.address() as AddressInfo;
  house = new House({
    vars: { LOG_ENDPOINT: `http://127.0.0.1:${port}/events` },
    secrets: { LOG_ENDPOINT_TOKEN: LOG_TOKEN },
  });
  await house.open();
});
afterAll(async () => {
  await house.close();
  logServer.close();
  logServer.closeAllConnections();
});

const maxymiser = () => house.sandbox.simulators.maxymiser;

function pixel(customerId: string, attribute: string, ago: number) {
  const query = new URLSearchParams({ mmSiteId: siteId, attributeName: attribute, attributeValue: VALUE });
  const PixelUrl = `http://tags.bluekai.com/site/1?${query.toString()}`;
  return { PartnerUuid: customerId, CampaignId: "d-1", PixelUrl, UtcSeconds: Math.floor(Date.now() / 1_000) - ago };
}

/** Pushes with a key in the URL. The answer echoes the first customer, as the replaced service did: it is not kept. */
async function push(key: string, ...pixels: unknown[]): Promise<void> {
  const body = JSON.stringify({ Pixels: pixels });
  const answer = await fetch(`${house.origin}/receive_data/mm?key=${key}`, { method: "POST", body });
  expect(answer.status).toBe(200);
}

async function until(done: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + SETTLE_MS; !done(); await wait(100)) {
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`);
  }
}

/** A token as a partner gets it: the one answer in which it may stand. */
async function takeToken(): Promise<void> {
  const answer = await fetch(`${house.origin}/token_refresh/${siteId}`, {
    headers: { Authorization: `Bearer ${house.adminToken}` },
  });
  const { token } = (await answer.json()) as { token: string };
  expect(maxymiser().tokens.owner(token)).toBeDefined();
  tokens.push(token);
}

const DOORS = [
  "/metrics",
  "/api/credentials",
  "/api/audit?limit=500",
  "/api/visitors/sites",
  "/api/visitors/sites.csv",
  "/api/visitors/deliveries",
  "/api/visitors/deliveries.csv",
  "/api/visitors/parked",
  "/api/visitors/parked.csv",
  `/check/${siteId}`,
  "/openapi.json",
];

const filesOf = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

it("lives a day with everything that can go wrong", async () => {
  const call = (path: string, body: unknown, method = "POST") => house.call(path, { method, body });
  const { username, password, clientId, clientSecret } = credentials;
  const auth = { username, password, client_id: clientId, client_secret: clientSecret };
  const made = await call("/api/keys", { name: "dmp", scopes: ["visitors:ingest"] });
  const { key } = JSON.parse(made.text) as { key: string };
  house.answers.length = 0;
  expect((await call("/site-set", { mmSiteId: siteId, auth: { ...auth, password: WRONG.password } })).status).toBe(400);
  const name = `/api/credentials/maxymiser:${siteId}`;
  expect((await call(name, { ...credentials, clientSecret: WRONG.clientSecret }, "PUT")).status).toBe(400);
  expect((await call("/site-set", { mmSiteId: siteId, auth })).status).toBe(200);
  expect((await call(`${name}/test`, undefined)).status).toBe(200);
  await takeToken();

  maxymiser().state.sites.get(siteId)!.attributes = ["good"];
  await push(key, pixel(CUSTOMER, "good", 60), pixel(CUSTOMER, "bad", 60), { PartnerUuid: CUSTOMER, PixelUrl: VALUE });
  await until(() => maxymiser().attributes(siteId, CUSTOMER)?.["good"] === VALUE, "the first delivery");
  maxymiser().tokens.expire();
  const message = `${CUSTOMER}-2 may not be ${VALUE}`;
  const body = JSON.stringify({ errors: [{ code: "400", message }], echo: `${CUSTOMER}-2` });
  maxymiser().faults.set({ mode: "error", status: 400, path: "/eu/api/", times: 1, body });
  await push(key, pixel(`${CUSTOMER}-2`, "good", 50));
  await until(() => maxymiser().faults.list().length === 0, "the refusal of a whole call");
  await push(key, pixel(`${CUSTOMER}-3`, "good", 40));
  await until(() => maxymiser().attributes(siteId, `${CUSTOMER}-3`) !== undefined, "a delivery with a new token");
  await takeToken();
  maxymiser().state.sites.get(siteId)!.apiAccess = false;
  await push(key, pixel(`${CUSTOMER}-4`, "good", 30));
  await until(() => maxymiser().puts.some(({ status }) => status === 403), "the pause");
  for (const door of DOORS) expect((await house.call(door)).status, door).toBe(200);
  expect((await call("/token_delete", { mmSiteId: siteId, auth })).status).toBe(200);
  for (const door of DOORS) await house.call(door);
  await until(() => posted.some(({ text }) => text.includes("credentials_deleted")), "the customer's log");
  expect(house.printed).not.toContain(key);
  expect(house.answers.join("\n")).not.toContain(key);
  expect(posted.map(({ text }) => text).join("\n")).not.toContain(key);
});

it("tells the customer of each kind of event, with his bearer", () => {
  const events = posted.flatMap(
    ({ text }) => (JSON.parse(text) as { events: { kind: string; outcome: string }[] }).events,
  );
  const told = new Set(events.map(({ kind, outcome }) => `${kind} ${outcome}`));
  for (const expected of [
    "intake accepted",
    "intake bad_url",
    "delivery delivered",
    "delivery parked",
    "delivery held",
    "token_refresh ok",
    "credentials_checked refused",
    "credentials_checked ok",
    "credentials_set ok",
    "credentials_deleted ok",
  ]) {
    expect([...told]).toContain(expected);
  }
  expect(new Set(posted.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${LOG_TOKEN}`]));
});

it("shows no credential and no token anywhere, and no visitor but on the disk", () => {
  const seen = {
    answers: house.answers.join("\n"),
    log: house.printed,
    "the customer's log": posted.map(({ text }) => text).join("\n"),
  };
  const secrets = [
    credentials.password,
    credentials.clientSecret,
    credentials.username,
    ...Object.values(WRONG),
    LOG_TOKEN,
  ];
  const forms = [
    ...secrets,
    ...tokens,
    ...tokens.map((token) => token.split(".").at(-1)!),
    btoa(`${credentials.clientId}:${credentials.clientSecret}`),
  ];
  expect(tokens.length).toBeGreaterThan(1);
  for (const [where, text] of Object.entries(seen)) {
    for (const form of forms) expect(text.includes(form), `${form.slice(0, 12)}… in ${where}`).toBe(false);
    for (const raw of [CUSTOMER, VALUE]) expect(text.includes(raw), `${raw} in ${where}`).toBe(false);
    expect(text.length, where).toBeGreaterThan(0);
  }
  const files = filesOf(house.stateDir);
  expect(files.some((bytes) => bytes.includes(CUSTOMER))).toBe(true);
  for (const form of forms) expect(files.filter((bytes) => bytes.includes(form)).length, form.slice(0, 12)).toBe(0);
});
