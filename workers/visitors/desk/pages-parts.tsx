// What several pages of visitors show alike: how a site's access stands, a delivery, and links among the lists.
import { Empty, Id, State, Table, Time } from "../../../src/shared/page/kit.ts";
import type { Child, Text, View } from "../../../src/shared/page/kit.ts";
import type { DeliveryItem, SiteItem } from "../schema.ts";
import { sitePath, waitsFor } from "./service-needs.ts";
import { ACCESS_WORDS, OUTCOME_SAYS, OUTCOME_WORDS } from "./words.ts";

export const PATH = "/console/visitors";
export const TITLE: Text = { en: "Visitors", pt: "Visitantes" };

const T = {
  ok: { en: "Maxymiser takes the credentials.", pt: "O Maxymiser aceita as credenciais." },
  refused: (time: string): Text => ({
    en: `Maxymiser has refused the credentials since ${time}.`,
    pt: `O Maxymiser recusa as credenciais desde ${time}.`,
  }),
  refusedNow: { en: "Maxymiser refuses the credentials.", pt: "O Maxymiser recusa as credenciais." },
  missing: { en: "No credentials are stored.", pt: "Nenhuma credencial guardada." },
  api_access_disabled: {
    en: "API access is switched off at Maxymiser; it is tried once a minute.",
    pt: "O acesso por API está desligado no Maxymiser; há uma tentativa por minuto.",
  },
  unknown_site: {
    en: "Maxymiser does not know this site; it is tried once an hour.",
    pt: "O Maxymiser não conhece este site; há uma tentativa por hora.",
  },
  when: { en: "When", pt: "Quando" },
  site: { en: "Site", pt: "Site" },
  customer: { en: "Customer (hash)", pt: "Cliente (hash)" },
  attributes: { en: "Attributes", pt: "Atributos" },
  deliveryIds: { en: "Delivery ids", pt: "Ids de entrega" },
  outcome: { en: "Outcome", pt: "Desfecho" },
  answer: { en: "Answer", pt: "Resposta" },
  took: { en: "Took", pt: "Durou" },
  deliveries: { en: "Deliveries", pt: "Entregas" },
};

/** How a site's access stands, in a sentence. */
export function accessSays(v: View, { credentials, since }: SiteItem): string {
  if (credentials !== "refused") return v.t(T[credentials]);
  return v.t(since === null ? T.refusedNow : T.refused(v.time(Date.parse(since))));
}

/** The same with what waits for it. */
export function siteSays(v: View, item: SiteItem): string {
  const says = accessSays(v, item);
  return item.credentials === "ok" ? says : `${says} ${waitsFor(v, item)}`;
}

/** A site's access as a mark and a word. */
export function AccessState({ v, access }: { v: View; access: SiteItem["credentials"] }) {
  const { tone, word } = ACCESS_WORDS[access];
  return <State tone={tone}>{v.t(word)}</State>;
}

/** A site's id, leading to its page. */
export function SiteLink({ id }: { id: string | null }) {
  return id === null ? <>–</> : <Id value={id} href={sitePath(id)} />;
}

/** A time that may not be known. */
export function maybe(v: View, time: string | null): Child {
  return time === null ? "–" : <Time v={v} at={Date.parse(time)} />;
}

function deliveryRow(v: View, item: DeliveryItem): Child[] {
  const { tone, word } = OUTCOME_WORDS[item.outcome];
  return [
    <Time v={v} at={Date.parse(item.at)} style="clock" />,
    <SiteLink id={item.mmSiteId} />,
    <Id value={item.customerIdHash} href={`${PATH}/deliveries?id=${item.customerIdHash}`} />,
    v.number(item.attributes),
    <State tone={tone}>{v.t(word)}</State>,
    <>
      {item.status !== null && <code>{item.status}</code>} <small>{v.t(OUTCOME_SAYS[item.outcome])}</small>
    </>,
    item.ms === null ? "" : v.duration(item.ms),
    item.deliveryIds.map((id) => (
      <>
        <Id value={id} href={`${PATH}/deliveries?id=${encodeURIComponent(id)}`} />{" "}
      </>
    )),
  ];
}

/** Deliveries, newest first. */
export function DeliveryTable({ v, items, empty }: { v: View; items: readonly DeliveryItem[]; empty: Text }) {
  const columns = [
    v.t(T.when),
    v.t(T.site),
    v.t(T.customer),
    { name: v.t(T.attributes), kind: "num" as const },
    v.t(T.outcome),
    { name: v.t(T.answer), kind: "wrap" as const },
    { name: v.t(T.took), kind: "num" as const },
    { name: v.t(T.deliveryIds), kind: "wrap" as const },
  ];
  const rows = items.map((item) => deliveryRow(v, item));
  return <Table label={v.t(T.deliveries)} columns={columns} rows={rows} empty={<Empty says={v.t(empty)} />} />;
}
