// Rakuten's active partnerships, with the domain of each advertiser out of another list, since partnerships name none.

import * as z from "zod";
import type { UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import { failed, isRecord, noWarnings, outsideId, programmesPage, readRows } from "./report-call-client.ts";
import type { Warnings } from "./report-call-client.ts";
import { askRakuten } from "./rakuten.token.client.ts";
import type { ProgrammesPage, Reported, ReportSession } from "./report-client.ts";
import { hostsOf } from "./report-hosts.ts";

/** The most that a page of partnerships may have. */
const PAGE_ROWS = 200;
/** 20,000 advertisers are several times what Rakuten has. */
const MAX_PAGES = 100;

const partnershipRow = z.object({
  advertiser: z.object({ id: outsideId, name: z.string() }),
  status: z.string().nullish(),
});
const advertiserRow = z.object({ id: outsideId, url: z.string().nullish() });

interface Page {
  rows: unknown[];
  more: boolean;
}

/** One page of a list: `{_metadata: {page, limit, total, _links: {next?}}, <name>: []}`. */
async function askPage(
  name: string,
  path: string,
  query: Record<string, string>,
  page: number,
  session: ReportSession,
): Promise<Reported<Page>> {
  const search = new URLSearchParams({ ...query, limit: String(PAGE_ROWS), page: String(page) });
  const body = await askRakuten(name, `${path}?${search.toString()}`, session);
  if (!body.ok) return body;
  const rows = isRecord(body.value) ? body.value[name] : undefined;
  if (!Array.isArray(rows) || !isRecord(body.value)) {
    return failed("malformed", `rakuten ${name}: the answer is not a list.`, session);
  }
  const metadata = isRecord(body.value["_metadata"]) ? body.value["_metadata"] : {};
  const links = isRecord(metadata["_links"]) ? metadata["_links"] : {};
  const { total, limit } = metadata;
  // The link is certain for one list, the count for the other.
  const counted = typeof total === "number" && typeof limit === "number" && page * limit < total;
  return { ok: true, value: { rows, more: rows.length > 0 && (Boolean(links["next"]) || counted) } };
}

/** Advertisers' addresses by id, read once a session. They come a page after the other, each under a second. */
async function sitesOf(session: ReportSession, warnings: Warnings): Promise<Reported<ReadonlyMap<string, string>>> {
  if (session.sites !== undefined) return { ok: true, value: session.sites };
  const sites = new Map<string, string>();
  for (let page = 1, more = true; more; page++) {
    if (page > MAX_PAGES) return failed("malformed", `rakuten advertisers: no end after ${MAX_PAGES} pages.`, session);
    const answer = await askPage("advertisers", "/v2/advertisers", {}, page, session);
    if (!answer.ok) return answer;
    more = answer.value.more;
    const rows = readRows(
      answer.value.rows,
      advertiserRow,
      (row) => row["id"],
      warnings,
      ({ id, url }) => [id, url ?? ""] as const,
    );
    for (const [id, url] of rows) if (url !== "") sites.set(id, url);
  }
  session.sites = sites;
  return { ok: true, value: sites };
}

/** A door that this account may not open, as against one that is away or busy. */
function isClosedDoor({ status = 0 }: UpstreamFailure): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

/** A page of active partnerships with their domains. Where the list of advertisers is not to be had, there are none. */
export async function rakutenProgrammes(
  cursor: string | null,
  session: ReportSession,
): Promise<Reported<ProgrammesPage>> {
  const page = Number(cursor ?? "1");
  const answer = await askPage("partnerships", "/v1/partnerships", { partner_status: "active" }, page, session);
  if (!answer.ok) return answer;
  const warnings = noWarnings();
  const sites = await sitesOf(session, warnings);
  // It must not hide the partnerships for ever.
  if (!sites.ok && !isClosedDoor(sites.failure)) return sites;
  if (!sites.ok) warnings.add(`No domains: ${sites.failure.detail}`);
  return programmesPage(
    answer.value.rows,
    partnershipRow,
    (row) => (isRecord(row["advertiser"]) ? row["advertiser"]["id"] : null),
    ({ advertiser: { id, name }, status }) => {
      if ((status ?? "active").toLowerCase() !== "active") return null;
      return { externalId: id, name, domains: hostsOf([sites.ok ? sites.value.get(id) : null]) };
    },
    answer.value.more ? String(page + 1) : null,
    warnings,
  );
}
