// The built bundle in the same runtime as in production, reached by its own socket: no proxy stands between.
// Beside it in the same process a control: a bare 302 that sends the same headers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { newAdminToken, newVaultKey } from "../scripts/local-secrets.ts";
import { freePort } from "../scripts/ports.ts";
import { migrate, ROOT } from "../scripts/worker-process.ts";
import { runtimes } from "./cpu.ts";

const HOST = "127.0.0.1";
const BUNDLE = "./index.js";

/**
 * The click log's own process: the same bundle behind two doors. One answers what is posted at once and keeps it; the other
 * hands what was kept to the log. In production the log works on another machine: here it must not work on the same cores
 * while the visits are measured.
 */
const LOG_SIDE = `
import worker from "${BUNDLE}";
export * from "${BUNDLE}";
let kept = [];
export default {
  ...worker,
  async fetch(request, env) {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (name !== "settle") kept.push([name, await request.text()]);
    else {
      const batches = kept;
      kept = [];
      for (const [log, batch] of batches) await env.CLICK_LOG.getByName(log).append(batch);
    }
    return new Response(null, { status: 204 });
  },
};`;

/** The measured process: the click log's calls leave it by a kept connection, as they leave the machine in production. */
const VISIT_SIDE = `
import worker from "${BUNDLE}";
export * from "${BUNDLE}";
let remote;
const clickLog = (env) => ({
  getByName: (name) => ({
    async append(body) {
      const { status } = await env.LOG.fetch("http://log/" + encodeURIComponent(name), { method: "POST", body });
      if (status !== 204) throw new Error("the log answered " + status);
    },
  }),
});
export default {
  ...worker,
  fetch(request, env, ctx) {
    remote ??= { ...env, CLICK_LOG: clickLog(env) };
    return worker.fetch(request, remote, ctx);
  },
};`;

const CONTROL = `
const location = "https://www.awin1.com/cread.php?awinmid=17648&awinaffid=223344&clickref=0mwqj9dmu0010k2b7gjn6dk2b7&ued=https%3A%2F%2Fwww.casaaroeira.example%2Fproduto%2Fmesa-100";
export default {
  fetch() {
    return new Response(null, {
      status: 302,
      headers: {
        Location: location,
        "Cache-Control": "no-store",
        "X-Clickout-Id": "0mwqj9dmu0010k2b7gjn6dk2b7",
        "X-Robots-Tag": "noindex",
        "X-Request-Id": "0mwqj9dmu0010k2b7gjn6dk2b7",
      },
    });
  },
};`;

/** Both Workers by their ports, and where the clicks lie. */
export interface BenchHouse {
  visitPort: number;
  controlPort: number;
  origin: string;
  adminToken: string;
  /** The runtime that serves both; null where it cannot be told (only Linux says). */
  runtimePid: number | null;
  /** The databases of the measured runtime, and of the click log's. */
  stateDir: string;
  logStateDir: string;
  /** Has the click log take what its process was handed so far; nothing to do where it works in the same process. */
  settleLog: () => Promise<void>;
  /** Does what a cron starts. */
  scheduled: (cron: string) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Starts both. `logElsewhere`: the click log's calls are answered by another process, as in production. `prepare` is given
 * the migrated state before anything runs on it; `under` is the directory in which the state lies; `control` is the Worker
 * beside ours.
 */
export async function openHouse(
  logElsewhere: boolean,
  vars: Record<string, string> = {},
  prepare: (stateDir: string) => void = () => {},
  under: string = tmpdir(),
  control: string = CONTROL,
): Promise<BenchHouse> {
  const root = mkdtempSync(join(under, "sluice-bench-"));
  const stateDir = join(root, "state");
  const logStateDir = logElsewhere ? join(root, "log-state") : stateDir;
  for (const dir of new Set([stateDir, logStateDir])) migrate(dir);
  prepare(stateDir);
  const adminToken = newAdminToken();
  const worker = builtWorker({ ...vars, ADMIN_TOKEN: adminToken, VAULT_KEYS: newVaultKey("k1") });
  const visitPort = await freePort();
  const controlPort = await freePort();
  const shared = { logRequests: false, cf: false };
  const running: Miniflare[] = [];
  let measuredWorker = worker;
  let settleLog = async () => {};
  if (logElsewhere) {
    const logPort = await freePort();
    const logSocket = { unsafeDirectSockets: [{ host: HOST, port: logPort }] };
    const logWorker = { ...behind(LOG_SIDE, worker), ...logSocket };
    running.push(await started({ ...shared, ...persisted(logStateDir), workers: [logWorker] }));
    const serviceBindings = { LOG: { external: { address: `${HOST}:${logPort}`, http: {} } } };
    measuredWorker = { ...behind(VISIT_SIDE, worker), serviceBindings };
    settleLog = async () => {
      const { status } = await fetch(`http://${HOST}:${logPort}/settle`);
      if (status !== 204) throw new Error(`the click log answered ${status}`);
    };
  }
  const before = runtimes();
  const measured = await started({
    ...shared,
    ...persisted(stateDir),
    workers: [
      { ...measuredWorker, unsafeDirectSockets: [{ host: HOST, port: visitPort }] },
      {
        name: "control",
        modules: true,
        script: control,
        compatibilityDate: worker["compatibilityDate"],
        unsafeDirectSockets: [{ host: HOST, port: controlPort }],
      },
    ],
  });
  running.push(measured);
  return {
    visitPort,
    controlPort,
    origin: `http://${HOST}:${visitPort}`,
    adminToken,
    runtimePid: runtimes().find((pid) => !before.includes(pid)) ?? null,
    stateDir,
    logStateDir,
    settleLog,
    scheduled: async (cron) => {
      const { outcome } = await (await measured.getWorker("sluice")).scheduled({ cron });
      if (outcome !== "ok") throw new Error(`the cron ${cron} ended with ${outcome}`);
    },
    close: async () => {
      for (const miniflare of running) await miniflare.dispose();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function persisted(stateDir: string) {
  return { resourcePersistencePath: join(stateDir, "v3") };
}

type WorkerOptions = Record<string, unknown>;

async function started(options: WorkerOptions): Promise<Miniflare> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions(options as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
  await miniflare.ready;
  return miniflare;
}

/** The bundle behind another entry. */
function behind(entry: string, worker: WorkerOptions): WorkerOptions {
  const dist = join(ROOT, "dist");
  const modules = [
    { type: "ESModule", path: join(dist, "bench-entry.js"), contents: entry },
    { type: "ESModule", path: join(dist, "index.js") },
  ];
  return { ...worker, modules };
}

/** What wrangler.toml says, with the bundle that `npm run build` left in dist/. */
function builtWorker(bindings: Record<string, string>): WorkerOptions {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml"));
  // With its assets Miniflare puts two Workers of its own before ours, for each request; no bench asks for an asset.
  const { modulesRules: _, assets: __, ...options } = workerOptions as WorkerOptions;
  return {
    ...options,
    name: "sluice",
    modules: [{ type: "ESModule", path: join(ROOT, "dist", "index.js") }],
    modulesRoot: join(ROOT, "dist"),
    bindings: { ...(options["bindings"] as Record<string, string>), ...bindings },
  };
}
