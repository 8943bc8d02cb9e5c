// The words of audiences as an operator reads them: states of segments and tenants, reasons of parked changes. Pure.
import type { Plural, Text } from "../../../src/shared/page/language.ts";
import type { SegmentState, TenantState, Verb } from "../objects.ts";

/** A state's mark and word. */
interface Word {
  tone: "ok" | "warn" | "bad" | "idle";
  word: Text;
}

export const SEGMENT_WORDS: Readonly<Record<SegmentState, Word>> = {
  creating: { tone: "idle", word: { en: "creating", pt: "criando" } },
  active: { tone: "ok", word: { en: "active", pt: "ativo" } },
  paused: { tone: "bad", word: { en: "paused", pt: "pausado" } },
  full: { tone: "warn", word: { en: "full", pt: "cheio" } },
  removed: { tone: "idle", word: { en: "removed", pt: "removido" } },
};

export const TENANT_WORDS: Readonly<Record<TenantState, Word>> = {
  ok: { tone: "ok", word: { en: "ok", pt: "ok" } },
  needs_credentials: { tone: "bad", word: { en: "needs credentials", pt: "precisa de credenciais" } },
};

export const VERB_WORDS: Readonly<Record<Verb, Text>> = {
  add: { en: "add", pt: "incluir" },
  delete: { en: "remove", pt: "remover" },
};

/** Why a change was set aside; what is not here is shown as it is. */
const REASONS: Readonly<Record<string, Text>> = {
  segment_full: {
    en: "no room: the segment is full. It comes back by itself when members leave",
    pt: "sem lugar: o segmento está cheio. Volta sozinha quando membros saírem",
  },
  rejected: { en: "Split does not take this MPID", pt: "o Split não aceita este MPID" },
  approval_required: {
    en: "Split wants an approval for changes in this environment",
    pt: "o Split exige aprovação para mudanças neste ambiente",
  },
  segment_in_use: {
    en: "the segment itself: Split does not delete it while a flag uses it",
    pt: "o próprio segmento: o Split não o exclui enquanto uma flag o usa",
  },
  segment_missing: { en: "Split does not know the segment", pt: "o Split não conhece o segmento" },
};

/** A reason in words. */
export function reasonText(reason: string): Text {
  return REASONS[reason] ?? { en: reason, pt: reason };
}

/** `split upload_keys: HTTP 401: {"code":401,"message":"Unauthorized",…}`: what of it a person reads. */
export function splitSaid(detail: string): string {
  const [, status, body = ""] = /HTTP (\d{3}):?\s*(.*)$/s.exec(detail) ?? [];
  if (status === undefined) return detail;
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? (body.startsWith("{") ? "" : body);
  return message === "" ? `HTTP ${status}` : `${message.replaceAll('\\"', '"')} (HTTP ${status})`;
}

export const CHANGE: Plural = [
  { en: "change", pt: "mudança" },
  { en: "changes", pt: "mudanças" },
];
export const SEGMENT: Plural = [
  { en: "segment", pt: "segmento" },
  { en: "segments", pt: "segmentos" },
];
export const CALL: Plural = [
  { en: "call to Split", pt: "chamada ao Split" },
  { en: "calls to Split", pt: "chamadas ao Split" },
];
