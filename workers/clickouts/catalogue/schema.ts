// What the operator's doors take and answer. Strict where an operator writes, loose where old callers of `/rule` do.
import { z } from "@hono/zod-openapi";
import { instant, networkName, number, time } from "../schema.ts";

const shortText = z.string().trim().min(1).max(200);

/** Ids of a network's own: digits and words, as text or as a safe integer. */
const externalId = z
  .union([z.string().trim(), z.int().transform(String)])
  .pipe(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "must be 1 to 64 letters, digits, dots, dashes or underscores"));

const parameters = z
  .record(z.string().min(1).max(64), z.string().max(500))
  .refine((pairs) => Object.keys(pairs).length >= 1 && Object.keys(pairs).length <= 20, "must be 1 to 20 pairs");

const settings = z.strictObject({ parameters: parameters.optional() });

const domains = z.array(z.string().max(300)).max(100);

/** Parameters of paths. */
export const storePath = z.object({ storeId: number });
export const relationPath = z.object({ storeId: number, relationId: number });
export const versionPath = z.object({ version: number });
export const networkPath = z.object({ name: networkName });

/** A relation to be. */
export const relationBody = z.strictObject({
  network: networkName,
  externalId: externalId.optional(),
  settings: settings.optional(),
});

/** A relation's changes. */
export const relationPatch = z
  .strictObject({
    externalId: externalId.optional(),
    settings: settings.optional(),
    state: z.enum(["joined", "left"]).optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "changes nothing");

/** A store to be; its networks in the order of its first rule. */
export const storeBody = z.strictObject({
  name: shortText,
  domains: domains.min(1, "must name at least one domain"),
  networks: z.array(relationBody).max(50).default([]),
});

/** A store's changes. */
export const storePatch = z
  .strictObject({ name: shortText.optional(), addDomains: domains.optional(), removeDomains: domains.optional() })
  .refine((patch) => Object.keys(patch).length > 0, "changes nothing");

/** A network's switch. */
export const networkPatch = z.strictObject({ enabled: z.boolean() });

const priorityId = z.int().openapi({ example: 2 });

/** `POST /rule`; unknown fields are ignored. */
export const ruleBody = z.object({
  store_id: z.int().min(1),
  network_priorities: z
    .array(z.object({ network_id: priorityId, order_priority: z.int() }))
    .min(1)
    .max(50),
  started_at: instant.nullish(),
});

/** `GET /rule`. */
export const ruleQuery = z.object({ store_id: number });

/** An import of stores. */
export const importQuery = z.strictObject({
  dryRun: z
    .enum(["0", "1", "false", "true"])
    .default("0")
    .transform((text) => text === "1" || text === "true"),
});
export const importView = z
  .object({
    stores: z.int(),
    relations: z.int(),
    rules: z.int(),
    errors: z.array(z.object({ line: z.int(), message: z.string() })),
  })
  .openapi("StoreImport");

/** Filters of lists, without their page. */
export const storesFilter = {
  q: z.string().trim().min(1).max(100).optional(),
  domain: z.string().max(300).optional(),
  network: networkName.optional(),
  /** Of a relation; with `network` of one to it, which is `joined` unless this says otherwise. */
  state: z.enum(["joined", "left", "needs_domain"]).optional(),
};
export const rulesFilter = { store_id: number.optional(), at: instant.optional() };

/** Answers. */
export const relationView = z
  .object({
    relationId: z.int(),
    network: networkName,
    externalId: z.string(),
    state: z.enum(["joined", "left", "needs_domain"]),
    since: time,
    settings,
  })
  .openapi("Relation");

export const storeView = z
  .object({
    storeId: z.int(),
    name: z.string(),
    domains: z.array(z.string()),
    networks: z.array(relationView),
    rule: z.object({ version: z.int(), networks: z.array(networkName), startedAt: time, endedAt: time }).nullable(),
  })
  .openapi("Store");

export const networkView = z
  .object({
    networkId: z.int(),
    name: networkName,
    enabled: z.boolean(),
    credentials: z.enum(["ok", "missing", "failing"]),
    circuit: z.enum(["closed", "open", "half_open"]),
    lastError: z.string().nullable(),
    lastRunAt: time.nullable(),
  })
  .openapi("Network");

export const ruleView = z
  .object({
    version: z.int(),
    storeId: z.int(),
    networks: z.array(z.object({ network: networkName, orderPriority: z.int() })),
    startedAt: time,
    endedAt: time,
    author: z.string(),
    cause: z.enum(["operator", "programmes", "seed"]),
  })
  .openapi("RuleVersion");

export const compatRuleView = z
  .object({
    store_id: z.int(),
    network_priorities: z.array(z.object({ network_id: priorityId, order_priority: z.int() })),
    started_at: time,
    ended_at: time,
  })
  .openapi("Rule");

export type RelationBody = z.output<typeof relationBody>;
export type RelationPatch = z.output<typeof relationPatch>;
export type StoreBody = z.output<typeof storeBody>;
export type StorePatch = z.output<typeof storePatch>;
export type RuleBody = z.output<typeof ruleBody>;
export type RelationView = z.output<typeof relationView>;
export type StoreView = z.output<typeof storeView>;
export type NetworkView = z.output<typeof networkView>;
export type RuleView = z.output<typeof ruleView>;
export type CompatRule = z.output<typeof compatRuleView>;
