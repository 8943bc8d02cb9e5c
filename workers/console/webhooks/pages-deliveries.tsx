// The deliveries of one webhook as a table: how each was taken, when it comes next, and the button that sends it again.
import { Empty, Id, PostButton, State, Table, Time } from "../../../src/shared/page/kit.ts";
import type { Child, View } from "../../../src/shared/page/kit.ts";
import type { DeliveryItem, WebhookItem } from "./schema.ts";
import { REASONS, STATES } from "./words.ts";

const PATH = "/console/webhooks";
const TONES = { pending: "warn", delivered: "ok", parked: "bad" } as const;

const T = {
  deliveries: { en: "Deliveries", pt: "Entregas" },
  none: {
    en: "Nothing went out yet. What happens from now on is sent here.",
    pt: "Nada foi enviado ainda. O que acontecer a partir de agora virá para cá.",
  },
  noneSo: { en: "None is like this.", pt: "Nenhuma está assim." },
  when: { en: "Published", pt: "Publicada" },
  event: { en: "Event", pt: "Evento" },
  state: { en: "State", pt: "Estado" },
  attempts: { en: "Attempts", pt: "Tentativas" },
  said: { en: "What the receiver said", pt: "O que o destino disse" },
  body: { en: "What is sent", pt: "Conteúdo" },
  message: { en: "Message", pt: "Mensagem" },
  actions: { en: "Actions", pt: "Ações" },
  next: { en: "next attempt", pt: "próxima tentativa" },
  replay: { en: "Replay", pt: "Reenviar" },
  id: { en: "Id", pt: "Id" },
};

function outcome(v: View, { state, reason, detail, nextAttemptAt }: DeliveryItem): Child {
  return (
    <>
      {reason !== null && v.t(REASONS[reason] ?? { en: reason, pt: reason })}
      {detail !== null && (
        <>
          <br />
          <small>{detail}</small>
        </>
      )}
      {state === "pending" && nextAttemptAt !== null && (
        <>
          <br />
          <small>
            {v.t(T.next)}: <Time v={v} at={Date.parse(nextAttemptAt)} style="clock" />
          </small>
        </>
      )}
    </>
  );
}

/** The table; `rows` are a page of deliveries of `item`. */
export function Deliveries({ v, item, rows: given }: { v: View; item: WebhookItem; rows: readonly DeliveryItem[] }) {
  const mayReplay = v.can("webhooks:write") && item.state === "active";
  const rows = given.map((delivery) => [
    <Time v={v} at={Date.parse(delivery.createdAt)} />,
    <code>{delivery.type}</code>,
    <State tone={TONES[delivery.state]}>{v.t(STATES[delivery.state])}</State>,
    v.number(delivery.attempts),
    outcome(v, delivery),
    <Id value={delivery.eventId} />,
    <details>
      <summary>{v.t(T.message)}</summary>
      <code class="whole">{delivery.excerpt}</code>
    </details>,
    mayReplay && delivery.state !== "pending" && (
      <PostButton v={v} to={`${PATH}/${item.id}/replay`} label={v.t(T.replay)} fields={{ delivery: delivery.id }} />
    ),
  ]);
  const columns = [
    v.t(T.when),
    v.t(T.event),
    v.t(T.state),
    { name: v.t(T.attempts), kind: "num" as const },
    { name: v.t(T.said), kind: "wrap" as const },
    v.t(T.id),
    { name: v.t(T.body), kind: "wrap" as const },
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  const empty = <Empty says={v.t(v.url.searchParams.has("state") ? T.noneSo : T.none)} />;
  return <Table label={v.t(T.deliveries)} columns={columns} rows={rows} empty={empty} />;
}
