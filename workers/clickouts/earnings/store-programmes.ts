// Lists of programmes in D1: what a run reads, what was acted upon before, and the differences between the two.
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { jsonChunks, jsonEach } from "../../../src/shared/db/chunk.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { networkStore, programme, programmeListed, store } from "../tables.ts";
import type { ListedProgramme } from "./programme-plan.ts";

/** Which list: a network's, as a run reads it. */
export interface ListKey {
  networkId: number;
  runId: string;
}

/** A list against the one before it. `leaving`: known before, and not in it. */
export interface ListSizes {
  listed: number;
  known: number;
  leaving: number;
}

const isList = ({ networkId, runId }: ListKey) =>
  and(eq(programmeListed.networkId, networkId), eq(programmeListed.runId, runId));

/** In the same list under the same id. */
const listedToo = ({ networkId, runId }: ListKey) => sql`exists (select 1 from programme_listed l
  where l.network_id = ${networkId} and l.run_id = ${runId} and l.external_id = ${programme.externalId})`;

/** The statement that forgets the lists which runs have read of a network. */
export function forgetLists(db: Db, networkId: number): Statement {
  return db.delete(programmeListed).where(eq(programmeListed.networkId, networkId));
}

/** The statements that add a page to a list. A programme that comes twice stands once. */
export function addToList(
  db: Db,
  { networkId, runId }: ListKey,
  programmes: readonly ListedProgramme[],
  unread: readonly string[],
): Statement[] {
  const rows = [
    ...programmes.map(({ externalId, name, domains }) => [externalId, name, domains, 1]),
    ...unread.map((externalId) => [externalId, "", [], 0]),
  ];
  return [...jsonChunks(rows)].map((json) =>
    db
      .insert(programmeListed)
      .select(
        sql`select ${networkId}, ${runId}, value ->> 0, value ->> 1, value -> 2, value ->> 3 from ${jsonEach(json)} where true`,
      )
      .onConflictDoNothing(),
  );
}

/** How a list compares with the one before it. */
export async function sizesOf(db: Db, key: ListKey): Promise<ListSizes> {
  const known = eq(programme.networkId, key.networkId);
  const count = sql<number>`count(*)`;
  const [listed, before, leaving] = await db.batch([
    db.select({ count }).from(programmeListed).where(isList(key)),
    db.select({ count }).from(programme).where(known),
    db
      .select({ count })
      .from(programme)
      .where(and(known, sql`not ${listedToo(key)}`)),
  ]);
  return { listed: listed[0]!.count, known: before[0]!.count, leaving: leaving[0]!.count };
}

/** The next programmes that joined and left, at most `limit` of each, by id; acted upon, they are no difference any more. */
export async function differences(
  db: Db,
  key: ListKey,
  limit: number,
): Promise<{ joined: ListedProgramme[]; left: string[] }> {
  const { externalId, name, domains } = programmeListed;
  const [joined, left] = await db.batch([
    db
      .select({ externalId, name, domains })
      .from(programmeListed)
      .leftJoin(programme, and(eq(programme.networkId, key.networkId), eq(programme.externalId, externalId)))
      .where(and(isList(key), eq(programmeListed.readable, true), isNull(programme.externalId)))
      .orderBy(asc(externalId))
      .limit(limit),
    db
      .select({ externalId: programme.externalId })
      .from(programme)
      .where(and(eq(programme.networkId, key.networkId), sql`not ${listedToo(key)}`))
      .orderBy(asc(programme.externalId))
      .limit(limit),
  ]);
  return { joined, left: left.map((row) => row.externalId) };
}

/** Programmes that wait for a domain, where the list tells one now or another relation has the same id; at most `limit`. */
export async function placeable(db: Db, key: ListKey, limit: number): Promise<ListedProgramme[]> {
  const { externalId, name, domains } = programmeListed;
  return db
    .select({ externalId, name, domains })
    .from(networkStore)
    .innerJoin(programmeListed, and(isList(key), eq(externalId, networkStore.externalId)))
    .where(
      and(
        eq(networkStore.networkId, key.networkId),
        eq(networkStore.state, "needs_domain"),
        sql`(${domains} <> '[]' or exists (select 1 from network_store other where other.network_id = ${key.networkId}
          and other.external_id = ${networkStore.externalId} and other.state <> 'needs_domain'))`,
      ),
    )
    .limit(limit);
}

/** The statements that note what was acted upon. */
export function noteActed(
  db: Db,
  networkId: number,
  joined: readonly ListedProgramme[],
  left: readonly string[],
  nowMs: number,
): Statement[] {
  const statements: Statement[] = [];
  if (joined.length > 0) {
    const json = JSON.stringify(joined.map(({ externalId, name }) => [externalId, name]));
    statements.push(
      db
        .insert(programme)
        .select(sql`select ${networkId}, value ->> 0, value ->> 1, ${nowMs} from ${jsonEach(json)} where true`)
        .onConflictDoNothing(),
    );
  }
  if (left.length > 0) {
    const gone = sql`${programme.externalId} in (select value from ${jsonEach(JSON.stringify(left))})`;
    statements.push(db.delete(programme).where(and(eq(programme.networkId, networkId), gone)));
  }
  return statements;
}

/** Programmes of a network that wait for an operator to give their domain: how many, and the first of them. */
export async function waitingForDomain(
  db: Db,
  networkId: number,
  shown: number,
): Promise<{ count: number; first: { storeId: number; name: string; externalId: string }[] }> {
  const waiting = and(eq(networkStore.networkId, networkId), eq(networkStore.state, "needs_domain"));
  const [counts, first] = await db.batch([
    db
      .select({ count: sql<number>`count(*)` })
      .from(networkStore)
      .where(waiting),
    db
      .select({ storeId: store.id, name: store.name, externalId: networkStore.externalId })
      .from(networkStore)
      .innerJoin(store, eq(store.id, networkStore.storeId))
      .where(waiting)
      .orderBy(asc(store.id))
      .limit(shown),
  ]);
  return { count: counts[0]!.count, first };
}
