// Copies of a site's cores with one safety line broken each, to see whether the simulation would notice. A line that is not
// found exactly once is an error: the code moved on, and its mutant must follow.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Trial } from "./visitor-world.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const ROOMS = ["access", "delivery", "maxymiser", "intake"];

interface Mutation {
  /** What the copy does wrong, as the end of "a site that …". */
  name: string;
  /** Below `workers/visitors`. */
  file: string;
  line: string;
  instead: string;
}

/** What must not survive. */
export const SITE_MUTATIONS: readonly Mutation[] = [
  {
    name: "makes a request for each who asks",
    file: "access/token-keeper.ts",
    line: "if (this.#flight !== null) return this.#flight;",
    instead: "",
  },
  {
    name: "hands out a token to its last second",
    file: "access/site-token.ts",
    line: "token.expiresAtMs - nowMs >= LEAST_LEFT_MS;",
    instead: "token.expiresAtMs - nowMs > 0;",
  },
  {
    name: "tries refused credentials again",
    file: "access/site-token.ts",
    line: 'reason === "missing" ? nowMs + MISSING_RECHECK_MS : null',
    instead: "nowMs + MISSING_RECHECK_MS",
  },
  {
    name: "never finds out that a paused site works again",
    file: "access/site-token.ts",
    line: "untilMs: pause.probeAtMs, detail: pause.detail",
    instead: "untilMs: pause.probeAtMs + 1e12, detail: pause.detail",
  },
  {
    name: "lets every shard probe at once",
    file: "access/site-token.ts",
    line: "const next = probe && pause !== null ?",
    instead: "const next = false && pause !== null ?",
  },
  {
    name: "probes with all calls at once",
    file: "delivery/delivery.ts",
    line: "if (this.#token?.probe !== true) return await this.#sendPieces(changes);",
    instead: "if (this.#token) return await this.#sendPieces(changes, true);",
  },
  {
    name: "goes on with a token that was rejected",
    file: "delivery/delivery.ts",
    line: 'if (answer.kind !== "unauthorized" || rejected !== undefined) return answer;',
    instead: "return answer;",
  },
  {
    name: "mixes customers in one call",
    file: "delivery/delivery.ts",
    line: "Map.groupBy(changes, ({ key }) => customerOf(key)).values()",
    instead: 'Map.groupBy(changes, () => "all").values()',
  },
  {
    name: "takes a closed site for a refusal of its data and forgets it",
    file: "delivery/delivery.ts",
    line: 'return { kind: "hold", reason: answer.reason, checkAtMs: nowMs + MINUTE_MS };',
    instead: 'return { kind: "delivered" };',
  },
];

/** Makes the copy, runs `trial` with it, and removes it. */
export async function withSiteMutant<T>(mutation: Mutation, trial: (mutant: Trial) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "sluice-mutant-"));
  const visitors = join(root, "workers", "visitors");
  try {
    cpSync(join(ROOT, "src", "shared", "clock.ts"), join(root, "src", "shared", "clock.ts"));
    for (const room of ROOMS)
      cpSync(join(ROOT, "workers", "visitors", room), join(visitors, room), { recursive: true });
    writeFileSync(join(root, "package.json"), '{"type":"module"}');
    const path = join(visitors, mutation.file);
    const parts = readFileSync(path, "utf8").split(mutation.line);
    if (parts.length !== 2) throw new Error(`${mutation.file} has ${parts.length - 1} times: ${mutation.line}`);
    writeFileSync(path, parts.join(mutation.instead));
    const load = async (file: string): Promise<object> =>
      (await import(/* @vite-ignore */ pathToFileURL(join(visitors, file)).href)) as object;
    const [keeper, delivery, access] = await Promise.all(
      ["access/token-keeper.ts", "delivery/delivery.ts", "access/site-token.ts"].map(load),
    );
    return await trial({ ...keeper, ...delivery, access } as Trial);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
