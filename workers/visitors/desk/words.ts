// The words of visitors as an operator reads them: how a site's access stands, what became of a delivery, why something was set
// aside. Pure.
import type { Plural, Text } from "../../../src/shared/page/language.ts";

/** A state's mark and word. */
interface Word {
  tone: "ok" | "warn" | "bad" | "idle";
  word: Text;
}

type Access = "ok" | "missing" | "refused" | "api_access_disabled" | "unknown_site";
type Outcome = "delivered" | "parked" | "retrying" | "held" | "stale";

export const ACCESS_WORDS: Readonly<Record<Access, Word>> = {
  ok: { tone: "ok", word: { en: "ok", pt: "ok" } },
  missing: { tone: "warn", word: { en: "no credentials", pt: "sem credenciais" } },
  refused: { tone: "bad", word: { en: "refused", pt: "recusadas" } },
  api_access_disabled: { tone: "bad", word: { en: "API access off", pt: "acesso por API desligado" } },
  unknown_site: { tone: "bad", word: { en: "unknown site", pt: "site desconhecido" } },
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, Word>> = {
  delivered: { tone: "ok", word: { en: "delivered", pt: "entregue" } },
  parked: { tone: "warn", word: { en: "parked", pt: "separado" } },
  retrying: { tone: "warn", word: { en: "retrying", pt: "tentando de novo" } },
  held: { tone: "bad", word: { en: "held", pt: "retido" } },
  stale: { tone: "idle", word: { en: "stale", pt: "antigo" } },
};

/** What stands behind an outcome. */
export const OUTCOME_SAYS: Readonly<Record<Outcome, Text>> = {
  delivered: { en: "Maxymiser took it", pt: "o Maxymiser aceitou" },
  parked: { en: "set aside, to be replayed", pt: "separado, para reenviar" },
  retrying: { en: "it is tried again by itself", pt: "será tentado de novo sozinho" },
  held: { en: "it waits until the site may be written to", pt: "espera até o site poder receber" },
  stale: { en: "a newer value had been sent", pt: "um valor mais novo já tinha sido enviado" },
};

const REASONS: Readonly<Record<string, Text>> = {
  no_customer: { en: "it names no customer", pt: "não diz qual é o cliente" },
  no_url: { en: "it has no PixelUrl", pt: "não tem PixelUrl" },
  no_site: { en: "it names no site", pt: "não diz qual é o site" },
  no_attribute: { en: "it has no attribute to set", pt: "não tem atributo a definir" },
  bad_time: { en: "its time is not one", pt: "a hora não é válida" },
  bad_url: { en: "its PixelUrl cannot be read", pt: "a PixelUrl não pode ser lida" },
  rejected: { en: "Maxymiser does not take it", pt: "o Maxymiser não aceita" },
  missing: { en: "no credentials came in 24 hours", pt: "nenhuma credencial em 24 horas" },
  refused: { en: "the credentials were refused for 24 hours", pt: "credenciais recusadas por 24 horas" },
  api_access_disabled: { en: "API access was off for 24 hours", pt: "acesso por API desligado por 24 horas" },
  unknown_site: { en: "Maxymiser did not know the site for 24 hours", pt: "site desconhecido por 24 horas" },
  unavailable: { en: "Maxymiser was away for 24 hours", pt: "Maxymiser fora do ar por 24 horas" },
};

/** A reason in words; what is not known here is shown as it is. */
export function reasonText(reason: string): Text {
  return REASONS[reason] ?? { en: reason, pt: reason };
}

/** `maxymiser token: HTTP 400: {"error":"invalid_grant","error_description":"Wrong …"}`: what of it a person reads. */
export function maxymiserSaid(detail: string): string {
  const body = /HTTP \d{3}:?\s*(\{.*)$/s.exec(detail)?.[1];
  if (body === undefined) return detail;
  const field = (name: string) => new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]*)"`).exec(body)?.[1];
  const [words, code] = [field("error_description") ?? field("message"), field("error")];
  if (words === undefined) return code ?? detail;
  return code === undefined ? words : `${words} (${code})`;
}

export const ATTRIBUTE: Plural = [
  { en: "attribute", pt: "atributo" },
  { en: "attributes", pt: "atributos" },
];
export const ELEMENT: Plural = [
  { en: "element", pt: "elemento" },
  { en: "elements", pt: "elementos" },
];
export const SITE: Plural = [
  { en: "site", pt: "site" },
  { en: "sites", pt: "sites" },
];
