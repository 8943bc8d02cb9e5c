// One webhook: what went out and how it was taken, sending again, changing, a new secret, switching off, deleting.
import {
  Card,
  CsvLink,
  Danger,
  Facts,
  Form,
  Head,
  Note,
  Pager,
  PostButton,
  Time,
  newPages,
} from "../../../src/shared/page/kit.ts";
import type { Show, Text, View } from "../../../src/shared/page/kit.ts";
import { changeOf } from "../change.ts";
import { Deliveries } from "./pages-deliveries.tsx";
import { WebhookFields, WebhookState, newSecretPage } from "./pages.tsx";
import type { WebhookItem } from "./schema.ts";
import { nameOf } from "./service-needs.ts";
import {
  alterWebhook,
  deliveriesPage,
  dropWebhook,
  offeredEvents,
  oneWebhook,
  replayAll,
  replayDelivery,
  rotateWebhook,
} from "./service.ts";
import { DELIVERIES } from "./words.ts";

const PATH = "/console/webhooks";
const PAGE_SIZE = 50;

const T = {
  title: { en: "Webhooks", pt: "Webhooks" },
  deliveries: { en: "Deliveries", pt: "Entregas" },
  all: { en: "All", pt: "Todas" },
  parked: { en: "Parked", pt: "Separadas" },
  replayAll: (n: string): Text => ({
    en: `Replay ${n} parked on this page`,
    pt: `Reenviar ${n} separadas desta página`,
  }),
  replayed: { en: "It is sent again.", pt: "Está sendo reenviada." },
  again: { en: "sent again.", pt: "em reenvio." },
  address: { en: "Address", pt: "Endereço" },
  added: { en: "Added", pt: "Adicionado" },
  last: { en: "Last attempt", pt: "Última tentativa" },
  never: { en: "none yet", pt: "nenhuma ainda" },
  lastError: (why: string): Text => ({
    en: `The last attempt failed: ${why}`,
    pt: `A última tentativa falhou: ${why}`,
  }),
  gone: {
    en: "The receiver answered that it is gone (410), so it is told nothing any more. Enable it once it is back.",
    pt: "O destino respondeu que não existe mais (410); por isso nada mais é enviado. Reative-o quando voltar.",
  },
  off: {
    en: "It is disabled: what happens now is not kept for it.",
    pt: "Está desativado: o que acontece agora não é guardado para ele.",
  },
  both: (time: string): Text => ({
    en: `Until ${time} the secret before the rotation is good, too.`,
    pt: `Até ${time} o segredo anterior à troca também vale.`,
  }),
  change: { en: "Change", pt: "Alterar" },
  save: { en: "Save", pt: "Salvar" },
  changed: { en: "The webhook is changed.", pt: "O webhook foi alterado." },
  rotate: { en: "New secret", pt: "Novo segredo" },
  rotateSays: {
    en: "A new secret is made and shown once. For 24 hours everything is signed with both; after that the present one is worth nothing. A rotation before then ends it at once.",
    pt: "Um novo segredo é criado e mostrado uma vez. Por 24 horas tudo leva as duas assinaturas; depois, o atual não vale mais. Outra troca antes disso o encerra na hora.",
  },
  rotateIt: { en: "Make a new secret", pt: "Criar novo segredo" },
  disable: { en: "Disable", pt: "Desativar" },
  disableSays: (n: string): Text => ({
    en: `${n} on the way: parked, to be replayed later. What happens while it is disabled is not kept for it.`,
    pt: `${n} a caminho: separadas para reenviar depois. O que acontecer enquanto isso não é guardado para ele.`,
  }),
  disableIt: { en: "Disable this webhook", pt: "Desativar este webhook" },
  disabled: { en: "The webhook is disabled.", pt: "O webhook foi desativado." },
  enable: { en: "Enable", pt: "Reativar" },
  enabled: { en: "The webhook is active.", pt: "O webhook está ativo." },
  remove: { en: "Delete", pt: "Excluir" },
  removeSays: (pending: string, parked: string): Text => ({
    en: `The secret and all deliveries are forgotten: ${pending} on the way and ${parked} parked are lost. This cannot be undone.`,
    pt: `O segredo e todas as entregas são apagados: perdem-se ${pending} a caminho e ${parked} separadas. Não há como desfazer.`,
  }),
  removeIt: { en: "Delete this webhook", pt: "Excluir este webhook" },
  removed: { en: "The webhook is deleted.", pt: "O webhook foi excluído." },
};

/** The pages of one webhook. */
export const oneWebhookPages = newPages();

function Acts({ v, item }: { v: View; item: WebhookItem }) {
  const path = `${PATH}/${item.id}`;
  const [pending, parked] = [item.pending, item.parked].map((n) => v.count(n, ...DELIVERIES)) as [string, string];
  return (
    <div class="row">
      <Danger v={v} to={`${path}/rotate`} label={v.t(T.rotate)} says={v.t(T.rotateSays)} confirm={v.t(T.rotateIt)} />
      {item.state === "active" && (
        <Danger
          v={v}
          to={`${path}/disable`}
          label={v.t(T.disable)}
          says={v.t(T.disableSays(pending))}
          confirm={v.t(T.disableIt)}
        />
      )}
      <Danger
        v={v}
        to={`${path}/delete`}
        label={v.t(T.remove)}
        says={v.t(T.removeSays(pending, parked))}
        confirm={v.t(T.removeIt)}
      />
    </div>
  );
}

const filterOf = (v: View) => (v.url.searchParams.get("state") === "parked" ? { state: "parked" as const } : {});

const one: Show = async (v, c) => {
  const id = c.req.param("id") ?? "";
  const cursor = v.url.searchParams.get("cursor") ?? undefined;
  const [item, { items, nextCursor }] = await Promise.all([
    oneWebhook(v.env, id),
    deliveriesPage(v.env, id, filterOf(v), PAGE_SIZE, cursor),
  ]);
  const path = `${PATH}/${id}`;
  const name = nameOf(item);
  const mayWrite = v.can("webhooks:write");
  const parked = items.filter(({ state }) => state === "parked").map((delivery) => delivery.id);
  const time = (at: string | null) => (at === null ? v.t(T.never) : <Time v={v} at={Date.parse(at)} />);
  const { previousSecretUntil: until } = item;
  const tab = (to: string, text: Text, current: boolean) => (
    <a class="button icon" href={to} aria-current={current ? "page" : undefined}>
      {v.t(text)}
    </a>
  );
  return {
    title: `${name} · ${v.t(T.title)}`,
    body: (
      <>
        <Head title={name} trail={[{ label: v.t(T.title), href: PATH }]} says={<WebhookState v={v} item={item} />}>
          {mayWrite && item.state === "disabled" && (
            <PostButton v={v} to={`${path}/enable`} label={v.t(T.enable)} class="primary" />
          )}
        </Head>
        {item.state === "disabled" && <Note tone="warn">{v.t(item.disabledReason === "gone" ? T.gone : T.off)}</Note>}
        {item.state === "active" && item.lastError !== null && (
          <Note tone="warn">{v.t(T.lastError(item.lastError))}</Note>
        )}
        {until !== null && Date.parse(until) > v.nowMs && (
          <Note tone="idle">{v.t(T.both(v.time(Date.parse(until))))}</Note>
        )}
        <Facts
          small
          facts={[
            { name: v.t(T.address), value: <code class="whole">{item.url}</code> },
            { name: v.t(T.added), value: time(item.createdAt) },
            { name: v.t(T.last), value: time(item.lastAttemptAt) },
          ]}
        />
        <Card
          title={v.t(T.deliveries)}
          plain
          aside={
            <>
              {tab(path, T.all, filterOf(v).state === undefined)}
              {tab(`${path}?state=parked`, T.parked, filterOf(v).state !== undefined)}
              <CsvLink path={`/api/webhooks/${id}/deliveries.csv`} query={filterOf(v)} />
            </>
          }
        >
          <Deliveries v={v} item={item} rows={items} />
          {parked.length > 0 && mayWrite && item.state === "active" && (
            <div class="row foot-row">
              <PostButton
                v={v}
                to={`${path}/replay`}
                label={v.t(T.replayAll(v.number(parked.length)))}
                fields={{ all: parked.join(",") }}
                class="primary"
              />
            </div>
          )}
          <Pager v={v} next={nextCursor} />
        </Card>
        {mayWrite && (
          <Card title={v.t(T.change)} foot={<Acts v={v} item={item} />}>
            <Form v={v} to={path}>
              <WebhookFields v={v} events={offeredEvents(c.get("house").systems)} item={item} />
              <div class="row">
                <button>{v.t(T.save)}</button>
              </div>
            </Form>
          </Card>
        )}
      </>
    ),
  };
};

oneWebhookPages.show(`${PATH}/:id`, "webhooks:read", one);

oneWebhookPages.act(
  `${PATH}/:id`,
  "webhooks:write",
  async (v, form, c) => {
    const id = c.req.param("id") ?? "";
    const wanted = { url: form.text("url"), events: form.all("events"), description: form.text("description") };
    await alterWebhook(changeOf(c), id, wanted);
    return { to: `${PATH}/${id}`, says: v.t(T.changed) };
  },
  one,
);

oneWebhookPages.act(`${PATH}/:id/replay`, "webhooks:write", async (v, form, c) => {
  const to = `${PATH}/${c.req.param("id") ?? ""}`;
  const all = form.text("all");
  if (all === "") {
    await replayDelivery(changeOf(c), form.text("delivery"));
    return { to, says: v.t(T.replayed) };
  }
  const replayed = await replayAll(changeOf(c), all.split(",").slice(0, PAGE_SIZE));
  return { to, says: `${v.count(replayed, ...DELIVERIES)} ${v.t(T.again)}` };
});

oneWebhookPages.act(`${PATH}/:id/rotate`, "webhooks:write", async (v, _form, c) => {
  const id = c.req.param("id") ?? "";
  const { secret, previousSecretUntil } = await rotateWebhook(changeOf(c), id);
  const until = v.t(T.both(v.time(Date.parse(previousSecretUntil))));
  return newSecretPage(v, nameOf(await oneWebhook(v.env, id)), secret, `${PATH}/${id}`, until);
});

for (const state of ["enable", "disable"] as const) {
  oneWebhookPages.act(`${PATH}/:id/${state}`, "webhooks:write", async (v, _form, c) => {
    const id = c.req.param("id") ?? "";
    await alterWebhook(changeOf(c), id, { state: state === "enable" ? "active" : "disabled" });
    return { to: `${PATH}/${id}`, says: v.t(state === "enable" ? T.enabled : T.disabled) };
  });
}

oneWebhookPages.act(`${PATH}/:id/delete`, "webhooks:write", async (v, _form, c) => {
  await dropWebhook(changeOf(c), c.req.param("id") ?? "");
  return { to: PATH, says: v.t(T.removed) };
});
