// A Durable Object's disk that survives its process: real SQLite, statements that may be the last ones of a process, and a
// record of every row that was committed to the journal, against which everything else is judged.
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import type { Store } from "../../src/shared/durable/store.ts";

/** Thrown where a process ends, and by all that a dead process still tries. */
export class Crash extends Error {
  override name = "Crash";

  constructor() {
    // Thousands a second: where it was thrown says nothing.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super("the process is gone");
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** One process of the object: it is gone for good once `dead`. */
export interface Process {
  dead: boolean;
  /** Rejects with Crash when it ends: what its callers see. */
  ended: Promise<never>;
  /** Called before and after each step that another process could see; throws Crash to end this one. */
  step: (what: string) => void;
}

type Cell = string | number | null;

/** See the head of this file. */
export class Disk {
  /** Bodies of journal rows, in the order of their commits. */
  readonly journalled: string[] = [];
  readonly #db = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #inDoubt: string[] = [];

  /** The disk as one process sees it. */
  open(process: Process): Store {
    const exec = <T>(query: string, bindings: Cell[]): T[] => {
      if (process.dead) throw new Crash();
      process.step(query);
      const rows = this.#exec(query, bindings);
      process.step(query);
      return rows as T[];
    };
    const sql = {
      exec: <T>(query: string, ...bindings: Cell[]) => {
        const rows = exec<T>(query, bindings);
        return { [Symbol.iterator]: () => rows[Symbol.iterator](), toArray: () => rows };
      },
    };
    const transaction = <T>(work: () => T): T => {
      if (process.dead) throw new Crash();
      const result = this.#transaction(work);
      // What is committed is not answered yet.
      if (this.#depth === 0) process.step("commit");
      return result;
    };
    return { sql: sql as Store["sql"], transaction };
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec(`SAVEPOINT s${this.#depth++}`);
    try {
      const result = work();
      this.#db.exec(`RELEASE s${--this.#depth}`);
      if (this.#depth === 0) this.journalled.push(...this.#inDoubt.splice(0));
      return result;
    } catch (error) {
      this.#depth -= 1;
      this.#db.exec(`ROLLBACK TO s${this.#depth}; RELEASE s${this.#depth}`);
      if (this.#depth === 0) this.#inDoubt = [];
      throw error;
    }
  }

  /** One number, read behind everybody's back. */
  count(query: string, ...bindings: Cell[]): number {
    return Number(Object.values(this.#exec(query, bindings)[0] ?? { n: 0 })[0] ?? 0);
  }

  /** Rows that somebody still has to send. */
  waiting(): number {
    return this.count("SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM carried) AS n");
  }

  close(): void {
    this.#db.close();
  }

  #exec(query: string, bindings: Cell[]): Record<string, Cell>[] {
    if (bindings.length === 0 && /^\s*(CREATE|DROP|ALTER)/.test(query)) {
      this.#db.exec(query);
      return [];
    }
    let statement = this.#statements.get(query);
    if (statement === undefined) {
      statement = this.#db.prepare(query);
      this.#statements.set(query, statement);
    }
    const rows = statement.all(...bindings) as Record<string, Cell>[];
    if (query.startsWith("INSERT INTO journal")) {
      (this.#depth === 0 ? this.journalled : this.#inDoubt).push(String(bindings[3]));
    }
    return rows;
  }
}
