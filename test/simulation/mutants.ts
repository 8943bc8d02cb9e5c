// Copies of the buffer with one safety line broken each, to see whether the simulation would notice. A line that is not
// found exactly once is an error: the code moved on, and its mutant must follow.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Trial } from "./buffer-world.ts";

const SHARED = join(import.meta.dirname, "..", "..", "src", "shared");

interface Mutation {
  /** What the copy does wrong, as the end of "a buffer that …". */
  name: string;
  file: string;
  line: string;
  instead: string;
}

/** What must not survive. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "empties its journal after a drain, not only what it read",
    file: "journal.ts",
    line: '"DELETE FROM journal WHERE seq <= ?", upTo',
    instead: '"DELETE FROM journal WHERE seq <= ? + 1e15", upTo',
  },
  {
    name: "drops its window though calls failed",
    file: "buffer.ts",
    line: "if (ending === null) this.#finish",
    instead: "if (ending?.kind !== 'hold') this.#finish",
  },
  {
    name: "forgets which changes it sent",
    file: "order-memory.ts",
    line: "if (wanted.has(note.key)) keepLater(found, note);",
    instead: "if (false) keepLater(found, note);",
  },
  {
    name: "forgets its order when pages are folded",
    file: "order-memory.ts",
    line: "if (note.hour >= oldestHour) bodies",
    instead: "if (note.hour > oldestHour + 24) bodies",
  },
  {
    name: "remembers a change as sent before it knows",
    file: "buffer.ts",
    line: "send: (changes) => this.#policy.send(changes),",
    instead: "send: (changes) => (this.#decide([{ kind: 'delivered', changes }]), this.#policy.send(changes)),",
  },
  {
    name: "lets the later arrival win over the newer event",
    file: "change.ts",
    line: "return a.atMs > b.atMs || (a.atMs === b.atMs && a.seq >= b.seq);",
    instead: "return a.seq >= b.seq;",
  },
  {
    name: "acknowledges before it has written",
    file: "buffer.ts",
    line: "await this.#arriving.written;",
    instead: "this.#arriving.written.catch(() => {});",
  },
  {
    name: "writes before an alarm stands",
    file: "buffer.ts",
    line: "await this.#port.wakeUp.by(Math.max(dueMs, this.#state.stopped?.untilMs ?? 0));",
    instead: "",
  },
  {
    name: "does not set its alarm again",
    file: "wake-up.ts",
    line: "if (nextMs !== null) await this.by(nextMs);",
    instead: "",
  },
  {
    name: "leaves a refused key in the dark",
    file: "decisions.ts",
    line: 'if (decision.kind === "parked") disk.parked.put(decision.changes, decision.reason, decision.detail, nowMs);',
    instead: 'if (decision.kind === "parked") disk.memory.note(decision.changes, nowMs);',
  },
  {
    name: "forgets a whole customer when one of his attributes is settled",
    file: "carried.ts",
    line: "if (changes.length === 0) this.remove(group);",
    instead: "if (changes.length < Infinity) this.remove(group);",
  },
  {
    name: "lets news overtake what is carried over",
    file: "batch.ts",
    line: "if (!disk.carried.join(carried, changes)) continue;",
    instead: "continue;",
  },
  {
    name: "replays what it takes for settled",
    file: "buffer.ts",
    line: "for (const { key } of parked) this.#disk.parked.giveBack(key);",
    instead: "",
  },
  {
    name: "gives up what it could not send, and tells nobody",
    file: "buffer.ts",
    line: 'this.#decide([{ kind: "parked", changes, reason: stopped.reason, detail }]);',
    instead: "",
  },
  {
    name: "calls again before the time that it was told",
    file: "state.ts",
    line: "stop.retryAtMs ?? nowMs + backoffMs(failures, chance)",
    instead: "nowMs + backoffMs(failures, chance)",
  },
];

/** Makes the copy, runs `trial` with it, and removes it. */
export async function withMutant<T>(mutation: Mutation, trial: (mutant: Trial) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "sluice-mutant-"));
  try {
    cpSync(join(SHARED, "durable"), join(root, "durable"), { recursive: true });
    cpSync(join(SHARED, "clock.ts"), join(root, "clock.ts"));
    writeFileSync(join(root, "package.json"), '{"type":"module"}');
    const path = join(root, "durable", mutation.file);
    const parts = readFileSync(path, "utf8").split(mutation.line);
    if (parts.length !== 2) throw new Error(`${mutation.file} has ${parts.length - 1} times: ${mutation.line}`);
    writeFileSync(path, parts.join(mutation.instead));
    const load = async (file: string): Promise<object> =>
      (await import(/* @vite-ignore */ pathToFileURL(join(root, "durable", file)).href)) as object;
    return await trial({ ...(await load("buffer.ts")), ...(await load("wake-up.ts")) } as Trial);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
