// What webhooks have to say on the overview: what was given up, who wants nothing any more; and what bears an id.
import { database } from "../../../src/shared/db/client.ts";
import type { Found, Look, Need, Plural, Text } from "../../../src/shared/page/kit.ts";
import { findDeliveries } from "../../../src/shared/webhooks/deliveries.ts";
import { listWebhooks, webhookById } from "../../../src/shared/webhooks/subscriptions.ts";
import type { CountedWebhook } from "../../../src/shared/webhooks/subscriptions.ts";
import { MAX_WEBHOOKS } from "./service.ts";

const PATH = "/console/webhooks";
const FOUND = 20;

const T = {
  parked: (n: string, name: string): Plural => [
    { en: `1 delivery to ${name} is parked.`, pt: `1 entrega para ${name} foi separada.` },
    { en: `${n} deliveries to ${name} are parked.`, pt: `${n} entregas para ${name} foram separadas.` },
  ],
  safe: (time: string): Text => ({
    en: `Since ${time}. They are safe, and a replay sends them again.`,
    pt: `Desde ${time}. Estão a salvo; reenviar tenta de novo.`,
  }),
  look: { en: "Look and replay", pt: "Ver e reenviar" },
  gone: (name: string): Text => ({
    en: `${name} answered that it is gone; its webhook is disabled.`,
    pt: `${name} respondeu que não existe mais; o webhook foi desativado.`,
  }),
  goneDetail: {
    en: "It hears of nothing until it is enabled again.",
    pt: "Nada é enviado até que seja reativado.",
  },
  open: { en: "Look and decide", pt: "Ver e decidir" },
  webhook: { en: "webhook", pt: "webhook" },
  delivery: { en: "delivery", pt: "entrega" },
};

/** How a webhook is called: its description, else its host. */
export const nameOf = ({ url, description }: Pick<CountedWebhook, "url" | "description">): string =>
  description === "" ? new URL(url).host : description;

/** One need for each webhook that has something parked or was disabled by its receiver. */
export async function webhookNeeds(look: Look): Promise<Need[]> {
  if (!look.can("webhooks:read")) return [];
  const rows = await listWebhooks(database(look.env), MAX_WEBHOOKS);
  return rows.flatMap((row): Need[] => {
    const name = nameOf(row);
    const gone = row.disabledReason === "gone";
    if (!gone && row.parked === 0) return [];
    const parked = look.plural(row.parked, ...T.parked(look.number(row.parked), name));
    const since = row.parkedSince ?? row.disabledAt;
    return [
      {
        id: `webhook:${row.id}`,
        tone: "warn",
        sentence: gone ? look.t(T.gone(name)) : parked,
        detail: gone
          ? `${look.t(T.goneDetail)}${row.parked === 0 ? "" : ` ${parked}`}`
          : look.t(T.safe(look.time(since ?? look.nowMs))),
        sinceMs: since,
        action: {
          label: look.t(gone ? T.open : T.look),
          href: `${PATH}/${row.id}${row.parked === 0 ? "" : "?state=parked"}`,
        },
      },
    ];
  });
}

/** Webhooks, and deliveries by their own id or by that of their event. */
export async function webhookFinds(look: Look, id: string): Promise<Found[]> {
  if (!look.can("webhooks:read") || !/^(?:whk|dlv|msg)_/.test(id)) return [];
  const db = database(look.env);
  const row = id.startsWith("whk_") ? await webhookById(db, id) : undefined;
  if (row !== undefined) {
    return [{ kind: look.t(T.webhook), title: nameOf(row), atMs: row.createdAt, href: `${PATH}/${id}` }];
  }
  return (await findDeliveries(db, id, FOUND)).map(({ type, webhookId, createdAt }) => ({
    kind: look.t(T.delivery),
    title: type,
    atMs: createdAt,
    href: `${PATH}/${webhookId}`,
  }));
}
