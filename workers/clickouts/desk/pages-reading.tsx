// What reads the networks' reports: the newest runs with their buttons, and the questions of lists that say little.
import { Card, Danger, Empty, Needs, PostButton, State, Table, Time } from "../../../src/shared/page/kit.ts";
import type { Child, Need, Text, View } from "../../../src/shared/page/kit.ts";
import type { LatestRun } from "./service.ts";
import { NETWORK_TITLES, RUN_STATES } from "./words.ts";

const T = {
  runs: { en: "Reading sales and programmes", pt: "Leitura de vendas e programas" },
  readSales: { en: "Read sales now", pt: "Ler vendas agora" },
  readProgrammes: { en: "Read programmes now", pt: "Ler programas agora" },
  run: { en: "Run", pt: "Execução" },
  started: { en: "Started", pt: "Início" },
  took: { en: "Took", pt: "Durou" },
  noRuns: {
    en: "Nothing was read yet. Sales are read every hour, programmes every night; or begin now.",
    pt: "Nada foi lido ainda. As vendas são lidas a cada hora, os programas toda noite; ou comece agora.",
  },
  allRuns: { en: "All runs", pt: "Todas as execuções" },
  asks: { en: "A list asks before it acts", pt: "Uma lista pergunta antes de agir" },
  look: { en: "Look at the run", pt: "Ver a execução" },
  confirm: { en: "Confirm", pt: "Confirmar" },
  confirmIt: { en: "Agree, and go on", pt: "Concordar e continuar" },
  state: { en: "State", pt: "Estado" },
  lastError: { en: "What it last said", pt: "O que disse por último" },
};

const JOBS: Readonly<Record<string, Text>> = {
  transactions: { en: "Sales", pt: "Vendas" },
  programmes: { en: "Programmes", pt: "Programas" },
};
const jobOf = (v: View, job: string) => (JOBS[job] === undefined ? job : v.t(JOBS[job]));

/** The questions of runs, with what each would do. */
export function Questions({ v, runs }: { v: View; runs: readonly LatestRun[] }) {
  const asks = runs.flatMap((run) =>
    run.steps
      .filter(({ state }) => state === "needs_confirmation")
      .map(({ name, error }): Need => {
        const network = NETWORK_TITLES[name as keyof typeof NETWORK_TITLES] ?? name;
        return {
          id: `${run.id}:${name}`,
          tone: "warn",
          sentence: `${network}: ${jobOf(v, run.job)}`,
          detail: error ?? "",
          sinceMs: run.startedAt,
          action: { label: v.t(T.look), href: `/console/runs/${run.id}` },
        };
      }),
  );
  return (
    <Card title={v.t(T.asks)} id="questions" plain>
      <Needs v={v} needs={asks} />
      {v.can("jobs:write") && (
        <div class="row foot-row">
          {runs.map((run) => (
            <Danger
              v={v}
              to={`/console/runs/${run.id}/confirm`}
              label={v.t(T.confirm)}
              says={run.steps
                .flatMap(({ state, error }) => (state === "needs_confirmation" && error ? [error] : []))
                .join(" ")}
              confirm={v.t(T.confirmIt)}
            />
          ))}
        </div>
      )}
    </Card>
  );
}

/** The newest runs, and the buttons that start one. */
export function Runs({ v, runs }: { v: View; runs: readonly LatestRun[] }) {
  const rows = runs.map((run): Child[] => {
    const { tone, word } = RUN_STATES[run.state];
    return [
      <a href={`/console/runs/${run.id}`}>{jobOf(v, run.job)}</a>,
      <State tone={tone}>{v.t(word)}</State>,
      <Time v={v} at={run.startedAt} />,
      v.duration((run.endedAt ?? v.nowMs) - run.startedAt),
      <small>{run.steps.find(({ error }) => error !== null)?.error ?? ""}</small>,
    ];
  });
  const columns = [
    v.t(T.run),
    v.t(T.state),
    v.t(T.started),
    { name: v.t(T.took), kind: "num" as const },
    { name: v.t(T.lastError), kind: "wrap" as const },
  ];
  const aside = v.can("jobs:write") && (
    <>
      <PostButton v={v} to="/console/runs" label={v.t(T.readSales)} fields={{ job: "transactions" }} class="icon" />
      <PostButton v={v} to="/console/runs" label={v.t(T.readProgrammes)} fields={{ job: "programmes" }} class="icon" />
    </>
  );
  return (
    <Card title={v.t(T.runs)} id="runs" plain aside={aside} foot={<a href="/console/runs">{v.t(T.allRuns)}</a>}>
      <Table label={v.t(T.runs)} columns={columns} rows={rows} empty={<Empty says={v.t(T.noRuns)} />} />
    </Card>
  );
}
