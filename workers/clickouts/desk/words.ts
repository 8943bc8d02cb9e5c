// The words of clickouts as an operator reads them: networks, outcomes, reasons, states. The same everywhere. Pure.
import type { Plural, Text } from "../../../src/shared/page/language.ts";
import type { NoLinkReason, SkipReason, VisitOutcome } from "../clicks/click.ts";
import type { TransactionState } from "../earnings/transaction.ts";
import type { Network } from "../networks.ts";

/** What people call each network. */
export const NETWORK_TITLES: Readonly<Record<Network, string>> = {
  afilio: "Afilio",
  awin: "Awin",
  direto: "Direto",
  lomadee: "Lomadee",
  magazinevoce: "Magazine Você",
  rakuten: "Rakuten",
};

/** How a visit ended, as the end of "went to …". */
export const OUTCOMES: Readonly<Record<VisitOutcome, Text>> = {
  tracked: { en: "tracked", pt: "rastreado" },
  fallback: { en: "fallback (Digidip)", pt: "reserva (Digidip)" },
  direct: { en: "the shop itself, untracked", pt: "a própria loja, sem rastreio" },
  unknown_store: { en: "not found (404)", pt: "não encontrada (404)" },
};

/** Why no network served. */
export const NO_LINK: Readonly<Record<NoLinkReason, Text>> = {
  no_store: { en: "no store has this domain", pt: "nenhuma loja tem este domínio" },
  no_rule: { en: "the store has no rule now", pt: "a loja está sem regra agora" },
  no_link: { en: "no network of the rule gave a link", pt: "nenhuma rede da regra deu um link" },
};

/** Why one network was passed over, behind its name. */
export const SKIPS: Readonly<Record<SkipReason, Text>> = {
  circuit_open: {
    en: "its circuit is open after five failures in a row; it is tried again every 30 s",
    pt: "o circuito está aberto após cinco falhas seguidas; nova tentativa a cada 30 s",
  },
  recent_failure: { en: "it failed for this URL within the last minute", pt: "falhou para esta URL no último minuto" },
  timeout: { en: "it did not answer in time", pt: "não respondeu a tempo" },
  deadline: { en: "the visit's time was up", pt: "o tempo da visita acabou" },
  rate_limited: { en: "its calls of this minute are used up", pt: "as chamadas deste minuto se esgotaram" },
  no_credentials: { en: "its credentials are missing", pt: "faltam as credenciais" },
  rejected: { en: "it does not take this URL", pt: "não aceita esta URL" },
  malformed: { en: "it answered without a usable link", pt: "respondeu sem um link utilizável" },
  disabled: { en: "it is switched off", pt: "está desligada" },
};

/** The same in a word or two, for tables. */
export const SKIPS_SHORT: Readonly<Record<SkipReason, Text>> = {
  circuit_open: { en: "circuit open", pt: "circuito aberto" },
  recent_failure: { en: "failed just before", pt: "falhou há pouco" },
  timeout: { en: "too slow", pt: "lenta demais" },
  deadline: { en: "time was up", pt: "tempo esgotado" },
  rate_limited: { en: "call limit", pt: "limite de chamadas" },
  no_credentials: { en: "no credentials", pt: "sem credenciais" },
  rejected: { en: "URL refused", pt: "URL recusada" },
  malformed: { en: "no usable link", pt: "sem link utilizável" },
  disabled: { en: "switched off", pt: "desligada" },
};

/** What a sale has come to. */
export const SALE_STATES: Readonly<Record<TransactionState, { tone: "ok" | "warn" | "bad" | "idle"; word: Text }>> = {
  pending: { tone: "warn", word: { en: "pending", pt: "pendente" } },
  approved: { tone: "ok", word: { en: "approved", pt: "aprovada" } },
  declined: { tone: "idle", word: { en: "declined", pt: "recusada" } },
  paid: { tone: "ok", word: { en: "paid", pt: "paga" } },
};

/** Fields of a sale whose changes are kept. */
export const SALE_FIELDS: Readonly<Record<string, Text>> = {
  status: { en: "state", pt: "situação" },
  sale: { en: "sale", pt: "venda" },
  commission: { en: "commission", pt: "comissão" },
  declineReason: { en: "reason of the refusal", pt: "motivo da recusa" },
};

/** A relation's state. */
export const RELATION_STATES = {
  joined: { tone: "ok", word: { en: "joined", pt: "parceira" } },
  left: { tone: "idle", word: { en: "left", pt: "saiu" } },
  needs_domain: { tone: "warn", word: { en: "waits for a domain", pt: "aguarda um domínio" } },
} as const;

/** Words with their plural, for counts. */
export const CLICK: Plural = [
  { en: "click", pt: "clique" },
  { en: "clicks", pt: "cliques" },
];
export const STORE: Plural = [
  { en: "store", pt: "loja" },
  { en: "stores", pt: "lojas" },
];
export const SALE: Plural = [
  { en: "sale", pt: "venda" },
  { en: "sales", pt: "vendas" },
];

/** How a run stands. */
export const RUN_STATES = {
  queued: { tone: "idle", word: { en: "queued", pt: "na fila" } },
  running: { tone: "ok", word: { en: "running", pt: "em curso" } },
  done: { tone: "ok", word: { en: "done", pt: "concluída" } },
  failed: { tone: "bad", word: { en: "failed", pt: "falhou" } },
  needs_confirmation: { tone: "warn", word: { en: "needs your word", pt: "espera sua palavra" } },
} as const;
