// `npm run deploy`: creates what is missing in the account, migrates, asks for secrets that are not set, deploys.
// It can be repeated: what exists is kept. It must never print a secret, and never overwrite one.
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { newAdminToken, newVaultKey } from "./local-secrets.ts";
import { ROOT, wrangler } from "./worker-process.ts";

const CONFIG = join(ROOT, "wrangler.toml");
const NAME = "sluice";
const QUEUES = ["clickouts", "visitors", "visitor-logs", "polling", "webhooks", "parked"];
/** An id that stands for "not created yet". */
const PLACEHOLDER = /^[0-]+$/;
const MADE_SECRETS = join(ROOT, ".sluice", "deployed-secrets");

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Whether a command of wrangler succeeds. */
function succeeds(args: string[]): boolean {
  try {
    wrangler(args);
    return true;
  } catch {
    return false;
  }
}

/** Fills one id of wrangler.toml in, unless somebody has done so. `line` is the text before the id. */
function fillIn(line: string, find: () => string): void {
  const config = readFileSync(CONFIG, "utf8");
  const pattern = new RegExp(`^${line} = "([^"]*)"`, "m");
  const id = pattern.exec(config)?.[1];
  if (id === undefined) throw new Error(`wrangler.toml has no line: ${line} = "…"`);
  if (PLACEHOLDER.test(id)) writeFileSync(CONFIG, config.replace(pattern, `${line} = "${find()}"`));
}

function databaseId(): string {
  const find = () =>
    (JSON.parse(wrangler(["d1", "list", "--json"])) as { name: string; uuid: string }[]).find(
      ({ name }) => name === NAME,
    )?.uuid;
  if (find() === undefined) wrangler(["d1", "create", NAME]);
  return found(find(), "D1 database");
}

function namespaceId(): string {
  const find = () =>
    (JSON.parse(wrangler(["kv", "namespace", "list"])) as { title: string; id: string }[]).find(
      ({ title }) => title === NAME,
    )?.id;
  if (find() === undefined) wrangler(["kv", "namespace", "create", NAME]);
  return found(find(), "KV namespace");
}

function found(id: string | undefined, what: string): string {
  if (id === undefined) throw new Error(`The ${what} was created but is not listed; run this again.`);
  return id;
}

/** The names of the secrets that are set; none before the first deployment. */
function secretsSet(): string[] {
  try {
    return (JSON.parse(wrangler(["secret", "list", "--format", "json"])) as { name: string }[]).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Asks for each missing secret; an empty answer has one made, which is kept in a file for its owner. */
async function missingSecrets(): Promise<Record<string, string>> {
  const makers: Record<string, () => string> = {
    ADMIN_TOKEN: newAdminToken,
    VAULT_KEYS: () => newVaultKey("k1"),
    LOG_ENDPOINT_TOKEN: () => "",
  };
  const present = secretsSet();
  const missing = Object.keys(makers).filter((name) => !present.includes(name));
  if (missing.length === 0) return {};
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const secrets: Record<string, string> = {};
  for (const name of missing) {
    const made = makers[name]!();
    const given = (await terminal.question(`${name} (Enter: ${made === "" ? "none" : "a new one is made"}): `)).trim();
    const value = given === "" ? made : given;
    secrets[name] = value;
    if (given !== "" || made === "") continue;
    mkdirSync(join(ROOT, ".sluice"), { recursive: true });
    appendFileSync(MADE_SECRETS, `${name}=${value}\n`, { mode: 0o600 });
    say(`  made, and kept in .sluice/deployed-secrets: move it to where you keep passwords`);
  }
  terminal.close();
  return secrets;
}

async function deploy(): Promise<void> {
  if (!succeeds(["d1", "list", "--json"])) {
    throw new Error(
      "No access to a Cloudflare account. Sign in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.",
    );
  }
  say("Database and key-value store …");
  fillIn("database_id", databaseId);
  fillIn("id", namespaceId);
  say("Queues …");
  for (const queue of QUEUES) {
    if (!succeeds(["queues", "info", queue])) wrangler(["queues", "create", queue]);
  }
  const secrets = await missingSecrets();
  say("Migrations …");
  wrangler(["d1", "migrations", "apply", "DB", "--remote"]);
  say("Deploying …");
  const secretsFile = join(ROOT, ".sluice", `secrets-${process.pid}.json`);
  try {
    const extra: string[] = [];
    if (Object.keys(secrets).length > 0) {
      mkdirSync(join(ROOT, ".sluice"), { recursive: true });
      writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
      chmodSync(secretsFile, 0o600);
      extra.push("--secrets-file", secretsFile);
    }
    say(wrangler(["deploy", ...extra]).trim());
  } finally {
    rmSync(secretsFile, { force: true });
  }
}

deploy().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
