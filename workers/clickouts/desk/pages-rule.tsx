// The rule of a store: its networks in order with how each does, an editor that works by buttons (dragging only adds to it),
// a start in the future, and what held when.
import { Card, Empty, Field, Order, PostButton, State, Table, Timeline } from "../../../src/shared/page/kit.ts";
import type { Act, Child, Period, Text, View } from "../../../src/shared/page/kit.ts";
import { instantOf } from "../../../src/shared/page/instant.ts";
import { ruleBody } from "../catalogue/schema.ts";
import type { NetworkView, RuleView, StoreView } from "../catalogue/schema.ts";
import { cancelRule, changeRule } from "../catalogue/service-rules.ts";
import { NETWORKS, NETWORK_IDS } from "../networks.ts";
import type { Network } from "../networks.ts";
import { OPEN_END_MS } from "../redirect/table.ts";
import { draftOf } from "./rule-draft.ts";
import { checked, refuseStart } from "./service.ts";
import type { Desk } from "./service.ts";
import { readStoreId } from "./service-reading.ts";
import { betterThanFirst } from "./standing.ts";
import type { NetworkStanding } from "./standing.ts";
import { NETWORK_TITLES } from "./words.ts";

const T = {
  order: { en: "Networks, in order", pt: "Redes, em ordem" },
  network: { en: "Network", pt: "Rede" },
  epc: { en: "EPC, 30 d", pt: "EPC, 30 d" },
  better: (network: string, gain: string, than: string): Text => ({
    en: `${network} earned ${gain} more per click than ${than} in 30 days.`,
    pt: `${network} rendeu ${gain} a mais por clique que ${than} em 30 dias.`,
  }),
  putFirst: { en: "Put it first", pt: "Colocá-la em primeiro" },
  approved: { en: "Approved", pt: "Aprovadas" },
  failed: { en: "Failed", pt: "Falhas" },
  empty: {
    en: "No network is asked: clicks fall to the fallback. Add one below.",
    pt: "Nenhuma rede é consultada: os cliques vão para a reserva. Adicione uma abaixo.",
  },
  none: {
    en: "No network is asked: clicks fall to the fallback.",
    pt: "Nenhuma rede é consultada: os cliques vão para a reserva.",
  },
  state: { en: "State", pt: "Estado" },
  add: { en: "Add a network", pt: "Adicionar rede" },
  addIt: { en: "Add", pt: "Adicionar" },
  choose: { en: "choose", pt: "escolher" },
  remove: { en: "Remove", pt: "Tirar" },
  removeOf: (network: string): Text => ({ en: `Remove ${network} from the rule`, pt: `Tirar ${network} da regra` }),
  starts: { en: "Starts (empty: at once)", pt: "Começa (vazio: já)" },
  zone: (zone: string): Text => ({ en: `In ${zone}.`, pt: `Em ${zone}.` }),
  unsaved: { en: "Not saved yet", pt: "Ainda não salva" },
  saved: {
    en: "The order is saved. All visits follow it within a minute and a half.",
    pt: "A ordem foi salva. Todas as visitas a seguem em até um minuto e meio.",
  },
  planned: (time: string): Text => ({
    en: `The order is planned: it holds from ${time}, on its second.`,
    pt: `A ordem está agendada: vale a partir de ${time}, no segundo.`,
  }),
  cancelled: {
    en: "The planned order is cancelled; the present one goes on.",
    pt: "A ordem agendada foi cancelada; a atual continua.",
  },
  line: { en: "Rule, over time", pt: "A regra no tempo" },
  cancel: { en: "Cancel", pt: "Cancelar" },
  from: (time: string): Text => ({ en: `From ${time}`, pt: `A partir de ${time}` }),
  now: (time: string): Text => ({ en: `Now, since ${time}`, pt: `Agora, desde ${time}` }),
  until: (time: string): Text => ({ en: `until ${time}`, pt: `até ${time}` }),
  past: (from: string, to: string): Text => ({ en: `${from} to ${to}`, pt: `${from} a ${to}` }),
  never: (time: string): Text => ({ en: `Planned for ${time}, cancelled`, pt: `Agendada para ${time}, cancelada` }),
  rule: (version: number): Text => ({ en: `rule ${version}`, pt: `regra ${version}` }),
  by: (who: string): Text => ({ en: `by ${who}`, pt: `por ${who}` }),
  itself: { en: "by the networks' lists", pt: "pelas listas das redes" },
  noLine: { en: "There has been no rule yet.", pt: "Ainda não houve regra." },
  notJoined: { en: "not joined", pt: "sem parceria" },
  off: { en: "switched off", pt: "desligada" },
  noCredentials: { en: "no credentials", pt: "sem credenciais" },
  circuit: { en: "circuit open", pt: "circuito aberto" },
  ok: { en: "ok", pt: "ok" },
};

/** What the cards of a rule are made of. */
export interface RuleParts {
  v: View;
  store: StoreView;
  versions: readonly RuleView[];
  authors: ReadonlyMap<string, string>;
  networks: readonly NetworkView[];
  standing: ReadonlyMap<Network, NetworkStanding>;
}

/** Whether a network of the rule can serve at all, in a word. */
function NetworkState({
  v,
  network,
  store,
  networks,
}: { network: Network } & Pick<RuleParts, "v" | "store" | "networks">) {
  const view = networks.find(({ name }) => name === network);
  const joined = store.networks.some((relation) => relation.network === network && relation.state === "joined");
  if (!joined) return <State tone="idle">{v.t(T.notJoined)}</State>;
  if (view?.enabled === false) return <State tone="idle">{v.t(T.off)}</State>;
  if (view?.credentials === "missing") return <State tone="bad">{v.t(T.noCredentials)}</State>;
  if (view !== undefined && view.circuit !== "closed") return <State tone="warn">{v.t(T.circuit)}</State>;
  return <State tone="ok">{v.t(T.ok)}</State>;
}

const percentOf = (v: View, share: number | null | undefined) =>
  share === null || share === undefined ? "–" : v.percent(share);

const epcOf = (v: View, standing: NetworkStanding | undefined) =>
  standing === undefined || standing.epc === null ? "–" : v.money(standing.epc);

/** What the figures say of the rule, with a link to the order that follows from it. */
function Advice({ v, store, standing }: Pick<RuleParts, "v" | "store" | "standing">): Child {
  const rule = store.rule?.networks ?? [];
  const better = betterThanFirst(rule, standing);
  if (better === null) return undefined;
  const { network, than, gain } = better;
  const order = [network, ...rule.filter((other) => other !== network)].map((other) => `order=${other}`).join("&");
  return (
    <>
      {v.t(T.better(NETWORK_TITLES[network], v.percent(gain), NETWORK_TITLES[than]))}{" "}
      <a href={`/console/clickouts/stores/${store.storeId}?${order}#rule`}>{v.t(T.putFirst)}</a>
    </>
  );
}

/** The order for who may not change it. */
function RuleTable({ v, store, networks, standing }: RuleParts) {
  const num = (text: Text) => ({ name: v.t(text), kind: "num" as const });
  const rows = (store.rule?.networks ?? []).map((network): Child[] => [
    <b>{NETWORK_TITLES[network]}</b>,
    <NetworkState v={v} network={network} store={store} networks={networks} />,
    epcOf(v, standing.get(network)),
    percentOf(v, standing.get(network)?.approved),
    percentOf(v, standing.get(network)?.failed),
  ]);
  const columns = [v.t(T.network), v.t(T.state), num(T.epc), num(T.approved), num(T.failed)];
  return <Table label={v.t(T.order)} columns={columns} rows={rows} empty={<Empty says={v.t(T.none)} />} />;
}

/** The order with its editor; the address holds what is not saved yet. */
export function RuleCard(parts: RuleParts) {
  const { v, store, networks, standing } = parts;
  if (!v.can("clickouts:write")) {
    return (
      <Card title={v.t(T.order)} id="rule" plain>
        <RuleTable {...parts} />
      </Card>
    );
  }
  const rule = store.rule?.networks ?? [];
  const typed = v.refused?.values["order"];
  const query = typed === undefined ? v.url.searchParams : new URLSearchParams({ order: [typed].flat().join(",") });
  const draft = draftOf(query, rule);
  const others = NETWORKS.filter((network) => !draft.includes(network));
  const items = draft.map((network) => ({
    id: network,
    name: NETWORK_TITLES[network],
    title: (
      <>
        <b>{NETWORK_TITLES[network]}</b>
        <br />
        <NetworkState v={v} network={network} store={store} networks={networks} />
        {" · "}
        <button class="link" name="remove" value={network} aria-label={v.t(T.removeOf(NETWORK_TITLES[network]))}>
          {v.t(T.remove)}
        </button>
      </>
    ),
    cells: [
      epcOf(v, standing.get(network)),
      percentOf(v, standing.get(network)?.approved),
      percentOf(v, standing.get(network)?.failed),
    ],
  }));
  const changed = draft.join() !== rule.join();
  const foot = Advice({ v, store, standing });
  return (
    <Card
      title={v.t(T.order)}
      id="rule"
      plain
      aside={changed && <State tone="warn">{v.t(T.unsaved)}</State>}
      foot={foot}
    >
      {items.length === 0 && <Empty says={v.t(T.empty)} />}
      <Order
        v={v}
        to={`/console/clickouts/stores/${store.storeId}/rule`}
        heads={items.length === 0 ? [] : [v.t(T.network), v.t(T.epc), v.t(T.approved), v.t(T.failed)]}
        items={items}
        more={
          others.length > 0 && (
            <div class="row order-add">
              <select name="add" aria-label={v.t(T.add)}>
                <option value="">{v.t(T.add)}</option>
                {others.map((network) => (
                  <option value={network}>{NETWORK_TITLES[network]}</option>
                ))}
              </select>
              <button>{v.t(T.addIt)}</button>
            </div>
          )
        }
      >
        <input type="hidden" name="seen" value={String(store.rule?.version ?? "")} />
        <Field
          v={v}
          name="started_at"
          type="datetime-local"
          label={v.t(T.starts)}
          hint={v.t(T.zone(v.zone))}
          value=""
        />
      </Order>
    </Card>
  );
}

function periodOf(parts: RuleParts, version: RuleView): Period {
  const { v, store, authors } = parts;
  const startMs = Date.parse(version.startedAt);
  const endMs = Date.parse(version.endedAt);
  const start = v.time(startMs);
  const who = version.cause === "programmes" ? v.t(T.itself) : v.t(T.by(authors.get(version.author) ?? version.author));
  const detail = version.networks.map(({ network }) => NETWORK_TITLES[network]).join(", ");
  const told = (title: string, until = "") => (
    <>
      <b title={new Date(startMs).toISOString()}>{title}</b>
      {until !== "" && ` ${until}`} · {v.t(T.rule(version.version))}, {who}
    </>
  );
  const until = endMs === OPEN_END_MS ? "" : v.t(T.until(v.time(endMs)));
  if (endMs <= startMs) return { when: "past", title: told(v.t(T.never(start))), detail };
  if (startMs > v.nowMs) {
    const action = v.can("clickouts:write") && (
      <PostButton
        v={v}
        to={`/console/clickouts/stores/${store.storeId}/rule/cancel`}
        label={v.t(T.cancel)}
        fields={{ version: String(version.version) }}
        class="icon ghost danger"
      />
    );
    return { when: "next", title: told(v.t(T.from(start)), until), detail, action };
  }
  if (v.nowMs < endMs) return { when: "now", title: told(v.t(T.now(start)), until), detail };
  return { when: "past", title: told(v.t(T.past(start, v.time(endMs)))), detail };
}

/** What held when, the newest first: planned ones, the present one, and those before it. */
export function RuleLine(parts: RuleParts) {
  const { v } = parts;
  const versions = parts.versions.toSorted(
    (a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || b.version - a.version,
  );
  return (
    <Card title={v.t(T.line)}>
      {versions.length === 0 ? (
        <p class="muted">{v.t(T.noLine)}</p>
      ) : (
        <Timeline periods={versions.map((version) => periodOf(parts, version))} />
      )}
    </Card>
  );
}

/** Saves an order, at once or from a time on. Whoever changed the rule meanwhile is not overwritten. */
export function saveRule(desk: Desk): Act {
  return async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    const typed = form.text("started_at");
    const startMs = typed === "" ? null : instantOf(typed, v.zone);
    if (typed !== "" && startMs === null) throw refuseStart();
    const order = form.text("order").split(",").filter(Boolean);
    const body = checked(ruleBody, {
      store_id: storeId,
      network_priorities: order.map((network, i) => ({
        network_id: NETWORK_IDS[network as Network],
        order_priority: i,
      })),
      started_at: startMs === null ? null : new Date(startMs).toISOString(),
    });
    const seen = form.text("seen");
    await changeRule(desk.open(v), body, seen === "" ? null : [seen]);
    const says = startMs === null ? v.t(T.saved) : v.t(T.planned(v.time(startMs)));
    return { to: `/console/clickouts/stores/${storeId}`, says };
  };
}

/** Cancels a planned order. */
export function cancelPlanned(desk: Desk): Act {
  return async (v, form, c) => {
    const storeId = readStoreId(c.req.param("id"));
    await cancelRule(desk.open(v), Number(form.text("version")));
    return { to: `/console/clickouts/stores/${storeId}`, says: v.t(T.cancelled) };
  };
}
