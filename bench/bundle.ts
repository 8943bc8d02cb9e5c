// The promise of the bundle's size: what a deployment uploads, compressed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../scripts/worker-process.ts";
import budget from "./budget.json" with { type: "json" };
import { verdict } from "./verdict.ts";

/** Measures `dist/index.js`. */
export function bundleBench(): void {
  const kib = gzipSync(readFileSync(join(ROOT, "dist", "index.js"))).length / 1024;
  const promised = budget.bundle.gzipKiB;
  verdict("bundle", `${kib.toFixed(0)} KiB compressed`, `<= ${promised} KiB`, kib <= promised);
}
