// The first page: what needs a person, then each system in one tile, then what to set up while anything is missing.
import { Card, Head, Mark, Needs, Tile, askAll, needsOf, needsSay, newPages } from "../../../src/shared/page/kit.ts";
import type { Look, SetUpStep, Text } from "../../../src/shared/page/kit.ts";
import type { System } from "../../../src/shared/system.ts";
import { RunTable } from "../runs/pages.tsx";
import { runsPage } from "../runs/service.ts";

const REFRESH_SECONDS = 10;
const LAST_RUNS = 5;

const T = {
  title: { en: "Overview", pt: "Visão geral" },
  well: { en: "Nothing needs you. Everything flows.", pt: "Nada pede sua atenção. Tudo flui." },
  part: {
    en: "Nothing needs you. What is set up flows.",
    pt: "Nada pede sua atenção. O que já foi configurado flui.",
  },
  calm: { en: "Nothing needs you.", pt: "Nada pede sua atenção." },
  start: {
    en: "Nothing flows yet: here is what to do first.",
    pt: "Nada flui ainda: veja por onde começar.",
  },
  attention: { en: "Needs attention", pt: "Pede atenção" },
  oldestFirst: { en: "oldest first", pt: "mais antigos primeiro" },
  systems: { en: "Systems", pt: "Sistemas" },
  setUp: { en: "Set up", pt: "Primeiros passos" },
  done: { en: "done", pt: "feito" },
  doneOf: (done: number, of: number): Text => ({ en: `${done} of ${of} done`, pt: `${done} de ${of} feitos` }),
  lastRuns: { en: "Last runs", pt: "Últimas execuções" },
  allRuns: { en: "All runs", pt: "Todas as execuções" },
  go: { en: "Do this", pt: "Fazer" },
  updated: (clock: string): Text => ({
    en: `Updated ${clock} · every ${REFRESH_SECONDS} s`,
    pt: `Atualizado às ${clock} · a cada ${REFRESH_SECONDS} s`,
  }),
};

/** The first page. */
export const overviewPages = newPages();

async function look(systems: readonly System[], v: Look) {
  const [needs, tiles, steps, runs] = await Promise.all([
    needsOf(systems, v),
    askAll(systems, v, (system) => system.tile?.(v)),
    askAll(systems, v, (system) => system.setUp?.(v)),
    v.can("jobs:read") ? runsPage(v.env, {}, LAST_RUNS, undefined) : { items: [] },
  ]);
  return { needs, tiles, runs: runs.items, steps: steps.flatMap(({ answer }) => answer) };
}

function SetUp({ v, steps }: { v: Look; steps: readonly SetUpStep[] }) {
  const done = steps.filter((step) => step.done).length;
  return (
    <Card title={v.t(T.setUp)} plain aside={<small>{v.t(T.doneOf(done, steps.length))}</small>}>
      <ul class="needs">
        {steps.map((step) => (
          <li>
            <Mark tone={step.done ? "ok" : "idle"} sign={step.done ? "✓" : ""} />
            <div>
              <b>{step.label}</b>
              {step.done && <span class="unseen"> ({v.t(T.done)})</span>}
              {step.detail !== undefined && <small>{step.detail}</small>}
            </div>
            {step.done ? (
              <span></span>
            ) : (
              <a class="button" href={step.href}>
                {v.t(T.go)}
              </a>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

overviewPages.show("/console", null, async (v, c) => {
  const { needs, tiles, runs, steps } = await look(c.get("house").systems, v);
  const open = steps.some((step) => !step.done);
  const flows = tiles.some(({ answer }) => answer.state.tone === "ok");
  const unhurried = v.t(flows ? (open ? T.part : T.well) : open ? T.start : T.calm);
  return {
    title: v.t(T.title),
    liveSeconds: REFRESH_SECONDS,
    needs,
    body: (
      <>
        <Head title={v.t(T.title)} says={needs.length > 0 ? needsSay(v, needs.length, flows) : unhurried}>
          <small>{v.t(T.updated(v.clock(v.nowMs)))}</small>
        </Head>
        {(needs.length > 0 || open) && (
          <div class="pair">
            {needs.length > 0 && (
              <Card title={v.t(T.attention)} plain aside={<small>{v.t(T.oldestFirst)}</small>}>
                <Needs v={v} needs={needs} />
              </Card>
            )}
            {open && <SetUp v={v} steps={steps} />}
          </div>
        )}
        {tiles.length > 0 && (
          <section class="tiles" aria-label={v.t(T.systems)}>
            {tiles.map(({ system, answer }) => (
              <Tile
                name={system.nav?.[0] === undefined ? system.name : v.t(system.nav[0].label)}
                href={system.nav?.[0]?.path ?? "/console"}
                tile={answer}
              />
            ))}
          </section>
        )}
        {runs.length > 0 && (
          <Card title={v.t(T.lastRuns)} plain aside={<a href="/console/runs">{v.t(T.allRuns)}</a>}>
            <RunTable v={v} runs={runs} />
          </Card>
        )}
      </>
    ),
  };
});
