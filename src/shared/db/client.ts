// The one way to D1. Each request opens its own session, so that whoever changed a thing reads his own change.
import { drizzle } from "drizzle-orm/d1";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { BatchItem } from "drizzle-orm/batch";

/** A Drizzle client over one D1 session. */
export type Db = DrizzleD1Database;

/** A statement that can stand in a batch. */
export type Statement = BatchItem<"sqlite">;

/** Opens a session whose first query goes to the primary. One per request, message or job; never kept. */
export function database(env: Pick<Env, "DB">): Db {
  // A session has the two methods that Drizzle calls (`prepare`, `batch`); its type only lacks the others.
  return drizzle(env.DB.withSession("first-primary") as unknown as D1Database);
}

/** Runs statements as one transaction: all or none. An empty list does nothing. */
export async function together(db: Db, statements: readonly Statement[]): Promise<void> {
  const [first, ...rest] = statements;
  if (first !== undefined) await db.batch([first, ...rest]);
}
