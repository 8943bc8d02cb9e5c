// Webhooks: who is told of what happens here, and how the last telling went. A secret is shown once, on the page that answers
// its form.
import {
  Card,
  CsvLink,
  Choices,
  Copyable,
  Empty,
  Field,
  Form,
  Head,
  Note,
  Pager,
  State,
  Table,
  Tag,
  Time,
  newPages,
} from "../../../src/shared/page/kit.ts";
import type { Child, Show, Text, View } from "../../../src/shared/page/kit.ts";
import { changeOf } from "../change.ts";
import { nameOf } from "./service-needs.ts";
import { makeWebhook, offeredEvents, webhooksPage } from "./service.ts";
import type { WebhookItem } from "./schema.ts";
import { DELIVERIES } from "./words.ts";

const PATH = "/console/webhooks";
const PAGE_SIZE = 50;

const T = {
  title: { en: "Webhooks", pt: "Webhooks" },
  says: {
    en: "A webhook tells another system what happens here, by a signed request. What it does not take is tried again for three days.",
    pt: "Um webhook avisa outro sistema do que acontece aqui, com uma requisição assinada. O que ele não aceitar é reenviado por três dias.",
  },
  present: { en: "Who is told", pt: "Quem é avisado" },
  none: {
    en: "Nobody is told yet. Add the address of a system that wants to know.",
    pt: "Ninguém é avisado ainda. Adicione o endereço de um sistema que queira saber.",
  },
  receiver: { en: "Receiver", pt: "Destino" },
  state: { en: "State", pt: "Estado" },
  events: { en: "Events", pt: "Eventos" },
  last: { en: "Last delivery", pt: "Última entrega" },
  waits: { en: "On its way", pt: "A caminho" },
  parked: { en: "Parked", pt: "Separadas" },
  never: { en: "none yet", pt: "nenhuma ainda" },
  active: { en: "active", pt: "ativo" },
  failing: { en: "failing", pt: "falhando" },
  disabled: { en: "disabled", pt: "desativado" },
  add: { en: "Add a webhook", pt: "Adicionar webhook" },
  url: { en: "Address", pt: "Endereço" },
  urlHint: { en: "https, on a public host.", pt: "https, em um endereço público." },
  description: { en: "Name", pt: "Nome" },
  descriptionHint: { en: "Optional. Whose it is.", pt: "Opcional. De quem é." },
  shown: {
    en: "This secret is shown only now. The receiver checks signatures with it (Standard Webhooks).",
    pt: "Este segredo só aparece agora. Com ele o destino confere as assinaturas (Standard Webhooks).",
  },
  back: { en: "Done, it is copied", pt: "Pronto, já copiei" },
} satisfies Record<string, Text>;

/** How a webhook stands, as a mark with a word. */
export function WebhookState({ v, item }: { v: View; item: Pick<WebhookItem, "state" | "lastError"> }) {
  if (item.state === "disabled") return <State tone="idle">{v.t(T.disabled)}</State>;
  if (item.lastError !== null) return <State tone="warn">{v.t(T.failing)}</State>;
  return <State tone="ok">{v.t(T.active)}</State>;
}

/** The fields of a webhook's form: as it is, or empty for a new one. */
export function WebhookFields({ v, events, item }: { v: View; events: readonly EventLine[]; item?: WebhookItem }) {
  const { url = "", description = "" } = item ?? {};
  return (
    <>
      <div class="fields">
        <Field v={v} name="url" label={v.t(T.url)} hint={v.t(T.urlHint)} value={url} required />
        <Field v={v} name="description" label={v.t(T.description)} hint={v.t(T.descriptionHint)} value={description} />
      </div>
      <Choices
        v={v}
        name="events"
        label={v.t(T.events)}
        chosen={item?.events ?? []}
        options={events.map(({ type, says }) => ({ value: type, label: <code>{type}</code>, hint: v.t(says) }))}
      />
    </>
  );
}

type EventLine = ReturnType<typeof offeredEvents>[number];

/** A page that shows a new secret, once. */
export function newSecretPage(v: View, name: string, secret: string, back: string, more?: Child) {
  return {
    title: v.t(T.title),
    body: (
      <>
        <Head title={name} trail={[{ label: v.t(T.title), href: PATH }]} />
        <Note tone="ok" live>
          {v.t(T.shown)} {more}
        </Note>
        <Card>
          <Copyable v={v} text={secret} />
          <div class="row">
            <a class="button primary" href={back}>
              {v.t(T.back)}
            </a>
          </div>
        </Card>
      </>
    ),
  };
}

/** The list of webhooks. */
export const webhookPages = newPages();

const list: Show = async (v, c) => {
  const { items, nextCursor } = await webhooksPage(v.env, PAGE_SIZE, v.url.searchParams.get("cursor") ?? undefined);
  const rows = items.map((item) => [
    <>
      <a href={`${PATH}/${item.id}`}>
        <b>{nameOf(item)}</b>
      </a>
      <br />
      <small>{new URL(item.url).host}</small>
    </>,
    <WebhookState v={v} item={item} />,
    <span class="row">
      {item.events.map((type) => (
        <Tag>{type}</Tag>
      ))}
    </span>,
    item.lastAttemptAt === null ? v.t(T.never) : <Time v={v} at={Date.parse(item.lastAttemptAt)} />,
    v.number(item.pending),
    item.parked === 0 ? (
      v.number(0)
    ) : (
      <a
        href={`${PATH}/${item.id}?state=parked`}
        aria-label={`${v.t(T.parked)}: ${v.count(item.parked, ...DELIVERIES)}`}
      >
        {v.number(item.parked)}
      </a>
    ),
  ]);
  const columns = [
    v.t(T.receiver),
    v.t(T.state),
    { name: v.t(T.events), kind: "wrap" as const },
    v.t(T.last),
    { name: v.t(T.waits), kind: "num" as const },
    { name: v.t(T.parked), kind: "num" as const },
  ];
  return {
    title: v.t(T.title),
    body: (
      <>
        <Head title={v.t(T.title)} says={v.t(T.says)} />
        <Card title={v.t(T.present)} plain aside={items.length > 0 && <CsvLink path="/api/webhooks.csv" />}>
          <Table label={v.t(T.present)} columns={columns} rows={rows} empty={<Empty says={v.t(T.none)} />} />
          <Pager v={v} next={nextCursor} />
        </Card>
        {v.can("webhooks:write") && (
          <Card title={v.t(T.add)} id="add">
            <Form v={v} to={PATH}>
              <WebhookFields v={v} events={offeredEvents(c.get("house").systems)} />
              <button class="primary">{v.t(T.add)}</button>
            </Form>
          </Card>
        )}
      </>
    ),
  };
};

webhookPages.show(PATH, "webhooks:read", list);

webhookPages.act(
  PATH,
  "webhooks:write",
  async (v, form, c) => {
    const wanted = { url: form.text("url"), events: form.all("events"), description: form.text("description") };
    const made = await makeWebhook(changeOf(c), wanted);
    return newSecretPage(v, nameOf(made), made.secret, `${PATH}/${made.id}`);
  },
  list,
);
