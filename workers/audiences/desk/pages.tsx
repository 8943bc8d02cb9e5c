// All pages of audiences, for its `System` value.
import { newPages } from "../../../src/shared/page/kit.ts";
import { addSegmentPage } from "./pages-segment.tsx";
import { addSegmentsPage } from "./pages-segments.tsx";
import { addTenantPage } from "./pages-tenant.tsx";
import type { Desk } from "./service.ts";

/** The pages over this desk. */
export function audiencePages(desk: Desk) {
  const pages = newPages();
  addSegmentsPage(pages, desk);
  addSegmentPage(pages, desk);
  addTenantPage(pages, desk);
  return pages.routes;
}
