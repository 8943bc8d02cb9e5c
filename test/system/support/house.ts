// A house for one test file: the built Worker on a free port with databases of its own, against a sandbox in this process.
// It must never touch the databases of `npm start`, and never leave a process or a directory behind.
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { inject } from "vitest";
import { createSandbox, sandboxVars } from "../../../sandbox/apps.ts";
import { bridgedServer } from "../../../sandbox/bridge.ts";
import { newAdminToken, newVaultKey } from "../../../scripts/local-secrets.ts";
import { isFree } from "../../../scripts/ports.ts";
import { startWorker } from "../../../scripts/worker-process.ts";
import type { WorkerProcess } from "../../../scripts/worker-process.ts";

/** What a door answered. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** Options of one call; `key` null sends no key, absent sends the admin's. */
export interface Call {
  method?: string;
  body?: unknown;
  key?: string | null;
  headers?: Record<string, string>;
}

/** Ports of houses: below those that systems hand out by themselves, a thousand for each file that runs beside others. */
const PORTS_FROM = 20_000;
const PORTS_EACH = 1_000;

/** A port that nobody has, and that nobody takes before the Worker listens on it. */
async function portOfOurs(): Promise<number> {
  const from = PORTS_FROM + Number(process.env["VITEST_POOL_ID"] ?? 0) * PORTS_EACH;
  for (;;) {
    const port = from + Math.floor(Math.random() * PORTS_EACH);
    if (await isFree(port)) return port;
  }
}

/** A busy machine is no slow network: what comes of those is tested where the clock is the test's own. */
const PATIENT = { NETWORK_TIMEOUT_MS: "10000", VISIT_DEADLINE_MS: "20000" };

/** The built Worker, its sandbox and its data, for one test file. */
export class House {
  readonly sandbox = createSandbox();
  readonly adminToken = newAdminToken();
  readonly stateDir = mkdtempSync(join(tmpdir(), "sluice-system-"));
  /** All that the Worker and its process printed. */
  printed = "";
  /** Every answer of `call`, whole. */
  readonly answers: string[] = [];
  sandboxOrigin = "";
  readonly #sandboxServer = bridgedServer((request) => this.sandbox.app.fetch(request));
  readonly #extra: { vars?: Record<string, string>; secrets?: Record<string, string> };
  #worker: WorkerProcess | undefined;
  #vaultKeys = newVaultKey("k1");

  /** `extra` stands above the sandbox's variables and the house's own secrets. */
  constructor(extra: { vars?: Record<string, string>; secrets?: Record<string, string> } = {}) {
    this.#extra = extra;
  }

  /** Starts on an empty database that is migrated already. */
  async open(): Promise<void> {
    cpSync(inject("migratedStateDir"), this.stateDir, { recursive: true });
    this.#sandboxServer.listen(0, "127.0.0.1");
    await once(this.#sandboxServer, "listening");
    this.sandboxOrigin = `http://127.0.0.1:${(this.#sandboxServer.address() as AddressInfo).port}`;
    await this.start();
  }

  async start(): Promise<void> {
    const secrets = { ADMIN_TOKEN: this.adminToken, VAULT_KEYS: this.#vaultKeys, ...this.#extra.secrets };
    const vars = { ...sandboxVars(this.sandboxOrigin), ...PATIENT, ...this.#extra.vars };
    const options = { port: await portOfOurs(), stateDir: this.stateDir, vars, secrets };
    this.#worker = await startWorker(options, (text) => {
      this.printed += text;
    });
  }

  /** Kills the Worker and its runtime as a power cut would, and waits until nobody answers on its port. */
  async kill(): Promise<void> {
    await this.#worker?.end("SIGKILL");
    this.#worker = undefined;
  }

  async restartWithVaultKeys(change: (keys: string) => string): Promise<void> {
    await this.#worker?.end("SIGTERM");
    this.#vaultKeys = change(this.#vaultKeys);
    await this.start();
  }

  async close(): Promise<void> {
    await this.kill();
    this.#sandboxServer.close();
    this.#sandboxServer.closeAllConnections();
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  get origin(): string {
    if (this.#worker === undefined) throw new Error("the Worker is not running");
    return this.#worker.origin;
  }

  /** Calls a door, without following redirects. */
  async call(path: string, call: Call = {}): Promise<Answer> {
    const { method = "GET", body, key = this.adminToken, headers = {} } = call;
    const response = await fetch(`${this.origin}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.answers.push(`${[...response.headers].join("\n")}\n${text}`);
    return { status: response.status, headers: response.headers, text };
  }

  /** Visits a product without a key, as a shopper does. */
  visit(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call(`/visit?url=${encodeURIComponent(url)}`, { key: null, headers });
  }
}
