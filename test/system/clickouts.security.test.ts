// No secret leaves the house by an answer, a log or the disk, and master keys can be changed while shoppers click.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoCredentials } from "../../sandbox/demo.ts";
import { newVaultKey } from "../../scripts/local-secrets.ts";
import { seed } from "../../scripts/seed.ts";
import { House } from "./support/house.ts";

const { awin, lomadee, rakuten, afilio } = demoCredentials;
/** The sandbox takes these, so they travel all the way; the second set is refused by it, so errors are seen too. */
const SECRETS = [awin.token, lomadee.appToken, lomadee.password, rakuten.clientSecret, afilio.token];
const REFUSED = {
  awin: { ...awin, token: "canary-awin-7d1f0c" },
  lomadee: { ...lomadee, appToken: "canary-lomadee-app-7d1f0c", password: "canary-lomadee-pass-7d1f0c" },
  rakuten: { ...rakuten, clientSecret: "canary-rakuten-7d1f0c" },
  afilio: { ...afilio, token: "canary-afilio-7d1f0c" },
};
const CANARIES = [
  ...SECRETS,
  "canary-awin-7d1f0c",
  "canary-lomadee-app-7d1f0c",
  "canary-lomadee-pass-7d1f0c",
  "canary-rakuten-7d1f0c",
  "canary-afilio-7d1f0c",
];

const DOORS = [
  "/health",
  "/status",
  "/openapi.json",
  "/metrics",
  "/api/credentials",
  "/api/keys",
  "/api/audit?limit=500",
  "/api/audit.csv",
  "/api/clickouts/networks",
  "/api/clickouts/stores",
  "/api/clickouts/stores.csv",
  "/api/clickouts/visits",
  "/api/clickouts/visits.csv",
  "/api/clickouts/explain?url=https%3A%2F%2Flivrariasabia.example%2Fp%2F1",
  "/nowhere",
];
const SHOPS = ["casaaroeira", "petcaramelo", "livrariasabia", "emporiojatoba", "eletromare"];

const house = new House();

beforeAll(async () => {
  await house.open();
  await seed(house.origin, house.adminToken);
});
afterAll(() => house.close());

/** Every byte that the databases keep on disk, journals included. */
function filesOf(dir: string): { path: string; bytes: Buffer }[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
}

async function useEverything(product: string): Promise<void> {
  for (const shop of SHOPS) await house.visit(`https://${shop}.example/produto/${product}`);
  for (const name of Object.keys(REFUSED)) await house.call(`/api/credentials/${name}/test`, { method: "POST" });
  for (const door of DOORS) await house.call(door);
}

it("shows no credential in any answer, log line or file, while they work and while they are refused", async () => {
  await useEverything("one");
  for (const [name, fields] of Object.entries(REFUSED)) {
    const { status } = await house.call(`/api/credentials/${name}`, { method: "PUT", body: fields });
    expect(status).toBeLessThan(300);
    // Bodies that are refused: the field is named, its value is not repeated.
    await house.call(`/api/credentials/${name}`, { method: "PUT", body: { ...fields, surplus: SECRETS[0] } });
    await house.call(`/api/credentials/${name}`, { method: "PUT", body: `{"token": "${SECRETS[0]}"` });
  }
  await useEverything("two");
  const answers = house.answers.join("\n");
  const files = filesOf(house.stateDir);
  expect(files.some(({ bytes }) => bytes.includes("Livraria Sabi"))).toBe(true);
  for (const canary of CANARIES) {
    expect(answers.includes(canary), `${canary} in an answer`).toBe(false);
    expect(house.printed.includes(canary), `${canary} in the log`).toBe(false);
    expect(files.filter(({ bytes }) => bytes.includes(canary)).map(({ path }) => path)).toEqual([]);
  }
  expect(answers.includes(house.adminToken)).toBe(false);
  expect(house.printed.includes(house.adminToken)).toBe(false);
  expect(files.filter(({ bytes }) => bytes.includes(house.adminToken))).toEqual([]);
});

it("answers nobody without a key", async () => {
  for (const door of DOORS.filter((path) => path.startsWith("/api/") || path === "/metrics")) {
    for (const key of [null, "", "wrong", `${house.adminToken}x`]) {
      const { status, headers } = await house.call(door, { key });
      expect(status, door).toBe(401);
      expect(headers.get("WWW-Authenticate")).not.toBeNull();
    }
  }
});

it("goes on with new master keys after the old ones are gone", async () => {
  const lomadeeLink = async (product: string) => {
    const { status, headers } = await house.visit(`https://livrariasabia.example/produto/${product}`);
    expect(status).toBe(302);
    return headers.get("Location") ?? "";
  };
  for (const [name, fields] of Object.entries(demoCredentials)) {
    await house.call(`/api/credentials/${name}`, { method: "PUT", body: fields });
  }
  expect(await lomadeeLink("before")).toContain("/lomadee/");

  await house.restartWithVaultKeys((keys) => `${newVaultKey("k2")},${keys}`);
  expect(await lomadeeLink("with-both")).toContain("/lomadee/");
  const rotated = await house.call("/api/credentials/rotate", { method: "POST" });
  expect(rotated.status, rotated.text).toBe(200);
  const { items } = JSON.parse((await house.call("/api/credentials")).text) as { items: { keyVersion: string }[] };
  expect(new Set(items.map((item) => item.keyVersion))).toEqual(new Set(["k2"]));

  await house.restartWithVaultKeys((keys) => keys.split(",")[0] ?? "");
  expect(await lomadeeLink("after")).toContain("/lomadee/");
});
