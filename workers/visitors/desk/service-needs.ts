// What visitors has to say on the overview: whether attributes flow, and which site needs a person so that they do. Reading only.
import { DAY_MS } from "../../../src/shared/clock.ts";
import type { Look, Need, SetUpStep, Plural, Text, TileData } from "../../../src/shared/page/kit.ts";
import type { ParkedItem, SiteItem } from "../schema.ts";
import { flowOver, parkedSeen, sitesSeen } from "./service.ts";
import type { Desk } from "./service.ts";
import { ATTRIBUTE, ELEMENT, maxymiserSaid, reasonText } from "./words.ts";

const PATH = "/console/visitors";
/** What waits longer is parked (systems/visitors). */
const HELD_MS = DAY_MS;
/** Elements that could not be read are told of for a day: reading them again seldom helps. */
const QUARANTINE_TOLD_MS = DAY_MS;

const T = {
  flowing: { en: "flowing", pt: "fluindo" },
  quiet: { en: "no site yet", pt: "nenhum site ainda" },
  held: [
    { en: "site held", pt: "site retido" },
    { en: "sites held", pt: "sites retidos" },
  ] satisfies Plural,
  unit: { en: "attributes delivered in 24 h", pt: "atributos entregues em 24 h" },
  spark: (from: string, to: string): Text => ({
    en: `Attributes delivered per hour, 24 hours, between ${from} and ${to}`,
    pt: `Atributos entregues por hora, 24 horas, entre ${from} e ${to}`,
  }),
  delay: (delay: string): Text => ({ en: `delay p99 ${delay}`, pt: `atraso p99 ${delay}` }),
  heldFoot: [
    { en: "held", pt: "retido" },
    { en: "held", pt: "retidos" },
  ] satisfies Plural,
  waiting: (n: string): Text => ({ en: `${n} waiting`, pt: `${n} à espera` }),
  nothingWaits: { en: "nothing waits", pt: "nada à espera" },
  refused: (site: string): Text => ({
    en: `Maxymiser refuses the credentials of site ${site}.`,
    pt: `O Maxymiser recusa as credenciais do site ${site}.`,
  }),
  missing: (site: string): Text => ({
    en: `Site ${site} has no credentials.`,
    pt: `O site ${site} está sem credenciais.`,
  }),
  disabled: (site: string): Text => ({
    en: `Maxymiser lets no program write to site ${site}.`,
    pt: `O Maxymiser não deixa programas gravarem no site ${site}.`,
  }),
  unknown: (site: string): Text => ({
    en: `Maxymiser does not know site ${site}.`,
    pt: `O Maxymiser não conhece o site ${site}.`,
  }),
  since: (time: string): Text => ({ en: `Since ${time}.`, pt: `Desde ${time}.` }),
  safe: (attributes: string, until: string): Plural => [
    {
      en: `${attributes} is safe and waiting; after ${until} it is parked.`,
      pt: `${attributes} a salvo, à espera; depois de ${until} é separado.`,
    },
    {
      en: `${attributes} are safe and waiting; after ${until} they are parked.`,
      pt: `${attributes} a salvo, à espera; depois de ${until} são separados.`,
    },
  ],
  nothingYet: { en: "Nothing waits for it yet.", pt: "Nada espera por ele ainda." },
  switchOn: {
    en: "Switch API access on in Maxymiser; it is tried once a minute.",
    pt: "Ligue o acesso por API no Maxymiser; uma tentativa por minuto é feita.",
  },
  enter: { en: "Enter credentials", pt: "Informar credenciais" },
  lookAt: { en: "Look at the site", pt: "Ver o site" },
  parked: (attributes: string, site: string): Plural => [
    { en: `${attributes} of site ${site} is parked.`, pt: `${attributes} do site ${site} foi separado.` },
    { en: `${attributes} of site ${site} are parked.`, pt: `${attributes} do site ${site} foram separados.` },
  ],
  kept: { en: "The others were delivered. Kept for 30 days.", pt: "Os demais foram entregues. Guardados por 30 dias." },
  look: { en: "Look and replay", pt: "Ver e reenviar" },
  quarantine: (elements: string): Plural => [
    {
      en: `${elements} pushed in the last 24 h could not be read.`,
      pt: `${elements} das últimas 24 h não pôde ser lido.`,
    },
    {
      en: `${elements} pushed in the last 24 h could not be read.`,
      pt: `${elements} das últimas 24 h não puderam ser lidos.`,
    },
  ],
  othersTaken: {
    en: "The rest of each push was taken.",
    pt: "O resto de cada envio foi aceito.",
  },
  lookOnly: { en: "Look at them", pt: "Ver quais" },
  credentials: { en: "Add a Maxymiser site", pt: "Adicionar um site do Maxymiser" },
  credentialsDetail: {
    en: "Its credentials are checked against Maxymiser before they are stored.",
    pt: "As credenciais são verificadas no Maxymiser antes de guardar.",
  },
};

export const sitePath = (site: string) => `${PATH}/sites/${encodeURIComponent(site)}`;

/** What waits for a site, and until when it does. */
export function waitsFor(look: Look, { held, pending, oldestPendingAt }: SiteItem): string {
  const waiting = Math.max(held, pending);
  if (waiting === 0 || oldestPendingAt === null) return look.t(T.nothingYet);
  const until = look.time(Date.parse(oldestPendingAt) + HELD_MS);
  return look.plural(waiting, ...T.safe(look.count(waiting, ...ATTRIBUTE), until));
}

/** Maxymiser's words, bounded; none of ours where it said nothing. */
const said = (detail: string | null) =>
  detail === null || detail === "" ? "" : ` “${maxymiserSaid(detail).slice(0, 160)}”`;

function accessNeed(look: Look, item: SiteItem): Need[] {
  const { mmSiteId, credentials, detail, since } = item;
  // A site that nobody pushes to needs no credentials.
  if (credentials === "ok" || (credentials === "missing" && item.pending === 0)) return [];
  const sentence = {
    refused: T.refused,
    missing: T.missing,
    api_access_disabled: T.disabled,
    unknown_site: T.unknown,
  }[credentials];
  const sinceMs = since === null ? null : Date.parse(since);
  const parts = [
    sinceMs === null ? "" : look.t(T.since(look.time(sinceMs))),
    waitsFor(look, item),
    credentials === "api_access_disabled" ? look.t(T.switchOn) : "",
  ];
  const enters = credentials === "missing" || credentials === "refused";
  const words = credentials === "missing" ? "" : said(detail);
  return [
    {
      // The console tells of refused credentials too: of two needs with one id this one is shown.
      id: `credential:maxymiser:${mmSiteId}`,
      tone: "bad",
      sentence: look.t(sentence(mmSiteId)),
      detail: parts.filter((part) => part !== "").join(" ") + words,
      sinceMs: sinceMs ?? (item.oldestPendingAt === null ? null : Date.parse(item.oldestPendingAt)),
      action: enters
        ? { label: look.t(T.enter), href: `${sitePath(mmSiteId)}#credentials` }
        : { label: look.t(T.lookAt), href: sitePath(mmSiteId) },
    },
  ];
}

function parkedNeed(look: Look, { mmSiteId, parked }: SiteItem, first: ParkedItem | undefined): Need[] {
  if (parked === 0) return [];
  const why =
    first === undefined
      ? ""
      : `${first.attributeName ?? ""}: ${look.t(reasonText(first.reason))}${said(first.detail)}. `;
  return [
    {
      id: `parked:${mmSiteId}`,
      tone: "warn",
      sentence: look.plural(parked, ...T.parked(look.count(parked, ...ATTRIBUTE), mmSiteId)),
      detail: why + look.t(T.kept),
      sinceMs: first === undefined ? null : Date.parse(first.at),
      action: {
        label: look.t(T.look),
        href: `${PATH}/parked?kind=delivery&site=${encodeURIComponent(mmSiteId)}`,
      },
    },
  ];
}

async function quarantineNeed(desk: Desk, look: Look): Promise<Need[]> {
  const op = desk.open(look);
  const counts = await op.data.quarantineCounts(op.db, look.nowMs - QUARANTINE_TOLD_MS);
  const n = counts.reduce((sum, row) => sum + row.n, 0);
  if (n === 0) return [];
  const byReason = Map.groupBy(counts, ({ reason }) => reason);
  const reasons = [...byReason].map(([reason, rows]) => {
    const words = look.t(reasonText(reason));
    return `${words} (${look.number(rows.reduce((sum, row) => sum + row.n, 0))})`;
  });
  return [
    {
      id: "visitors:quarantine",
      tone: "warn",
      sentence: look.plural(n, ...T.quarantine(look.count(n, ...ELEMENT))),
      detail: `${reasons.slice(0, 3).join(", ")}. ${look.t(T.othersTaken)}`,
      sinceMs: null,
      action: { label: look.t(T.lookOnly), href: `${PATH}/parked?kind=quarantine` },
    },
  ];
}

/** What needs an operator. */
export async function visitorNeeds(desk: Desk, look: Look): Promise<Need[]> {
  const [sites, parked, quarantine] = await Promise.all([
    sitesSeen(desk, look),
    parkedSeen(desk, look),
    quarantineNeed(desk, look),
  ]);
  const lost = sites.flatMap((site) => parkedNeed(look, site, parked.get(site.mmSiteId)));
  return [...sites.flatMap((site) => accessNeed(look, site)), ...lost, ...quarantine];
}

/** Whether attributes flow. */
export async function visitorTile(desk: Desk, look: Look): Promise<TileData> {
  const [sites, flow] = await Promise.all([sitesSeen(desk, look), flowOver(look.env, "day", look.nowMs)]);
  const stopped = sites.flatMap((site) => accessNeed(look, site)).length;
  const sum = (of: (site: SiteItem) => number) => sites.reduce((total, site) => total + of(site), 0);
  const [held, pending] = [sum((site) => site.held), sum((site) => site.pending)];
  const delayMs = Math.max(...sites.map(({ delayP99Ms }) => delayP99Ms ?? 0), 0);
  const foot = [
    delayMs === 0 ? "" : look.t(T.delay(look.duration(delayMs))),
    held > 0 ? look.count(held, ...T.heldFoot) : look.t(pending > 0 ? T.waiting(look.number(pending)) : T.nothingWaits),
  ];
  const state =
    stopped > 0
      ? { tone: "bad" as const, word: look.count(stopped, ...T.held) }
      : sites.length === 0
        ? { tone: "idle" as const, word: look.t(T.quiet) }
        : { tone: "ok" as const, word: look.t(T.flowing) };
  const { delivered } = flow;
  const label = look.t(T.spark(look.number(Math.min(...delivered)), look.number(Math.max(...delivered))));
  return {
    state,
    value: look.number(flow.deliveredSum),
    unit: look.t(T.unit),
    spark: { points: delivered, label },
    foot: foot.filter((part) => part !== "").join(" · "),
  };
}

/** What an empty deployment does first. */
export async function visitorSetUp(desk: Desk, look: Look): Promise<SetUpStep[]> {
  if (!look.can("credentials:write")) return [];
  const sites = await sitesSeen(desk, look);
  return [
    {
      label: look.t(T.credentials),
      detail: look.t(T.credentialsDetail),
      done: sites.some(({ credentials }) => credentials !== "missing"),
      href: `${PATH}#add`,
    },
  ];
}
