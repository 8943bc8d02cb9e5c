// What several pages of audiences show alike: how a segment stands, in a sentence, which workspace it is of.
import { State, Time } from "../../../src/shared/page/kit.ts";
import type { Child, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import type { SegmentView, TenantView } from "../schema.ts";
import { MAX_MEMBERS } from "../split/members.ts";
import { shortId } from "./service-needs.ts";
import { CHANGE, SEGMENT_WORDS } from "./words.ts";

export const PATH = "/console/audiences";
export const TITLE: Text = { en: "Audiences", pt: "Audiências" };

export const segmentPath = (id: string) => `${PATH}/segments/${id}`;
export const tenantPath = (workspaceId: string) => `${PATH}/tenants/${encodeURIComponent(workspaceId)}`;

const T = {
  inStep: { en: "Split has everything.", pt: "O Split tem tudo." },
  rest: (changes: string): Plural => [
    { en: `Split has everything but ${changes} that is parked.`, pt: `O Split tem tudo, menos ${changes} separada.` },
    { en: `Split has everything but ${changes} that are parked.`, pt: `O Split tem tudo, menos ${changes} separadas.` },
  ],
  waits: (changes: string): Plural => [
    { en: `${changes} waits for the next flush.`, pt: `${changes} à espera do próximo envio.` },
    { en: `${changes} wait for the next flush.`, pt: `${changes} à espera do próximo envio.` },
  ],
  creating: {
    en: "The first flush makes it at Split.",
    pt: "O primeiro envio o cria no Split.",
  },
  refused: (time: string): Text => ({
    en: `Split has refused the key since ${time}.`,
    pt: `O Split recusa a chave desde ${time}.`,
  }),
  refusedNow: { en: "Split refuses the key.", pt: "O Split recusa a chave." },
  safe: (changes: string): Plural => [
    { en: `${changes} is safe and waiting.`, pt: `${changes} a salvo, à espera.` },
    { en: `${changes} are safe and waiting.`, pt: `${changes} a salvo, à espera.` },
  ],
  full: {
    en: `It holds the ${MAX_MEMBERS / 1_000},000 members that Split allows. Removals go through; additions without room are parked until members leave.`,
    pt: `Tem os ${MAX_MEMBERS / 1_000}.000 membros que o Split permite. Remoções passam; inclusões sem lugar ficam separadas até membros saírem.`,
  },
  removed: {
    en: "Its audience was removed at mParticle. Older changes are dropped, newer ones wait for it to come back.",
    pt: "A audiência foi removida na mParticle. Mudanças antigas são descartadas, novas esperam a volta dela.",
  },
  workspace: { en: "workspace", pt: "workspace" },
};

/** A workspace by its ends, whole on hover. */
export function Workspace({ v, id }: { v: View; id: string }) {
  return (
    <a href={tenantPath(id)} class="id" title={`${v.t(T.workspace)} ${id}`}>
      {shortId(id)}
    </a>
  );
}

/** That Split refuses a key, since when where it is known, and what is safe meanwhile. */
export function refusedSays(v: View, sinceMs: number | null, pending: number): string {
  const refused = v.t(sinceMs === null ? T.refusedNow : T.refused(v.time(sinceMs)));
  return `${refused} ${v.plural(pending, ...T.safe(v.count(pending, ...CHANGE)))}`;
}

/** How a segment stands, in one sentence. `tenant` tells since when its key is refused. */
export function segmentSays(v: View, item: SegmentView, tenant: TenantView | undefined): string {
  const waiting = item.pendingAdds + item.pendingDeletes;
  switch (item.state) {
    case "paused": {
      const known = tenant?.state === "needs_credentials";
      return refusedSays(v, known ? Date.parse(tenant.since) : null, waiting);
    }
    case "full":
      return v.t(T.full);
    case "removed":
      return v.t(T.removed);
    case "creating":
      return v.t(T.creating);
    case "active":
      if (waiting > 0) return v.plural(waiting, ...T.waits(v.count(waiting, ...CHANGE)));
      if (item.parked === 0) return v.t(T.inStep);
      return v.plural(item.parked, ...T.rest(v.count(item.parked, ...CHANGE)));
  }
}

/** A segment's state as a mark and a word. */
export function SegmentState({ v, item }: { v: View; item: Pick<SegmentView, "state"> }) {
  const { tone, word } = SEGMENT_WORDS[item.state];
  return <State tone={tone}>{v.t(word)}</State>;
}

/** A time that may not be known. */
export function maybe(v: View, time: string | null): Child {
  return time === null ? "–" : <Time v={v} at={Date.parse(time)} />;
}
