// What clickouts has to say on the overview: whether clicks flow, and what an operator must do so that they earn. Reading only.
// Refused credentials and questions of runs are told by the console, which knows them for every system.
import { lastDay } from "../../../src/shared/series/past.ts";
import type { Look, Need, SetUpStep, Plural, Text, TileData } from "../../../src/shared/page/kit.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { listNetworks } from "../catalogue/service-networks.ts";
import { listStores } from "../catalogue/service-stores.ts";
import { fallenStores } from "../clicks/service-visits.ts";
import type { StoreFall } from "../clicks/click-log.ts";
import type { Operation } from "../service.ts";
import { waitingForDomains } from "./service.ts";
import type { Desk } from "./service.ts";
import { standingsOf } from "./service-standing.ts";
import type { Standings } from "./service-standing.ts";
import { NETWORK_TITLES, SKIPS_SHORT, STORE } from "./words.ts";

/** Fewer falls, or a smaller share of the clicks, are the weather of a store's networks, and nobody's work. */
const FALLEN_LEAST = 3;
const FALLEN_SHARE = 0.05;
/** Where every other click falls, a single one is enough. */
const FALLEN_MOSTLY = 0.5;
/** Stores that get a line of their own; the rest share one. */
const FALLEN_SHOWN = 3;
const HOMELESS_COUNTED = 500;

const MORE_STORES: Plural = [
  { en: "more store", pt: "loja" },
  { en: "more stores", pt: "lojas" },
];

const T = {
  flowing: { en: "flowing", pt: "fluindo" },
  quiet: { en: "no clicks yet", pt: "sem cliques ainda" },
  unit: (tracked: string): Text => ({
    en: `clicks in 24 h · ${tracked} tracked`,
    pt: `cliques em 24 h · ${tracked} rastreados`,
  }),
  unitQuiet: { en: "clicks in 24 h", pt: "cliques em 24 h" },
  spark: (from: string, to: string): Text => ({
    en: `Clicks per hour, 24 hours, between ${from} and ${to}`,
    pt: `Cliques por hora, 24 horas, entre ${from} e ${to}`,
  }),
  fall: (share: string, store: string): Text => ({
    en: `${share} of clicks to “${store}” fall to the fallback.`,
    pt: `${share} dos cliques para “${store}” vão para a reserva.`,
  }),
  fallCount: (fallen: string, clicks: string): Text => ({
    en: `${fallen} of ${clicks} clicks by people in the last 24 h.`,
    pt: `${fallen} de ${clicks} cliques de pessoas nas últimas 24 h.`,
  }),
  fallReason: (network: string, reason: string): Text => ({
    en: `${network}: ${reason}.`,
    pt: `${network}: ${reason}.`,
  }),
  moreFall: (stores: string): Text => ({
    en: `Clicks to ${stores} fall to the fallback.`,
    pt: `Cliques para mais ${stores} vão para a reserva.`,
  }),
  openRule: { en: "Open its rule", pt: "Abrir a regra" },
  seeClicks: { en: "See their clicks", pt: "Ver os cliques" },
  missing: (network: string, stores: string): Text => ({
    en: `${network}, in use by ${stores}, has no credentials.`,
    pt: `${network}, em uso por ${stores}, está sem credenciais.`,
  }),
  missingDetail: {
    en: "Their clicks go to the next network of each rule, or to the fallback.",
    pt: "Os cliques passam à próxima rede de cada regra, ou à reserva.",
  },
  enter: { en: "Enter credentials", pt: "Informar credenciais" },
  circuit: (network: string): Text => ({
    en: `${network} fails: its circuit is open.`,
    pt: `${network} falha: o circuito está aberto.`,
  }),
  circuitDetail: {
    en: "Links that we know still work, the others go to the next network. It is tried again every 30 s.",
    pt: "Os links já conhecidos funcionam, os outros passam à próxima rede. Nova tentativa a cada 30 s.",
  },
  lookAt: { en: "Look at the networks", pt: "Ver as redes" },
  homeless: (n: string): Plural => [
    { en: "One store waits for a domain.", pt: "Uma loja aguarda um domínio." },
    { en: `${n} stores wait for a domain.`, pt: `${n} lojas aguardam um domínio.` },
  ],
  homelessDetail: (name: string): Plural => [
    { en: `“${name}”: until then no visit reaches it.`, pt: `“${name}”: até lá nenhuma visita chega a ela.` },
    {
      en: `“${name}” is the oldest. Until then no visit reaches them.`,
      pt: `“${name}” é a mais antiga. Até lá nenhuma visita chega a elas.`,
    },
  ],
  give: { en: "Give the domains", pt: "Dar os domínios" },
  addStore: { en: "Add a store", pt: "Adicionar uma loja" },
  addStoreDetail: {
    en: "Its name, its domains, and which network serves it.",
    pt: "O nome, os domínios e a rede que a atende.",
  },
};

/** Why the clicks of a store fell, in a few words: what its networks said most. */
function why(look: Look, storeId: number, standings: Standings): string {
  const said = [...(standings.get(storeId)?.values() ?? [])].flatMap(({ network, reasons }) => {
    const [most] = reasons;
    const words = most === undefined ? undefined : SKIPS_SHORT[most.reason as keyof typeof SKIPS_SHORT];
    return words === undefined ? [] : [look.t(T.fallReason(NETWORK_TITLES[network], look.t(words)))];
  });
  return said.join(" ");
}

function isTold({ clicks, fallen }: StoreFall): boolean {
  const share = fallen / clicks;
  return share >= FALLEN_MOSTLY || (fallen >= FALLEN_LEAST && share >= FALLEN_SHARE);
}

async function fallNeeds(desk: Desk, op: Operation, look: Look): Promise<Need[]> {
  const fallen = (await fallenStores(op)).filter(isTold);
  const shown = fallen.slice(0, FALLEN_SHOWN);
  const ids = shown.map(({ storeId }) => storeId);
  const [names, standings] = await Promise.all([
    op.data.storeNames(op.db, ids),
    // Of today and yesterday: what was said when these clicks fell.
    standingsOf(op, desk.desk, ids, 2),
  ]);
  const line = ({ storeId, clicks, fallen: fell }: StoreFall): Need => ({
    id: `fallen:${storeId}`,
    tone: "warn",
    sentence: look.t(T.fall(look.percent(fell / clicks), names.get(storeId) ?? String(storeId))),
    detail: `${look.t(T.fallCount(look.number(fell), look.number(clicks)))} ${why(look, storeId, standings)}`,
    sinceMs: null,
    action: { label: look.t(T.openRule), href: `/console/clickouts/stores/${storeId}#rule` },
  });
  const rest = fallen.length - shown.length;
  const needs = shown.filter(({ storeId }) => names.has(storeId)).map(line);
  if (rest > 0) {
    needs.push({
      id: "fallen:more",
      tone: "warn",
      sentence: look.t(T.moreFall(look.count(rest, ...MORE_STORES))),
      sinceMs: null,
      action: { label: look.t(T.seeClicks), href: "/console/clickouts/clicks?outcome=fallback" },
    });
  }
  return needs;
}

async function networkNeeds(desk: Desk, op: Operation, look: Look): Promise<Need[]> {
  const [networks, served] = await Promise.all([listNetworks(op), desk.desk.storesServed(op.db, look.nowMs)]);
  return networks.flatMap(({ name, enabled, credentials, circuit, lastError }): Need[] => {
    const stores = served.get(name) ?? 0;
    if (!enabled || stores === 0) return [];
    const title = NETWORK_TITLES[name];
    if (credentials === "missing") {
      return [
        {
          id: `missing:${name}`,
          tone: "bad",
          sentence: look.t(T.missing(title, look.count(stores, ...STORE))),
          detail: look.t(T.missingDetail),
          sinceMs: null,
          action: { label: look.t(T.enter), href: `/console/credentials/${name}` },
          page: "/console/clickouts",
        },
      ];
    }
    if (circuit === "closed") return [];
    const detail = lastError === null ? look.t(T.circuitDetail) : `${lastError} ${look.t(T.circuitDetail)}`;
    return [
      {
        id: `circuit:${name}`,
        tone: "warn",
        sentence: look.t(T.circuit(title)),
        detail,
        sinceMs: null,
        action: { label: look.t(T.lookAt), href: "/console/clickouts/networks" },
      },
    ];
  });
}

async function domainNeeds(op: Operation, look: Look): Promise<Need[]> {
  const homeless = await waitingForDomains(op, HOMELESS_COUNTED);
  const [oldest] = homeless;
  if (oldest === undefined) return [];
  const n = homeless.length;
  return [
    {
      id: "homeless",
      tone: "warn",
      sentence: look.plural(n, ...T.homeless(look.number(n))),
      detail: look.plural(n, ...T.homelessDetail(oldest.name)),
      sinceMs: oldest.sinceMs,
      action: { label: look.t(T.give), href: "/console/clickouts/networks#domains" },
    },
  ];
}

/** What needs an operator. What cannot be asked is left out, and the rest is told. */
export async function clickoutNeeds(desk: Desk, look: Look): Promise<Need[]> {
  const op = desk.open(look);
  const asked = [fallNeeds(desk, op, look), networkNeeds(desk, op, look), domainNeeds(op, look)];
  const answers = await Promise.allSettled(asked);
  return answers.flatMap((answer) => {
    if (answer.status === "fulfilled") return answer.value;
    log("needs_not_told", { level: "warn", system: "clickouts", error: answer.reason });
    return [];
  });
}

/** Whether clicks flow. */
export async function clickoutTile(look: Look): Promise<TileData> {
  const { lines } = await lastDay(look.env, "clickouts", "clicks", "count", look.nowMs);
  const hours = Array.from({ length: 24 }, (_, n) =>
    [...lines.values()].reduce((sum, line) => sum + (line[n] ?? 0), 0),
  );
  const clicks = hours.reduce((sum, n) => sum + n, 0);
  const tracked = (lines.get("tracked") ?? []).reduce<number>((sum, n) => sum + (n ?? 0), 0);
  const label = look.t(T.spark(look.number(Math.min(...hours)), look.number(Math.max(...hours))));
  return {
    state: clicks === 0 ? { tone: "idle", word: look.t(T.quiet) } : { tone: "ok", word: look.t(T.flowing) },
    value: look.number(clicks),
    unit: look.t(clicks === 0 ? T.unitQuiet : T.unit(look.percent(tracked / clicks))),
    spark: { points: hours, label },
  };
}

/** What an empty deployment does first. */
export async function clickoutSetUp(desk: Desk, look: Look): Promise<SetUpStep[]> {
  if (!look.can("clickouts:write")) return [];
  const { items } = await listStores(desk.open(look), {}, 1);
  const label = look.t(T.addStore);
  return [{ label, detail: look.t(T.addStoreDetail), done: items.length > 0, href: "/console/clickouts/stores/new" }];
}
