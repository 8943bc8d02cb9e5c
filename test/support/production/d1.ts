// D1 with the limits that the local one does not have: 2 MB a value, 1,000 queries an invocation, 100 KB a statement.

/** https://developers.cloudflare.com/d1/platform/limits/ */
const MAX_VALUE_BYTES = 2_000_000;
const MAX_QUERIES = 1_000;
const MAX_SQL_BYTES = 100_000;

/** What an operation passes through, so that a clock may move when it ends. */
export type Io = <T>(operation: Promise<T>) => Promise<T>;

/** Refuses a value that no row may hold; for D1 and for an object's SQLite. */
export function assertStorable(value: unknown): void {
  const bytes =
    typeof value === "string"
      ? new TextEncoder().encode(value).byteLength
      : value instanceof ArrayBuffer || ArrayBuffer.isView(value)
        ? value.byteLength
        : 0;
  if (bytes > MAX_VALUE_BYTES) throw new Error(`D1_ERROR: string or blob too big: SQLITE_TOOBIG (${bytes} bytes)`);
}

/** Counts the queries of one invocation. */
export class QueryMeter {
  queries = 0;

  count(n: number): void {
    this.queries += n;
    if (this.queries > MAX_QUERIES) throw new Error("D1_ERROR: too many API requests by single worker invocation");
  }
}

class GuardedStatement {
  readonly inner: D1PreparedStatement;
  readonly #meter: QueryMeter;
  readonly #io: Io;

  constructor(inner: D1PreparedStatement, meter: QueryMeter, io: Io) {
    this.inner = inner;
    this.#meter = meter;
    this.#io = io;
  }

  bind(...values: unknown[]): GuardedStatement {
    for (const value of values) assertStorable(value);
    return new GuardedStatement(this.inner.bind(...values), this.#meter, this.#io);
  }

  first(column?: string): Promise<unknown> {
    return this.#run(() => (column === undefined ? this.inner.first() : this.inner.first(column)));
  }

  run(): Promise<unknown> {
    return this.#run(() => this.inner.run());
  }

  all(): Promise<unknown> {
    return this.#run(() => this.inner.all());
  }

  raw(options?: { columnNames: true }): Promise<unknown> {
    return this.#run(() => (options === undefined ? this.inner.raw() : this.inner.raw(options)));
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    this.#meter.count(1);
    return this.#io(operation());
  }
}

/** Wraps a database, or a session of it, for one invocation. */
export function guardedD1<T extends D1Database | D1DatabaseSession>(inner: T, meter: QueryMeter, io: Io): T {
  const doors = {
    prepare(sql: string) {
      if (new TextEncoder().encode(sql).byteLength > MAX_SQL_BYTES)
        throw new Error("D1_ERROR: statement too long: SQLITE_TOOBIG");
      return new GuardedStatement(inner.prepare(sql), meter, io);
    },
    async batch(statements: GuardedStatement[]) {
      meter.count(statements.length);
      return io(inner.batch(statements.map((statement) => statement.inner)));
    },
    exec(sql: string) {
      meter.count(sql.split("\n").length);
      return io((inner as D1Database).exec(sql));
    },
    withSession: (start?: string) => guardedD1((inner as D1Database).withSession(start), meter, io),
    getBookmark: () => (inner as D1DatabaseSession).getBookmark(),
  };
  return doors as unknown as T;
}

/** The SQL of a Durable Object with the same limit of a value. */
export function guardedSql(sql: SqlStorage): SqlStorage {
  return new Proxy(sql, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (name === "exec") for (const binding of args.slice(1)) assertStorable(binding);
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
}
