// The secrets of a local run, in `.dev.vars`: made once, kept out of git, readable by their owner alone.
// They must never be printed.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./worker-process.ts";

const FILE = join(ROOT, ".dev.vars");

/** A new master key under a name, as `VAULT_KEYS` lists them. */
export function newVaultKey(name: string): string {
  return `${name}:${randomBytes(32).toString("base64")}`;
}

/** A new admin token. */
export function newAdminToken(): string {
  return randomBytes(24).toString("hex");
}

/** Reads the local secrets; those that are missing are made and written beside what the file already holds. */
export function localSecrets(): Record<string, string> {
  const found = existsSync(FILE) ? parse(readFileSync(FILE, "utf8")) : {};
  const made: Record<string, string> = {};
  if (!found["ADMIN_TOKEN"]) made["ADMIN_TOKEN"] = newAdminToken();
  if (!found["VAULT_KEYS"]) made["VAULT_KEYS"] = newVaultKey("k1");
  const lines = Object.entries(made).map(([name, value]) => `${name}=${value}\n`);
  if (lines.length > 0) writeFileSync(FILE, lines.join(""), { flag: "a", mode: 0o600 });
  chmodSync(FILE, 0o600);
  return { ...found, ...made };
}

function parse(text: string): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Z_]+)\s*=\s*(["']?)(.*?)\2\s*$/.exec(line);
    if (match?.[1] !== undefined && match[3] !== undefined) secrets[match[1]] = match[3];
  }
  return secrets;
}
