// The doors of the audit: what operators changed. Reading only.
import { keyed } from "../../../src/shared/auth/requires.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { addList } from "../../../src/shared/http/list.ts";
import { envOf } from "../change.ts";
import { auditFilter, auditItem } from "./schema.ts";
import { auditPage } from "./service.ts";

/** `/api/audit`. */
export const auditRoutes = newRoutes();

addList(auditRoutes, envOf, {
  ...keyed("audit:read"),
  tags: ["audit"],
  path: "/api/audit",
  summary: "Lists operator changes, newest first",
  filter: auditFilter,
  item: auditItem,
  answer: "A page of changes.",
  page: auditPage,
});
