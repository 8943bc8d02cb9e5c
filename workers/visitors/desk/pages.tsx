// All pages of visitors, for its `System` value.
import { newPages } from "../../../src/shared/page/kit.ts";
import { addListPages } from "./pages-lists.tsx";
import { addSitePage } from "./pages-site.tsx";
import { addSitesPage } from "./pages-sites.tsx";
import type { Desk } from "./service.ts";

/** The pages over this desk. */
export function visitorPages(desk: Desk) {
  const pages = newPages();
  addSitesPage(pages, desk);
  addSitePage(pages, desk);
  addListPages(pages, desk);
  return pages.routes;
}
