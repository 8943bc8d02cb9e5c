// The near end of the load generator: one process, one round at a time.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadOptions, LoadResult } from "./load-process.ts";

/** Starts the generator; `round` runs one round and throws where a connection broke. */
export function loadGenerator(): { round: (options: LoadOptions) => Promise<LoadResult>; close: () => void } {
  const child = fork(fileURLToPath(new URL("load-process.ts", import.meta.url)), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  return {
    async round(options) {
      child.send(options);
      const [{ result, error }] = (await once(child, "message")) as [{ result?: LoadResult; error?: string }];
      if (result === undefined) throw new Error(`load generator: ${error}`);
      return result;
    },
    close: () => child.disconnect(),
  };
}
