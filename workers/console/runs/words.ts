// How jobs, states and counts are called where people read them. What is not known here is shown as it is. Pure.
import type { Plural, Text } from "../../../src/shared/page/language.ts";

const JOBS: Readonly<Record<string, Text>> = {
  sweep: { en: "Sweep", pt: "Varredura" },
  transactions: { en: "Transactions", pt: "Transações" },
  programmes: { en: "Programmes", pt: "Programas" },
  "contact-export": { en: "Contact export", pt: "Exportação de contatos" },
  "contact-import": { en: "Contact import", pt: "Importação de contatos" },
  retention: { en: "Retention", pt: "Limpeza" },
};

/** A job's name. */
export function jobName(job: string): Text {
  return JOBS[job] ?? { en: job, pt: job };
}

/** What each state means, and its mark. */
export const STATES = {
  queued: { tone: "idle", word: { en: "queued", pt: "na fila" } },
  running: { tone: "ok", word: { en: "running", pt: "em andamento" } },
  done: { tone: "ok", word: { en: "done", pt: "concluída" } },
  failed: { tone: "bad", word: { en: "failed", pt: "falhou" } },
  needs_confirmation: { tone: "warn", word: { en: "needs your word", pt: "espera sua palavra" } },
} as const satisfies Record<string, { tone: "ok" | "warn" | "bad" | "idle"; word: Text }>;

const either = (en: string, enMany: string, pt: string, ptMany: string): Plural => [
  { en, pt },
  { en: enMany, pt: ptMany },
];

const COUNTS: Readonly<Record<string, Plural>> = {
  pages: either("page", "pages", "página", "páginas"),
  rows: either("row", "rows", "linha", "linhas"),
  created: either("new", "new", "nova", "novas"),
  changed: either("changed", "changed", "alterada", "alteradas"),
  programmes: either("programme", "programmes", "programa", "programas"),
  joined: either("joined", "joined", "entrou", "entraram"),
  left: either("left", "left", "saiu", "saíram"),
  placed: either("given its store", "given their stores", "ligado à loja", "ligados às lojas"),
  newStores: either("new store", "new stores", "loja nova", "lojas novas"),
  rulesChanged: either("rule changed", "rules changed", "regra alterada", "regras alteradas"),
  rulesClosed: either("rule closed", "rules closed", "regra encerrada", "regras encerradas"),
  routesRepaired: either(
    "routing table repaired",
    "routing tables repaired",
    "tabela de rotas refeita",
    "tabelas de rotas refeitas",
  ),
  segmentsWoken: either("segment woken", "segments woken", "segmento acordado", "segmentos acordados"),
  tenantsWoken: either("workspace woken", "workspaces woken", "workspace acordado", "workspaces acordados"),
  sitesTold: either(
    "site told of its credentials",
    "sites told of their credentials",
    "site avisado das credenciais",
    "sites avisados das credenciais",
  ),
  quarantineForgotten: either(
    "old element forgotten",
    "old elements forgotten",
    "elemento antigo apagado",
    "elementos antigos apagados",
  ),
  daysEmptied: either("old day emptied", "old days emptied", "dia antigo esvaziado", "dias antigos esvaziados"),
  importRowsForgotten: either(
    "row of an import forgotten",
    "rows of imports forgotten",
    "linha de importação apagada",
    "linhas de importações apagadas",
  ),
  listRowsForgotten: either(
    "row of a list forgotten",
    "rows of lists forgotten",
    "linha de lista apagada",
    "linhas de listas apagadas",
  ),
  runsForgotten: either(
    "old run forgotten",
    "old runs forgotten",
    "execução antiga apagada",
    "execuções antigas apagadas",
  ),
};

/** What was counted, of one and of many; an unknown `storesLeft` is read as `stores left`. */
export function countName(name: string): Plural {
  const words = name.replaceAll(/([A-Z])/g, " $1").toLowerCase();
  return COUNTS[name] ?? either(words, words, words, words);
}

/** The counts of several steps added up, those that are zero left out. */
export function summed(steps: readonly { counts: Readonly<Record<string, number>> }[]): [name: string, n: number][] {
  const sums = new Map<string, number>();
  for (const { counts } of steps)
    for (const [name, n] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + n);
  return [...sums].filter(([, n]) => n !== 0);
}
