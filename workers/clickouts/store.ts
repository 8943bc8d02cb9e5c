// All that clickouts asks of D1, in one value: the doors are built with it, so that the verbs name no database code.
import { ChangeLost } from "./catalogue/store-batch.ts";
import * as imports from "./catalogue/store-import.ts";
import * as relations from "./catalogue/store-relations.ts";
import * as rules from "./catalogue/store-rules.ts";
import * as stores from "./catalogue/store-stores.ts";
import * as reports from "./earnings/store-report.ts";
import { listTransactions, storesOfTransactions } from "./earnings/store-transactions.ts";

/** The D1 functions of clickouts. */
export const clickoutData = {
  /** Whether a change was not made, and why; null for every other failure. */
  lossOf: (error: unknown): ChangeLost["lostBy"] | null => (error instanceof ChangeLost ? error.lostBy : null),
  listRules: rules.listRules,
  ruleAt: rules.ruleAt,
  ruleState: rules.ruleState,
  writeRule: rules.writeRule,
  writeEnds: rules.writeEnds,
  listStores: stores.listStores,
  storesOnPage: stores.storesOnPage,
  storeById: stores.storeById,
  ownersOf: stores.ownersOf,
  nextStoreId: stores.nextStoreId,
  createStore: stores.createStore,
  changeStore: stores.changeStore,
  deleteStore: stores.deleteStore,
  relationOf: relations.relationOf,
  relationsWith: relations.relationsWith,
  addRelation: relations.addRelation,
  changeRelation: relations.changeRelation,
  removeRelation: relations.removeRelation,
  enabledNetworks: relations.enabledNetworks,
  setEnabled: relations.setEnabled,
  stageRows: imports.stageRows,
  planImport: imports.planImport,
  applyImport: imports.applyImport,
  discardImport: imports.discardImport,
  listTransactions,
  storesOfTransactions,
  readReport: reports.readReport,
  storeNames: reports.storeNames,
  storeNamesWithin: reports.storeNamesWithin,
};

/** What the verbs are given of the database. */
export type ClickoutData = typeof clickoutData;
