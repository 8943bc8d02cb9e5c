// `npm test`: every check of the house; a check that fails ends the run before the tests.
// Plain JavaScript for any Node from 20 up. Its last line is always `<n> passed, <m> failed`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureInstalled, toolEnvironment } from "./installed.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const REPORT = join(root, "node_modules", ".cache", "test-report.json");

/** Lanes of checks beside each other, each in its order. */
const CHECKS = [
  [
    ["format", "npm", "run", "--silent", "check:format"],
    ["lint", "npm", "run", "--silent", "lint"],
  ],
  [["types", "npm", "run", "--silent", "check:types"]],
  [
    ["build", "npm", "run", "--silent", "build"],
    ["bundle", "npm", "run", "--silent", "check:bundle"],
  ],
];
const TESTS = ["tests", "vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];

/** Runs one command; what it prints comes at once where it is alone, in one piece where others print too. */
async function run([name, command, ...args], { env, alone }) {
  const started = performance.now();
  const output = alone ? "inherit" : "pipe";
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", output, output],
    shell: process.platform === "win32",
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => printed.push(part));
  const status = await once(child, "close").then(
    ([code]) => code,
    (error) => {
      printed.push(`${error.message}\n`);
      return null;
    },
  );
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const verdict = `${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`;
  process.stdout.write(Buffer.concat([...printed, verdict].map((part) => Buffer.from(part))));
  return status === 0;
}

/** The checks of a lane, until one fails. */
async function runLane(lane, env) {
  for (const check of lane) if (!(await run(check, { env, alone: false }))) return false;
  return true;
}

/** How many test cases passed and failed. A file that does not load counts as one failure, and so does a missing report. */
function countCases(allWell) {
  try {
    const report = JSON.parse(readFileSync(REPORT, "utf8"));
    const unloaded = report.testResults.filter(
      ({ status, assertionResults }) => status === "failed" && !assertionResults.some((one) => one.status === "failed"),
    );
    const failed = report.numFailedTests + unloaded.length;
    return { passed: report.numPassedTests, failed: allWell ? failed : Math.max(1, failed) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

ensureInstalled(root);
mkdirSync(dirname(REPORT), { recursive: true });
rmSync(REPORT, { force: true });
const env = { ...toolEnvironment(root), WRANGLER_LOG: "error" };
const checks = await Promise.all(CHECKS.map((lane) => runLane(lane, env)));
// The tests come last, since those of the whole system drive the built Worker.
const allWell = checks.every(Boolean) && (await run(TESTS, { env, alone: true }));
const { passed, failed } = countCases(allWell);
process.exitCode = allWell && failed === 0 ? 0 : 1;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
