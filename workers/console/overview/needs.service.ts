// What the console itself has to say on the overview: credentials that are refused, messages that were set aside, what is
// not set up yet, and which of its things bear an id.
import { listKeys } from "../../../src/shared/auth/keys.ts";
import { grants } from "../../../src/shared/auth/scopes.ts";
import { database } from "../../../src/shared/db/client.ts";
import type { Found, Look, Need, SetUpStep, Plural, Text } from "../../../src/shared/page/kit.ts";
import { listRuns, runById } from "../../../src/shared/jobs/list.ts";
import type { RunRow } from "../../../src/shared/jobs/list.ts";
import { parkedSummary } from "../../../src/shared/queue/parked.ts";
import { credentialSummaries } from "../../../src/shared/vault/credentials.ts";
import { auditPage } from "../audit/service.ts";
import { titleOf } from "../credentials/titles.ts";
import { jobName } from "../runs/words.ts";
import { webhookFinds, webhookNeeds } from "../webhooks/service-needs.ts";

const MESSAGE: Plural = [
  { en: "message is parked", pt: "mensagem foi separada" },
  { en: "messages are parked", pt: "mensagens foram separadas" },
];

const T = {
  refused: (name: string): Text => ({
    en: `${name} refuses its credentials.`,
    pt: `${name} recusa as credenciais.`,
  }),
  enter: { en: "Enter credentials", pt: "Informar credenciais" },
  parked: (count: string, queue: string): Text => ({
    en: `${count}, queue “${queue}”.`,
    pt: `${count}, fila “${queue}”.`,
  }),
  since: (time: string): Text => ({
    en: `Since ${time}. They are safe, and a replay sends them again.`,
    pt: `Desde ${time}. Estão a salvo; reenviar tenta de novo.`,
  }),
  look: { en: "Look and replay", pt: "Ver e reenviar" },
  failed: (job: string): Text => ({
    en: `The last run of “${job}” failed.`,
    pt: `A última execução de “${job}” falhou.`,
  }),
  failing: (job: string, steps: string): Text => ({
    en: `“${job}” keeps failing at ${steps}.`,
    pt: `“${job}” continua falhando em ${steps}.`,
  }),
  failingDetail: {
    en: "It is tried again by itself; what was read so far is saved.",
    pt: "Há novas tentativas automáticas; o que já foi lido está salvo.",
  },
  asks: (job: string): Text => ({
    en: `A run of “${job}” needs your word.`,
    pt: `Uma execução de “${job}” espera sua palavra.`,
  }),
  lookAtRun: { en: "Look at the run", pt: "Ver a execução" },
  decide: { en: "Look and decide", pt: "Ver e decidir" },
  run: { en: "run", pt: "execução" },
  ownKey: { en: "Make a key of your own", pt: "Criar sua própria chave" },
  ownKeyDetail: {
    en: "You are signed in with the admin token. Keep that for emergencies; a key can be revoked.",
    pt: "Você entrou com o token de administração. Guarde-o para emergências; uma chave pode ser revogada.",
  },
  credentials: { en: "Enter the credentials of a network", pt: "Informar as credenciais de uma rede" },
  change: { en: "change", pt: "mudança" },
  key: { en: "key", pt: "chave" },
};

const MAX_DETAIL = 200;
/** One failed attempt is the weather of an upstream; a second one in a row, seconds later, is told. */
const FAILING_ATTEMPTS = 2;
/** Enough to have the newest run of every job: the busiest runs each hour. */
const RUNS_LOOKED_AT = 50;

/** Refused credentials, parked messages and deliveries, runs. */
export async function consoleNeeds(look: Look): Promise<Need[]> {
  const db = database(look.env);
  const [credentials, parked, runs, webhooks] = await Promise.all([
    look.can("credentials:read") ? credentialSummaries(db) : [],
    look.can("jobs:read") ? parkedSummary(db) : [],
    look.can("jobs:read") ? listRuns(db, {}, RUNS_LOOKED_AT) : [],
    webhookNeeds(look),
  ]);
  const refused = credentials.flatMap(({ name, lastError, lastUsedAt }): Need[] =>
    lastError === null
      ? []
      : [
          {
            id: `credential:${name}`,
            tone: "bad",
            sentence: look.t(T.refused(titleOf(name))),
            detail: lastError.slice(0, MAX_DETAIL),
            sinceMs: lastUsedAt,
            action: { label: look.t(T.enter), href: `/console/credentials/${encodeURIComponent(name)}` },
          },
        ],
  );
  const waiting = new Map<string, { n: number; sinceMs: number }>();
  for (const { queue, n, sinceMs } of parked) {
    const before = waiting.get(queue);
    waiting.set(queue, { n: n + (before?.n ?? 0), sinceMs: Math.min(sinceMs, before?.sinceMs ?? sinceMs) });
  }
  const setAside = [...waiting].map(([queue, { n, sinceMs }]): Need => ({
    id: `parked:${queue}`,
    tone: "warn",
    sentence: look.t(T.parked(look.count(n, ...MESSAGE), queue)),
    detail: look.t(T.since(look.time(sinceMs))),
    sinceMs,
    action: { label: look.t(T.look), href: `/console/parked?queue=${encodeURIComponent(queue)}` },
  }));
  const told = new Set(credentials.filter(({ lastError }) => lastError !== null).map(({ name }) => name));
  return [...refused, ...setAside, ...webhooks, ...runNeeds(look, runs, told)];
}

/** Runs that go on though steps of theirs fail again and again; those of refused credentials are told by these. */
function failingNeed(look: Look, run: RunRow, refused: ReadonlySet<string>): Need[] {
  const failing = run.steps.filter(
    ({ name, state, attempts, error }) =>
      (state === "queued" || state === "running") &&
      attempts >= FAILING_ATTEMPTS &&
      error !== null &&
      !refused.has(name),
  );
  const [first] = failing;
  if (first === undefined) return [];
  const job = look.t(jobName(run.job));
  return [
    {
      id: `failing:${run.id}`,
      tone: "warn",
      sentence: look.t(T.failing(job, look.list(failing.map(({ name }) => titleOf(name))))),
      detail: `${first.error ?? ""} ${look.t(T.failingDetail)}`,
      sinceMs: run.startedAt,
      action: { label: look.t(T.lookAtRun), href: `/console/runs/${run.id}` },
    },
  ];
}

/** Jobs whose newest run failed or keeps failing, and runs that wait for an operator's word. */
function runNeeds(look: Look, runs: readonly RunRow[], refused: ReadonlySet<string>): Need[] {
  const newest = new Map<string, RunRow>();
  for (const run of runs) if (!newest.has(run.job)) newest.set(run.job, run);
  return [...newest.values()].flatMap((run): Need[] => {
    if (run.state === "queued" || run.state === "running") return failingNeed(look, run, refused);
    if (run.state === "done") return [];
    const failed = run.state === "failed";
    const job = look.t(jobName(run.job));
    const why = run.steps.find(({ state }) => state === run.state)?.error;
    return [
      {
        id: `run:${run.id}`,
        tone: failed ? "bad" : "warn",
        sentence: look.t(failed ? T.failed(job) : T.asks(job)),
        ...(why ? { detail: why } : {}),
        sinceMs: run.endedAt ?? run.startedAt,
        action: { label: look.t(failed ? T.lookAtRun : T.decide), href: `/console/runs/${run.id}` },
      },
    ];
  });
}

/** The steps that are the console's own. */
export async function consoleSetUp(look: Look): Promise<SetUpStep[]> {
  const db = database(look.env);
  const [keys, credentials] = await Promise.all([
    look.can("keys:write") ? listKeys(db, 500) : null,
    look.can("credentials:write") ? credentialSummaries(db, "", 1) : null,
  ]);
  const steps: SetUpStep[] = [];
  if (keys !== null) {
    steps.push({
      label: look.t(T.ownKey),
      ...(look.actor.id === "root" ? { detail: look.t(T.ownKeyDetail) } : {}),
      // A key for machines is nobody's own.
      done: look.actor.id !== "root" || keys.some(({ scopes }) => grants(scopes, "keys:write")),
      href: "/console/keys#make",
    });
  }
  if (credentials !== null) {
    steps.push({ label: look.t(T.credentials), done: credentials.length > 0, href: "/console/credentials" });
  }
  return steps;
}

/** Changes of a request, keys and runs by id. */
export async function consoleFinds(look: Look, id: string): Promise<Found[]> {
  const [changes, keys, run, webhooks] = await Promise.all([
    look.can("audit:read") ? auditPage(look.env, { request_id: id }, 20, undefined) : { items: [] },
    look.can("keys:read") && id.startsWith("key_") ? listKeys(database(look.env), 500) : [],
    look.can("jobs:read") && id.startsWith("run_") ? runById(database(look.env), id) : null,
    webhookFinds(look, id),
  ]);
  const made = changes.items.map(({ action, subject, at }): Found => ({
    kind: look.t(T.change),
    title: action,
    detail: subject,
    atMs: Date.parse(at),
    href: `/console/audit?request_id=${encodeURIComponent(id)}`,
  }));
  if (run !== null) {
    made.push({
      kind: look.t(T.run),
      title: look.t(jobName(run.job)),
      atMs: run.startedAt,
      href: `/console/runs/${id}`,
    });
  }
  const key = keys.find((one) => one.id === id);
  made.push(...webhooks);
  if (key === undefined) return made;
  return [...made, { kind: look.t(T.key), title: key.name, atMs: key.createdAt, href: "/console/keys" }];
}
