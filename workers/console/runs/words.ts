// How jobs, states and counts are called where people read them. What is not known here is shown as it is. Pure.
import type { Text } from "../../../src/shared/page/language.ts";

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

const COUNTS: Readonly<Record<string, Text>> = {
  pages: { en: "pages", pt: "páginas" },
  rows: { en: "rows", pt: "linhas" },
  created: { en: "new", pt: "novas" },
  changed: { en: "changed", pt: "alteradas" },
  routesRepaired: { en: "routing tables repaired", pt: "tabelas de rotas refeitas" },
  runsForgotten: { en: "old runs forgotten", pt: "execuções antigas apagadas" },
};

/** What was counted; an unknown `storesLeft` is read as `stores left`. */
export function countName(name: string): Text {
  const words = name.replaceAll(/([A-Z])/g, " $1").toLowerCase();
  return COUNTS[name] ?? { en: words, pt: words };
}

/** The counts of several steps added up, those that are zero left out. */
export function summed(steps: readonly { counts: Readonly<Record<string, number>> }[]): [name: string, n: number][] {
  const sums = new Map<string, number>();
  for (const { counts } of steps)
    for (const [name, n] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + n);
  return [...sums].filter(([, n]) => n !== 0);
}
