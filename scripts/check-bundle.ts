// The bundle's budget: what wrangler built into dist must stay within 400 KiB gzip, or isolates start late.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = join(import.meta.dirname, "..", "dist");
const BUDGET_KIB = 400;

/** Source maps stay here and READMEs are not uploaded; everything else is. */
const NOT_UPLOADED = /\.map$|^README\.md$/;

const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !NOT_UPLOADED.test(entry.name))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

const bytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).byteLength, 0);
const kib = (bytes / 1024).toFixed(1);

if (files.length === 0) {
  console.error("Nothing in dist: run `npm run build` first.");
  process.exitCode = 1;
} else if (bytes > BUDGET_KIB * 1024) {
  console.error(`The bundle has ${kib} KiB gzip: more than the budget of ${BUDGET_KIB} KiB.`);
  process.exitCode = 1;
} else {
  console.log(`The bundle has ${kib} KiB gzip of ${BUDGET_KIB} KiB.`);
}
