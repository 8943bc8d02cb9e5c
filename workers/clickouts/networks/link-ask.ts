// What a `NetworkLinks` object is asked and answers, so that who asks need not know the object. Pure.
import type { SkipReason } from "../clicks/click.ts";

/** A failure of one URL, or of a whole network, is not asked for again for this long (ms). */
export const FAILURE_MEMORY_MS = 60_000;

/** What a `NetworkLinks` object is asked. `timeoutMs` bounds its own call, so that it can tell a timeout from a loss. */
export interface LinkAsk {
  externalId: string;
  /** The template's key. */
  key: string;
  credentialsRevision: number;
  url: string;
  timeoutMs: number;
}

/** Its answer: the raw link (a SKU for magazinevoce), or why there is none. `circuit` true concerns the whole network. */
export type LinkReply = { raw: string } | { skip: SkipReason; untilMs: number; circuit: boolean };

/** The part of the object's face that a redirect calls. */
export interface LinkObject {
  link(ask: LinkAsk): Promise<LinkReply>;
}
