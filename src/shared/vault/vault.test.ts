import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { database, together } from "../db/client.ts";
import {
  credentialSummaries,
  deleteCredential,
  noteCredentialUse,
  openCredential,
  rotate,
  sealCredential,
} from "./credentials.ts";
import { VaultError, open, seal } from "./envelope.ts";
import { masterKeys } from "./master-keys.ts";
import { deleteRecord, openRecord, sealRecord } from "./records.ts";
import { credential } from "./tables.ts";

const keyText = (fill: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)));
const K1 = { VAULT_KEYS: `k1:${keyText(1)}` };
const BOTH = { VAULT_KEYS: `k2:${keyText(2)},k1:${keyText(1)}` };
const K2 = { VAULT_KEYS: `k2:${keyText(2)}` };
const CANARY = "canary-7f3a9b";

async function put(vault: { VAULT_KEYS: string }, name: string, fields: Record<string, string>, nowMs = 1_000) {
  const db = database(env);
  await together(db, [(await sealCredential(vault, db, name, fields, nowMs)).statement]);
}

test("what is sealed opens again, and its text stands nowhere in the row", async () => {
  await put(K1, "awin", { publisherId: "1", token: CANARY });
  expect(await openCredential(K1, database(env), "awin")).toEqual({
    fields: { publisherId: "1", token: CANARY },
    revision: 1,
  });
  const rows = JSON.stringify((await env.DB.prepare("select * from credential").all()).results);
  expect(rows).not.toContain(CANARY);
  expect(rows).not.toContain(btoa(CANARY).slice(0, 12));
});

test("what is not there is null", async () => {
  expect(await openCredential(K1, database(env), "awin")).toBeNull();
});

test("the same fields are never sealed to the same text", async () => {
  const keys = await masterKeys(K1);
  const [one, two] = await Promise.all([seal(keys, "a", "same"), seal(keys, "a", "same")]);
  expect(one.sealed).not.toBe(two.sealed);
  expect(one.wrappedKey).not.toBe(two.wrappedKey);
});

test("a record that was moved to another identity does not open", async () => {
  const keys = await masterKeys(K1);
  const envelope = await seal(keys, "credential:awin", "text");
  await expect(open(keys, "credential:afilio", envelope)).rejects.toThrow(VaultError);
  await expect(open(keys, "credential:awin", envelope)).resolves.toBe("text");
});

test.each(["sealed", "wrappedKey"] as const)("a changed %s is refused at every position", async (part) => {
  const keys = await masterKeys(K1);
  const envelope = await seal(keys, "a", "text");
  const bytes = Uint8Array.from(atob(envelope[part]), (character) => character.charCodeAt(0));
  for (let position = 0; position < bytes.length; position++) {
    const changed = bytes.slice();
    changed[position] = changed[position]! ^ 1;
    const forged = { ...envelope, [part]: btoa(String.fromCharCode(...changed)) };
    await expect(open(keys, "a", forged)).rejects.toThrow(VaultError);
  }
  await expect(open(keys, "a", { ...envelope, [part]: "" })).rejects.toThrow(VaultError);
  await expect(open(keys, "a", { ...envelope, [part]: "%" })).rejects.toThrow(VaultError);
});

test("a wrapped key does not open under the name of another master key", async () => {
  const same = await masterKeys({ VAULT_KEYS: `k1:${keyText(1)},k9:${keyText(1)}` });
  const envelope = await seal(same, "a", "text");
  await expect(open(same, "a", { ...envelope, keyVersion: "k9" })).rejects.toThrow(VaultError);
});

test("rotation re-wraps everything while both keys open, and the old key can then go", async () => {
  await put(K1, "awin", { token: "one" });
  await put(K1, "afilio", { token: "two" });
  const db = database(env);
  expect((await openCredential(BOTH, db, "awin"))?.fields).toEqual({ token: "one" });
  const { statements, ...told } = await rotate(BOTH, db);
  expect(told).toEqual({ keyVersion: "k2", rewrapped: ["afilio", "awin"], failed: [] });
  await together(db, statements);
  expect(await openCredential(K2, db, "awin")).toEqual({ fields: { token: "one" }, revision: 1 });
  expect((await openCredential(K2, db, "afilio"))?.fields).toEqual({ token: "two" });
  await expect(openCredential(K1, db, "awin")).rejects.toThrow("master key k2");
  expect((await rotate(BOTH, db)).rewrapped).toEqual([]);
});

test("a sealed record opens under its own name only, shows in no list, and is re-wrapped with the rest", async () => {
  const db = database(env);
  for (const [name, text] of [
    ["audiences:key:ws", CANARY],
    ["b", "x"],
  ] as const) {
    await together(db, [(await sealRecord(K1, db, name, text, 1)).statement]);
  }
  expect(await openRecord(K1, db, "audiences:key:ws")).toBe(CANARY);
  expect(await openRecord(K1, db, "audiences:key:other")).toBeNull();
  expect(await credentialSummaries(db)).toEqual([]);
  expect(JSON.stringify((await env.DB.prepare("select * from sealed_record").all()).results)).not.toContain(CANARY);
  await env.DB.prepare("update sealed_record set name = 'c' where name = 'b'").run();
  await expect(openRecord(K1, db, "c")).rejects.toThrow(VaultError);
  await together(db, [deleteRecord(db, "c")]);
  const { statements, ...told } = await rotate(BOTH, db);
  expect(told).toEqual({ keyVersion: "k2", rewrapped: ["audiences:key:ws"], failed: [] });
  await together(db, statements);
  expect(await openRecord(K2, db, "audiences:key:ws")).toBe(CANARY);
});

test("a put during a rotation wins", async () => {
  await put(K1, "awin", { token: "old" });
  const db = database(env);
  const { statements } = await rotate(BOTH, db);
  await put(K1, "awin", { token: "new" });
  await together(db, statements);
  expect((await openCredential(BOTH, db, "awin"))?.fields).toEqual({ token: "new" });
});

test("a record that no present key opens is named and left as it is", async () => {
  await put(K1, "awin", { token: "one" });
  const db = database(env);
  const { statements, failed } = await rotate(K2, db);
  expect(statements).toEqual([]);
  expect(failed).toEqual([{ name: "awin", reason: "master key k1 is not in VAULT_KEYS" }]);
});

test("a revision never comes twice, not even after a delete", async () => {
  const db = database(env);
  const revision = async () => (await openCredential(K1, database(env), "awin"))?.revision;
  await put(K1, "awin", { token: "one" });
  await put(K1, "awin", { token: "two" });
  expect(await revision()).toBe(2);
  await together(db, [deleteCredential(db, "awin", 2_000)]);
  expect(await revision()).toBeUndefined();
  expect(await credentialSummaries(db)).toEqual([]);
  const left = await db.select().from(credential).where(eq(credential.name, "awin")).get();
  expect(left).toMatchObject({ sealed: "", wrappedKey: "" });
  await put(K1, "awin", { token: "three" });
  expect(await revision()).toBe(3);
});

test("a use is noted at most every ten minutes, an error at once", async () => {
  await put(K1, "awin", { token: "one" });
  const noted = async (nowMs: number, error: string | null) => {
    await noteCredentialUse(database(env), "awin", nowMs, error);
    const [summary] = await credentialSummaries(database(env));
    return [summary?.lastUsedAt, summary?.lastError];
  };
  expect(await noted(10_000, null)).toEqual([10_000, null]);
  expect(await noted(20_000, null)).toEqual([10_000, null]);
  expect(await noted(30_000, "refused")).toEqual([30_000, "refused"]);
  expect(await noted(40_000, "refused")).toEqual([30_000, "refused"]);
  expect(await noted(50_000, null)).toEqual([50_000, null]);
  expect(await noted(700_000, null)).toEqual([700_000, null]);
});

test.each(["", "k1", "k1:short", `k1:${keyText(1)},k1:${keyText(2)}`, `:${keyText(1)}`, `k1:${keyText(1)},`])(
  "VAULT_KEYS %# is refused without being repeated",
  async (text) => {
    const error = await masterKeys({ VAULT_KEYS: text }).catch((thrown: unknown) => thrown as Error);
    expect((error as Error).message).toContain("VAULT_KEYS");
    expect((error as Error).message).not.toContain(keyText(1));
  },
);
