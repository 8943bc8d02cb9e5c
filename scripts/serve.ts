// The built Worker in a process of its own, on the embedded runtime. Its parent says what to serve by one message
// (secrets never stand in a command line), and it ends with its parent, so no runtime outlives the one who started it.
import process from "node:process";
import { unstable_readConfig, unstable_startWorker } from "wrangler";

/** What the parent asks for. */
export interface ServeOptions {
  port: number;
  /** The directory that keeps the databases; created if missing. */
  stateDir: string;
  vars: Record<string, string>;
  secrets: Record<string, string>;
}

/** What is answered: that it serves, a line the Worker logged, or why it cannot serve. */
export type ServeReport = { kind: "ready" } | { kind: "log"; line: string } | { kind: "failed"; message: string };

const report = (message: ServeReport) => process.send?.(message);

async function serve(options: ServeOptions): Promise<void> {
  const config = unstable_readConfig({ config: "wrangler.toml" }, { hideWarnings: true });
  const worker = await unstable_startWorker({
    // The bundle is served as it was built, assets too: what is tested here is what is deployed.
    config: {
      ...config,
      main: "dist/index.js",
      base_dir: "dist",
      no_bundle: true,
      find_additional_modules: true,
      build: {},
    },
    bindings: {
      ...bindings("plain_text", options.vars),
      ...bindings("secret_text", options.secrets),
    },
    dev: {
      server: { hostname: "127.0.0.1", port: options.port },
      persist: options.stateDir,
      watch: false,
      inspector: false,
      logLevel: "none",
      structuredLogsHandler: ({ message }: { message: unknown }) => report({ kind: "log", line: String(message) }),
    },
  } as Parameters<typeof unstable_startWorker>[0]);
  await worker.ready;
}

function bindings(type: "plain_text" | "secret_text", values: Record<string, string>) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type, value }]));
}

process.on("disconnect", () => process.exit(0));
process.once("message", (options: ServeOptions) => {
  serve(options).then(
    () => report({ kind: "ready" }),
    (error: unknown) => report({ kind: "failed", message: String(error) }),
  );
});
