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
type Row = Record<string, Cell>;

/** SQLite and what was prepared on it. */
interface Database {
  db: DatabaseSync;
  statements: Map<string, StatementSync>;
}

const fresh = (): Database => ({ db: new DatabaseSync(":memory:"), statements: new Map() });

/** Databases of lives that are over, with their tables: making those anew costs a third of a life. */
const left: Database[] = [];

/** See the head of this file. */
export class Disk {
  /** Bodies of journal rows, in the order of their commits. */
  readonly journalled: string[] = [];
  readonly #database: Database;
  readonly #recycled: boolean;
  /** Rows that were read since the last write, by query. */
  readonly #read = new Map<string, Row[]>();
  #closed = false;
  #depth = 0;
  #inDoubt: string[] = [];

  /** `prepare` makes its tables: then it is the disk of an object that was there before and has nothing on it now. */
  constructor(prepare: ((store: Store) => void) | null = null) {
    const before = prepare === null ? undefined : left.pop();
    this.#recycled = prepare !== null;
    this.#database = before ?? fresh();
    if (before === undefined) prepare?.(this.open({ dead: false, ended: new Promise(() => {}), step: () => {} }));
  }

  /** The disk as one process sees it. */
  open(process: Process): Store {
    const exec = <T>(query: string, ...bindings: Cell[]) => {
      if (process.dead) throw new Crash();
      process.step(query);
      const rows = this.#exec(query, bindings) as T[];
      process.step(query);
      return new Rows(rows);
    };
    const transaction = <T>(work: () => T): T => {
      if (process.dead) throw new Crash();
      const result = this.#transaction(work);
      // What is committed is not answered yet.
      if (this.#depth === 0) process.step("commit");
      return result;
    };
    return { sql: { exec } as Store["sql"], transaction };
  }

  #transaction<T>(work: () => T): T {
    this.#run(`SAVEPOINT s${this.#depth++}`);
    try {
      const result = work();
      this.#run(`RELEASE s${--this.#depth}`);
      if (this.#depth === 0) this.journalled.push(...this.#inDoubt.splice(0));
      return result;
    } catch (error) {
      this.#depth -= 1;
      this.#run(`ROLLBACK TO s${this.#depth}`);
      this.#run(`RELEASE s${this.#depth}`);
      this.#read.clear();
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

  /** The life is over. */
  close(): void {
    this.#closed = true;
    const { db } = this.#database;
    if (!this.#recycled) return db.close();
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version'");
    for (const { name } of tables.all()) this.#run(`DELETE FROM ${String(name)}`);
    left.push(this.#database);
  }

  #exec(query: string, bindings: Cell[]): Row[] {
    if (this.#closed) throw new Error("this life is over");
    if (query.startsWith("SELECT")) {
      if (bindings.length > 0) return this.#statement(query).all(...bindings) as Row[];
      // Most are asked again before anything is written, and the answer is the same.
      let known = this.#read.get(query);
      if (known === undefined) this.#read.set(query, (known = this.#statement(query).all() as Row[]));
      return known;
    }
    this.#read.clear();
    if (bindings.length === 0 && /^\s*(CREATE|DROP|ALTER)/.test(query)) {
      this.#database.db.exec(query);
      return [];
    }
    const rows = this.#statement(query).all(...bindings) as Row[];
    if (query.startsWith("INSERT INTO journal")) {
      (this.#depth === 0 ? this.journalled : this.#inDoubt).push(String(bindings[3]));
    }
    return rows;
  }

  #run(query: string): void {
    this.#statement(query).run();
  }

  #statement(query: string): StatementSync {
    const { db, statements } = this.#database;
    let statement = statements.get(query);
    if (statement === undefined) statements.set(query, (statement = db.prepare(query)));
    return statement;
  }
}

/** What a query gave, as a Durable Object's storage gives it. */
class Rows<T> {
  readonly #rows: T[];

  constructor(rows: T[]) {
    this.#rows = rows;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#rows[Symbol.iterator]();
  }

  toArray(): T[] {
    return this.#rows;
  }
}
