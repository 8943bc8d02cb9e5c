// What the pages' addresses and forms say, read as the doors read theirs: filters, MPIDs, names.
import { AppError } from "../../../src/shared/errors.ts";
import { invalidRequest } from "../../../src/shared/http/app.ts";
import * as schema from "../schema.ts";
import type { SegmentsFilter } from "../service-segments.ts";

/** Segments of one page: each is asked how it stands. */
export const PAGE_SIZE = 50;

/** Tenants looked at; an operator has a handful. */
export const MAX_TENANTS = 500;

/** The filter of an address; what is no workspace or state filters nothing. */
export function filterOf(query: URLSearchParams): SegmentsFilter {
  const workspace = schema.segmentsFilter.workspace_id.safeParse(query.get("workspace_id") || undefined);
  const state = schema.segmentsFilter.state.safeParse(query.get("state") || undefined);
  return { workspaceId: workspace.data, state: state.data };
}

/** The MPIDs that were picked; at least one. */
export function pickedMpids(mpids: readonly string[]): string[] {
  const read = schema.replayBody.safeParse({ mpids });
  if (!read.success) throw invalidRequest(read.error);
  return read.data.mpids ?? [];
}

/** A segment's name as Split takes it. Throws `invalid_request` at the field `segmentName`. */
export function nameOf(segmentName: string): string {
  const read = schema.renameBody.safeParse({ segmentName });
  if (!read.success) throw invalidRequest(read.error);
  return read.data.segmentName;
}

/** A key of Split. Throws `invalid_request` at the field `apiToken`. */
export function keyOf(apiToken: string): string {
  const read = schema.tenantBody.safeParse({ apiToken });
  if (!read.success) throw invalidRequest(read.error);
  return read.data.apiToken;
}

/** A segment's id of a path. Throws `not_found`. */
export function idOf(id: string | undefined): string {
  const read = schema.segmentPath.safeParse({ id });
  if (!read.success) throw new AppError("not_found", { retry: false, detail: "This segment is not there." });
  return read.data.id;
}
