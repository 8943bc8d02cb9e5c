// The six networks: whether each can serve, its switch, stores of theirs that wait for a domain, what their lists ask, and the
// runs that read their sales and programmes.
import { Card, Danger, Form, Head, PostButton, State, Table, Time } from "../../../src/shared/page/kit.ts";
import type { Child, Pages, Show, Text, View } from "../../../src/shared/page/kit.ts";
import { networkPatch, networkPath, storePatch } from "../catalogue/schema.ts";
import type { NetworkView } from "../catalogue/schema.ts";
import { changeNetwork, listNetworks } from "../catalogue/service-networks.ts";
import { changeStore } from "../catalogue/service-stores.ts";
import { home } from "./pages-links.tsx";
import { Questions, Runs } from "./pages-reading.tsx";
import { askingRuns, checked, latestRuns, waitingForDomains } from "./service.ts";
import type { Desk, Homeless } from "./service.ts";
import { readStoreId } from "./service-reading.ts";
import { NETWORK_TITLES, STORE } from "./words.ts";

const PATH = "/console/clickouts/networks";
const HOMELESS_SHOWN = 50;

const T = {
  title: { en: "Networks", pt: "Redes" },
  says: {
    en: "Who gives the links, whether each can, and what their reports tell us.",
    pt: "Quem dá os links, se cada uma pode, e o que dizem seus relatórios.",
  },
  network: { en: "Network", pt: "Rede" },
  state: { en: "State", pt: "Estado" },
  stores: { en: "Serves", pt: "Atende" },
  lastRun: { en: "Sales read", pt: "Vendas lidas" },
  lastError: { en: "What it last said", pt: "O que disse por último" },
  actions: { en: "Actions", pt: "Ações" },
  ok: { en: "ok", pt: "ok" },
  off: { en: "switched off", pt: "desligada" },
  missing: { en: "credentials missing", pt: "faltam credenciais" },
  failing: { en: "credentials refused", pt: "credenciais recusadas" },
  open: { en: "circuit open", pt: "circuito aberto" },
  halfOpen: { en: "being tried again", pt: "nova tentativa" },
  never: { en: "never", pt: "nunca" },
  notAsked: { en: "has no report", pt: "não tem relatório" },
  enter: { en: "Enter credentials", pt: "Informar credenciais" },
  switchOff: { en: "Switch off", pt: "Desligar" },
  switchOffIt: { en: "Switch it off", pt: "Desligar agora" },
  switchOffSays: (network: string, stores: string): Text => ({
    en: `Links of ${stores} go to the next network of each rule, or to the fallback, until ${network} is switched on again. Its sales are still read.`,
    pt: `Os links de ${stores} passam à próxima rede de cada regra, ou à reserva, até ${network} ser ligada de novo. As vendas continuam sendo lidas.`,
  }),
  switchOn: { en: "Switch on", pt: "Ligar" },
  isOff: (network: string): Text => ({ en: `${network} is switched off.`, pt: `${network} está desligada.` }),
  isOn: (network: string): Text => ({ en: `${network} is switched on.`, pt: `${network} está ligada.` }),
  homeless: { en: "Stores that wait for a domain", pt: "Lojas que aguardam um domínio" },
  homelessFoot: {
    en: "These networks' lists name no domains. With its domain a store is reached by visits, and the network stands in its rule.",
    pt: "As listas destas redes não trazem domínios. Com o domínio, as visitas chegam à loja, e a rede entra na regra.",
  },
  store: { en: "Store", pt: "Loja" },
  externalId: { en: "Its id there", pt: "O id dela lá" },
  since: { en: "Since", pt: "Desde" },
  domain: { en: "Domain", pt: "Domínio" },
  domainOf: (name: string): Text => ({ en: `Domain of ${name}`, pt: `Domínio de ${name}` }),
  give: { en: "Give the domain", pt: "Dar o domínio" },
  given: (domain: string, name: string): Text => ({
    en: `${domain} belongs to ${name} now.`,
    pt: `${domain} agora é de ${name}.`,
  }),
};

function NetworkState({ v, network }: { v: View; network: NetworkView }) {
  if (!network.enabled) return <State tone="idle">{v.t(T.off)}</State>;
  if (network.credentials === "missing") return <State tone="bad">{v.t(T.missing)}</State>;
  if (network.credentials === "failing") return <State tone="bad">{v.t(T.failing)}</State>;
  if (network.circuit === "open") return <State tone="warn">{v.t(T.open)}</State>;
  if (network.circuit === "half_open") return <State tone="warn">{v.t(T.halfOpen)}</State>;
  return <State tone="ok">{v.t(T.ok)}</State>;
}

function NetworkActions({ v, network, stores }: { v: View; network: NetworkView; stores: number }) {
  const { name, enabled } = network;
  const title = NETWORK_TITLES[name];
  const to = `${PATH}/${name}`;
  return (
    <span class="row">
      {network.credentials !== "ok" && v.can("credentials:write") && (
        <a class="button icon" href={`/console/credentials/${name}`}>
          {v.t(T.enter)}
        </a>
      )}
      {enabled ? (
        <Danger
          v={v}
          to={to}
          label={v.t(T.switchOff)}
          says={v.t(T.switchOffSays(title, v.count(stores, ...STORE)))}
          confirm={v.t(T.switchOffIt)}
          fields={{ enabled: "false" }}
        />
      ) : (
        <PostButton v={v} to={to} label={v.t(T.switchOn)} fields={{ enabled: "true" }} class="icon" />
      )}
    </span>
  );
}

const REPORTING: ReadonlySet<string> = new Set(["afilio", "awin", "lomadee", "rakuten"]);

function Networks(props: { v: View; networks: readonly NetworkView[]; served: ReadonlyMap<string, number> }) {
  const { v, networks, served } = props;
  const rows = networks.map((network): Child[] => {
    const stores = served.get(network.name) ?? 0;
    const read = network.lastRunAt === null ? v.t(T.never) : <Time v={v} at={Date.parse(network.lastRunAt)} />;
    return [
      <b>{NETWORK_TITLES[network.name]}</b>,
      <NetworkState v={v} network={network} />,
      v.count(stores, ...STORE),
      REPORTING.has(network.name) ? read : <small>{v.t(T.notAsked)}</small>,
      <small>{network.lastError ?? ""}</small>,
      v.can("clickouts:write") && <NetworkActions v={v} network={network} stores={stores} />,
    ];
  });
  const columns = [
    v.t(T.network),
    v.t(T.state),
    v.t(T.stores),
    v.t(T.lastRun),
    { name: v.t(T.lastError), kind: "wrap" as const },
    { name: v.t(T.actions), kind: "actions" as const },
  ];
  return (
    <Card title={v.t(T.title)} plain>
      <Table label={v.t(T.title)} columns={columns} rows={rows} />
    </Card>
  );
}

function Homeless({ v, stores }: { v: View; stores: readonly Homeless[] }) {
  const rows = stores.map(({ storeId, name, network, externalId, sinceMs }): Child[] => [
    <a href={`/console/clickouts/stores/${storeId}`}>
      <b>{name}</b>
    </a>,
    NETWORK_TITLES[network],
    <code>{externalId}</code>,
    <Time v={v} at={sinceMs} />,
    v.can("clickouts:write") && (
      <Form v={v} to={`${PATH}/domain`} class="row">
        <input type="hidden" name="storeId" value={String(storeId)} />
        <input
          class="short"
          name="addDomains"
          aria-label={v.t(T.domainOf(name))}
          placeholder="loja.com.br"
          required
          maxlength={300}
        />
        <button class="icon">{v.t(T.give)}</button>
      </Form>
    ),
  ]);
  const columns = [
    v.t(T.store),
    v.t(T.network),
    v.t(T.externalId),
    v.t(T.since),
    { name: v.t(T.domain), kind: "actions" as const },
  ];
  return (
    <Card title={v.t(T.homeless)} id="domains" plain foot={v.t(T.homelessFoot)}>
      <Table label={v.t(T.homeless)} columns={columns} rows={rows} />
    </Card>
  );
}

function page(desk: Desk): Show {
  return async (v) => {
    const op = desk.open(v);
    const seesRuns = v.can("jobs:read");
    const [networks, served, homeless, runs, asking] = await Promise.all([
      listNetworks(op),
      desk.desk.storesServed(op.db, v.nowMs),
      waitingForDomains(op, HOMELESS_SHOWN),
      seesRuns ? latestRuns(v.env) : [],
      seesRuns ? askingRuns(v.env) : [],
    ]);
    return {
      title: v.t(T.title),
      body: (
        <>
          <Head title={v.t(T.title)} trail={[home(v)]} says={v.t(T.says)} />
          {asking.length > 0 && <Questions v={v} runs={asking} />}
          <Networks v={v} networks={networks} served={served} />
          {homeless.length > 0 && <Homeless v={v} stores={homeless} />}
          {seesRuns && <Runs v={v} runs={runs} />}
        </>
      ),
    };
  };
}

/** Adds the page of networks and its forms. */
export function addNetworkPages(pages: Pages, desk: Desk): void {
  const show = page(desk);
  pages.show(PATH, "clickouts:read", show);
  pages.act(
    `${PATH}/domain`,
    "clickouts:write",
    async (v, form) => {
      const domain = form.text("addDomains");
      const patch = checked(storePatch, { addDomains: [domain] });
      const { name } = await changeStore(desk.open(v), readStoreId(form.text("storeId")), patch);
      return { to: PATH, says: v.t(T.given(domain, name)) };
    },
    show,
  );
  pages.act(
    `${PATH}/:name`,
    "clickouts:write",
    async (v, form, c) => {
      const { name } = checked(networkPath, { name: c.req.param("name") });
      const { enabled } = checked(networkPatch, { enabled: form.text("enabled") === "true" });
      await changeNetwork(desk.open(v), name, enabled);
      return { to: PATH, says: v.t((enabled ? T.isOn : T.isOff)(NETWORK_TITLES[name])) };
    },
    show,
  );
}
