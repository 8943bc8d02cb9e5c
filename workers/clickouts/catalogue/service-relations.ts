// The operator's verbs on a store's ties to networks, and what a relation must bring along.
import { isoTime } from "../../../src/shared/clock.ts";
import { AppError, invalid, notFound } from "../../../src/shared/errors.ts";
import { NEEDS_EXTERNAL_ID, NETWORK_IDS, networkOf } from "../networks.ts";
import type { Network } from "../networks.ts";
import type { RelationBody, RelationPatch, RelationView } from "./schema.ts";
import { announce, audited } from "../service.ts";
import type { Operation } from "../service.ts";
import type { NewRelation, RelationChange, RelationRow } from "./store-relations.ts";

/** A relation as it is shown. */
export function viewOfRelation(row: RelationRow): RelationView {
  return {
    relationId: row.id,
    network: networkOf(row.networkId)!,
    externalId: row.externalId,
    state: row.state,
    since: isoTime(row.since),
    settings: row.settings,
  };
}

function check(network: Network, externalId: string, settings: RelationRow["settings"], path: string): void {
  if (NEEDS_EXTERNAL_ID.has(network) && externalId === "") {
    throw invalid(`${path}externalId`, `is needed: the id that ${network} gave the shop`);
  }
  if (network === "direto" && settings.parameters === undefined) {
    throw invalid(`${path}settings.parameters`, "is needed: what direto adds to the product URL");
  }
  if (network !== "direto" && settings.parameters !== undefined) {
    throw invalid(`${path}settings.parameters`, `is not known to ${network}`);
  }
}

/** Checks a relation to be. `path` stands before the field names of errors. */
export function checkedRelation(body: RelationBody, path = ""): NewRelation {
  const { network, externalId = "", settings = {} } = body;
  const kept = settings.parameters === undefined ? {} : { parameters: settings.parameters };
  check(network, externalId, kept, path);
  return { networkId: NETWORK_IDS[network], externalId, settings: kept };
}

function translate(op: Operation, error: unknown): unknown {
  const lost = op.data.lossOf(error);
  if (lost === "relation") {
    return new AppError("relation_exists", { retry: false, detail: "The store has this relation already." });
  }
  return lost === "stale" ? notFound("The store or relation") : error;
}

async function known(op: Operation, storeId: number, relationId: number): Promise<RelationRow> {
  const row = await op.data.relationOf(op.db, storeId, relationId);
  if (row === null) throw notFound(`The relation ${relationId} of store ${storeId}`);
  return row;
}

/** Ties a store to a network. The rule stays as it is. */
export async function addRelation(op: Operation, storeId: number, body: RelationBody): Promise<RelationView> {
  const made = checkedRelation(body);
  try {
    const audit = audited(op, "relation.create", `store:${storeId}`, null, body);
    await op.data.addRelation(op.db, storeId, made, op.deps.clock(), audit);
  } catch (error) {
    throw translate(op, error);
  }
  await announce(op);
  const rows = await op.data.relationsWith(op.db, storeId, made.networkId);
  const row = rows.find(({ externalId }) => externalId === made.externalId);
  if (row === undefined) throw notFound("The relation");
  return viewOfRelation(row);
}

/** Changes a relation. One that left serves no links until it is joined again. */
export async function changeRelation(
  op: Operation,
  storeId: number,
  relationId: number,
  patch: RelationPatch,
): Promise<RelationView> {
  const row = await known(op, storeId, relationId);
  const wanted: RelationChange = {};
  if (patch.externalId !== undefined) wanted.externalId = patch.externalId;
  if (patch.settings !== undefined) {
    wanted.settings = patch.settings.parameters === undefined ? {} : { parameters: patch.settings.parameters };
  }
  if (patch.state !== undefined && patch.state !== row.state) {
    wanted.state = patch.state;
    wanted.since = op.deps.clock();
  }
  const after = { ...row, ...wanted };
  check(networkOf(row.networkId)!, after.externalId, after.settings, "");
  try {
    const audit = audited(op, "relation.change", `relation:${relationId}`, viewOfRelation(row), viewOfRelation(after));
    await op.data.changeRelation(op.db, relationId, wanted, audit);
  } catch (error) {
    throw translate(op, error);
  }
  await announce(op);
  return viewOfRelation(after);
}

/** Unties a store from a network that none of its present and scheduled rules needs. */
export async function removeRelation(op: Operation, storeId: number, relationId: number): Promise<void> {
  const row = await known(op, storeId, relationId);
  try {
    const audit = audited(op, "relation.delete", `relation:${relationId}`, viewOfRelation(row), null);
    await op.data.removeRelation(op.db, row, op.deps.clock(), audit);
  } catch (error) {
    if (op.data.lossOf(error) !== "stale") throw error;
    const network = networkOf(row.networkId)!;
    throw new AppError("relation_in_use", {
      retry: false,
      detail: `A present or scheduled rule of the store asks ${network}. Change the rule first.`,
    });
  }
  await announce(op);
}
