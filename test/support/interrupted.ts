// D1 that lets a test do something ahead of a certain batch, or instead of it: what operators and outages do in production.

/** For bindings: calls `before` ahead of the `nth` batch that inserts into `table`. Where it throws, there is no such batch. */
export function interrupted(table: string, nth: number, before: () => Promise<void>): (env: Env) => Env {
  const inserts = new WeakSet<object>();
  let seen = 0;
  const watched = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          const made: unknown = Reflect.apply(member, target, args);
          if (name === "bind") inserts.add(made as object);
          return made;
        };
      },
    });
  const session = (inner: D1DatabaseSession) => ({
    prepare(sql: string) {
      const statement = inner.prepare(sql);
      return sql.startsWith(`insert into "${table}"`) ? watched(statement) : statement;
    },
    async batch(statements: D1PreparedStatement[]) {
      if (statements.some((one) => inserts.has(one))) {
        seen += 1;
        if (seen === nth) await before();
      }
      return await inner.batch(statements);
    },
    getBookmark: () => inner.getBookmark(),
  });
  return (env) => {
    const DB = { withSession: (start?: string) => session(env.DB.withSession(start)) };
    return { ...env, DB: DB as unknown as D1Database };
  };
}
