// D1 for who only reads, such as a page: what is asked in the same turn goes in one batch, the same question once. The systems
// of a page are asked side by side and know nothing of each other; D1 is 120 ms away, and takes one query at a time.
// It must never be given to who writes: a batch is one transaction, and equal statements would be run once.

interface Asked {
  statement: D1PreparedStatement;
  answer: Promise<D1Result>;
  settle: { resolve: (result: D1Result) => void; reject: (error: unknown) => void };
}

type Ask = (statement: D1PreparedStatement, question: string) => Promise<D1Result>;

/** A statement with its values, as Drizzle takes it. */
class GatheredStatement {
  readonly #ask: Ask;
  readonly #inner: D1PreparedStatement;
  readonly #sql: string;
  readonly #values: readonly unknown[];

  constructor(ask: Ask, inner: D1PreparedStatement, sql: string, values: readonly unknown[] = []) {
    this.#ask = ask;
    this.#inner = inner;
    this.#sql = sql;
    this.#values = values;
  }

  bind(...values: unknown[]): GatheredStatement {
    return new GatheredStatement(this.#ask, this.#inner.bind(...values), this.#sql, values);
  }

  all(): Promise<D1Result> {
    return this.#ask(this.#inner, JSON.stringify([this.#sql, this.#values]));
  }

  /** As arrays. Columns of one name would become one: every statement of a page is tried for that in a test. */
  async raw(): Promise<unknown[][]> {
    const { results } = await this.all();
    return results.map((row) => Object.values(row as object));
  }

  async first(column?: string): Promise<unknown> {
    const [row] = (await this.all()).results as Record<string, unknown>[];
    return row === undefined ? null : column === undefined ? row : (row[column] ?? null);
  }
}

/** Asks all of a turn. Where the batch fails each is asked by itself, so that a bad one fails alone. */
async function askTogether(db: D1DatabaseSession, turn: readonly Asked[]): Promise<void> {
  const statements = turn.map(({ statement }) => statement);
  const results = turn.length === 1 ? null : await db.batch(statements).catch(() => null);
  for (const [n, { statement, settle }] of turn.entries()) {
    const result = results?.[n];
    if (result !== undefined) settle.resolve(result);
    else statement.all().then(settle.resolve, settle.reject);
  }
}

/**
 * One session for one reader; it can `prepare` and `batch`, which is all that Drizzle asks for. A turn is over when `ready`
 * resolves: after it, who was asked before has had the chance to ask further.
 */
export function gathered(database: D1Database, ready: () => Promise<void>): D1Database {
  const db = database.withSession("first-primary");
  let turn = new Map<string, Asked>();

  const flush = async () => {
    await ready();
    const asked = [...turn.values()];
    turn = new Map();
    await askTogether(db, asked);
  };

  const ask: Ask = (statement, question) => {
    const same = turn.get(question);
    if (same !== undefined) return same.answer;
    if (turn.size === 0) void flush();
    const { promise, ...settle } = Promise.withResolvers<D1Result>();
    turn.set(question, { statement, answer: promise, settle });
    return promise;
  };

  const reader = {
    prepare: (sql: string) => new GatheredStatement(ask, db.prepare(sql), sql),
    batch: (statements: readonly GatheredStatement[]) => Promise.all(statements.map((statement) => statement.all())),
    withSession: () => reader,
  };
  return reader as unknown as D1Database;
}
