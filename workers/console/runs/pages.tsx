// Runs of jobs: what ran, how it went, what it asks; and the buttons that start a job or agree.
import {
  Card,
  CsvLink,
  Danger,
  Empty,
  Filters,
  Head,
  Id,
  Note,
  Pager,
  PostButton,
  State,
  Steps,
  Table,
  Tag,
  Time,
  newPages,
} from "../../../src/shared/page/kit.ts";
import type { Child, Show, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import { changeOf } from "../change.ts";
import { runQuery } from "./schema.ts";
import type { RunItem } from "./schema.ts";
import { confirmRunOf, jobsOf, runOf, runsPage, startJob } from "./service.ts";
import { STATES, countName, jobName, summed } from "./words.ts";

const PATH = "/console/runs";
const PAGE_SIZE = 30;
/** A run that goes on is looked at again this often. */
const LIVE_SECONDS = 3;
const QUIET_SECONDS = 15;

const T = {
  title: { en: "Runs", pt: "Execuções" },
  says: {
    en: "What the house does by the clock, and what you start here. A run goes on where it saved, whatever fails.",
    pt: "O que a casa faz pelo relógio e o que você inicia aqui. Uma execução continua de onde parou, falhe o que falhar.",
  },
  job: { en: "Job", pt: "Tarefa" },
  state: { en: "State", pt: "Estado" },
  started: { en: "Started", pt: "Início" },
  took: { en: "Took", pt: "Durou" },
  did: { en: "What it did", pt: "O que fez" },
  by: { en: "By", pt: "Por" },
  cron: { en: "the clock", pt: "relógio" },
  operator: { en: "a person", pt: "uma pessoa" },
  any: { en: "any", pt: "todos" },
  now: { en: "Run now", pt: "Executar agora" },
  none: {
    en: "Nothing has run yet. Start a job above, or wait for its hour.",
    pt: "Nada foi executado ainda. Inicie uma tarefa acima ou espere a hora dela.",
  },
  begun: (job: string): Text => ({ en: `${job} is started.`, pt: `${job}: iniciada.` }),
  steps: { en: "Steps", pt: "Etapas" },
  warnings: [
    { en: "warning", pt: "aviso" },
    { en: "warnings", pt: "avisos" },
  ] satisfies Plural,
  agree: { en: "Agree", pt: "Concordar" },
  agreeIt: { en: "Agree, and go on", pt: "Concordar e continuar" },
  agreed: { en: "The run goes on.", pt: "A execução continua." },
  nothing: { en: "nothing new", pt: "nada de novo" },
};

/** The pages of runs. */
export const runPages = newPages();

function RunState({ v, state }: { v: View; state: RunItem["state"] }) {
  const { tone, word } = STATES[state];
  return <State tone={tone}>{v.t(word)}</State>;
}

function took(v: View, { startedAt, endedAt }: RunItem): string {
  return v.duration((endedAt === null ? v.nowMs : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** In one line: the sums, and the first thing that went wrong. */
function did(v: View, { steps, state }: RunItem): Child {
  const counts = summed(steps).map(([name, n]) => v.count(n, ...countName(name)));
  const warnings = steps.reduce((sum, { warnings: { length } }) => sum + length, 0);
  const error = steps.find((step) => step.error !== null)?.error;
  return (
    <>
      {counts.length > 0 ? counts.join(", ") : state === "done" && v.t(T.nothing)}
      {warnings > 0 && (
        <>
          {" "}
          <Tag>{v.count(warnings, ...T.warnings)}</Tag>
        </>
      )}
      {error !== undefined && <small> {error}</small>}
    </>
  );
}

/** The runs as a table; the overview shows the last few of them. */
export function RunTable({ v, runs }: { v: View; runs: readonly RunItem[] }) {
  const rows = runs.map((run): Child[] => [
    <a href={`${PATH}/${run.runId}`}>{v.t(jobName(run.job))}</a>,
    <RunState v={v} state={run.state} />,
    <Time v={v} at={Date.parse(run.startedAt)} />,
    took(v, run),
    v.t(run.cause === "cron" ? T.cron : T.operator),
    did(v, run),
  ]);
  const columns = [
    v.t(T.job),
    v.t(T.state),
    v.t(T.started),
    { name: v.t(T.took), kind: "num" as const },
    v.t(T.by),
    { name: v.t(T.did), kind: "wrap" as const },
  ];
  return <Table label={v.t(T.title)} columns={columns} rows={rows} empty={<Empty says={v.t(T.none)} />} />;
}

const isOpen = ({ state }: RunItem) => state === "queued" || state === "running";

const list: Show = async (v, c) => {
  const query = v.url.searchParams;
  const asked = (name: string) => query.get(name) || undefined;
  const read = runQuery.safeParse({ job: asked("job"), state: asked("state") });
  const filters = read.success ? read.data : {};
  const { items, nextCursor } = await runsPage(v.env, filters, PAGE_SIZE, asked("cursor"));
  const jobs = jobsOf(c.get("house").systems);
  const option = (value: string, label: Text) => ({ value, label: v.t(label) });
  const states = Object.entries(STATES).map(([state, { word }]) => option(state, word));
  return {
    title: v.t(T.title),
    liveSeconds: items.some(isOpen) ? LIVE_SECONDS : QUIET_SECONDS,
    body: (
      <>
        <Head title={v.t(T.title)} says={v.t(T.says)}>
          <CsvLink path="/api/runs.csv" query={{ job: filters.job, state: filters.state }} />
        </Head>
        {v.can("jobs:write") && (
          <Card title={v.t(T.now)}>
            <div class="row">
              {jobs.map((job) => (
                <PostButton v={v} to={PATH} label={v.t(jobName(job))} fields={{ job }} />
              ))}
            </div>
          </Card>
        )}
        <Card plain>
          <Filters
            v={v}
            filters={[
              {
                name: "job",
                label: v.t(T.job),
                any: v.t(T.any),
                options: jobs.map((job) => option(job, jobName(job))),
              },
              { name: "state", label: v.t(T.state), any: v.t(T.any), options: states },
            ]}
          />
          <RunTable v={v} runs={items} />
          <Pager v={v} next={nextCursor} />
        </Card>
      </>
    ),
  };
};

runPages.show(PATH, "jobs:read", list);

runPages.act(
  PATH,
  "jobs:write",
  async (v, form, c) => {
    const job = form.text("job");
    const runId = await startJob(changeOf(c), job);
    return { to: `${PATH}/${runId}`, says: v.t(T.begun(v.t(jobName(job)))) };
  },
  list,
);

const one: Show = async (v, c) => {
  const run = await runOf(v.env, c.req.param("id") ?? "");
  const asks =
    run.state === "needs_confirmation" ? run.steps.filter(({ state }) => state === "needs_confirmation") : [];
  const steps = run.steps.map(({ name, state, counts, warnings, error }) => {
    const { tone, word } = STATES[state];
    const numbers = summed([{ counts }]).map(([count, n]) => v.count(n, ...countName(count)));
    return {
      tone,
      ...(state === "running" || state === "queued" ? { sign: "…" } : {}),
      title: name,
      detail: (
        <>
          {numbers.join(", ")}
          {error !== null && (
            <>
              {numbers.length > 0 && <br />}
              {error}
            </>
          )}
          {warnings.length > 0 && (
            <details>
              <summary>{v.count(warnings.length, ...T.warnings)}</summary>
              <ul>
                {warnings.map((warning) => (
                  <li>{warning}</li>
                ))}
              </ul>
            </details>
          )}
        </>
      ),
      aside: v.t(word),
    };
  });
  const title = v.t(jobName(run.job));
  return {
    title: `${title} · ${v.t(T.title)}`,
    ...(isOpen(run) ? { liveSeconds: LIVE_SECONDS } : {}),
    body: (
      <>
        <Head
          title={title}
          trail={[{ label: v.t(T.title), href: PATH }]}
          says={
            <>
              <RunState v={v} state={run.state} /> · <Time v={v} at={Date.parse(run.startedAt)} /> · {took(v, run)} ·{" "}
              {v.t(run.cause === "cron" ? T.cron : T.operator)} · <Id value={run.runId} />
            </>
          }
        />
        {asks.map(({ error }) => (
          <Note tone="warn">{error ?? ""}</Note>
        ))}
        {asks.length > 0 && v.can("jobs:write") && (
          <div>
            <Danger
              v={v}
              to={`${PATH}/${run.runId}/confirm`}
              label={v.t(T.agree)}
              says={asks.map(({ error }) => error).join(" ")}
              confirm={v.t(T.agreeIt)}
            />
          </div>
        )}
        <Card title={v.t(T.steps)}>
          <Steps steps={steps} />
        </Card>
      </>
    ),
  };
};

runPages.show(`${PATH}/:id`, "jobs:read", one);

runPages.act(
  `${PATH}/:id/confirm`,
  "jobs:write",
  async (v, _form, c) => {
    const runId = c.req.param("id") ?? "";
    await confirmRunOf(changeOf(c), runId);
    return { to: `${PATH}/${runId}`, says: v.t(T.agreed) };
  },
  one,
);
