// One site: how its access stands and what waits, its credentials (entered, tested, deleted), its newest deliveries. No page
// holds a value that was stored, nor the token.
import { Card, Danger, Facts, Field, Form, Head, Note, PostButton } from "../../../src/shared/page/kit.ts";
import type { Pages, Show, Plural, Text, View } from "../../../src/shared/page/kit.ts";
import { forgetSite, hasCredentials, knownSite, setSite, testSite } from "../access/service-access.ts";
import type { SiteItem } from "../schema.ts";
import { replayParked } from "../service-parked.ts";
import { listDeliveries, siteById } from "../service-views.ts";
import { AccessState, DeliveryTable, PATH, TITLE, maybe, siteSays } from "./pages-parts.tsx";
import { sitePath } from "./service-needs.ts";
import type { Desk } from "./service.ts";
import { ATTRIBUTE, maxymiserSaid } from "./words.ts";

const LIVE_SECONDS = 10;
const DELIVERIES_SHOWN = 20;
/** What the form asks for, in the vault's names. */
const FIELDS = ["username", "password", "clientId", "clientSecret", "region"] as const;

const T = {
  title: (site: string): Text => ({ en: `Site ${site}`, pt: `Site ${site}` }),
  unseen: {
    en: "New here: nothing was pushed for it, and no credentials are stored.",
    pt: "Novo aqui: nada foi enviado para ele, e nenhuma credencial está guardada.",
  },
  said: (words: string): Text => ({ en: `Maxymiser said: “${words}”`, pt: `O Maxymiser disse: “${words}”` }),
  today: { en: "Delivered today", pt: "Entregues hoje" },
  waiting: { en: "Waiting", pt: "À espera" },
  held: { en: "Held", pt: "Retidos" },
  parked: { en: "Parked", pt: "Separados" },
  oldest: { en: "Oldest waiting", pt: "Mais antigo à espera" },
  p99: { en: "Delay p99, today", pt: "Atraso p99, hoje" },
  token: { en: "Token until", pt: "Token até" },
  region: { en: "Region", pt: "Região" },
  seeParked: { en: "What is parked", pt: "O que foi separado" },
  replay: { en: "Replay all parked", pt: "Reenviar os separados" },
  replayed: (attributes: string): Plural => [
    { en: `${attributes} goes out again.`, pt: `${attributes} de volta ao envio.` },
    { en: `${attributes} go out again.`, pt: `${attributes} de volta ao envio.` },
  ],
  test: { en: "Test", pt: "Testar" },
  testOk: (detail: string): Text => ({
    en: `The credentials work: ${detail}`,
    pt: `As credenciais funcionam: ${detail}`,
  }),
  testBad: (detail: string): Text => ({ en: `The test failed: ${detail}`, pt: `O teste falhou: ${detail}` }),
  enter: { en: "Enter credentials", pt: "Informar credenciais" },
  replace: { en: "Replace the credentials", pt: "Trocar as credenciais" },
  asks: {
    en: "Maxymiser is asked before anything is stored. They are sealed and never shown again.",
    pt: "O Maxymiser é consultado antes de guardar. Elas são seladas e nunca mais exibidas.",
  },
  username: { en: "User name", pt: "Usuário" },
  password: { en: "Password", pt: "Senha" },
  clientId: { en: "Client id", pt: "Client id" },
  clientSecret: { en: "Client secret", pt: "Client secret" },
  regionHint: { en: "Where Maxymiser keeps the site.", pt: "Onde o Maxymiser mantém o site." },
  save: { en: "Check and store", pt: "Verificar e guardar" },
  saved: {
    en: "The credentials are stored. What waited goes out now.",
    pt: "As credenciais estão guardadas. O que esperava sai agora.",
  },
  remove: { en: "Delete credentials", pt: "Excluir credenciais" },
  removeIt: { en: "Delete these credentials", pt: "Excluir estas credenciais" },
  removeSays: (waiting: string): Text => ({
    en: `Deliveries to this site stop. ${waiting} now waiting, and all that comes, is held for 24 hours from its arrival, then parked. To undo this you need the values.`,
    pt: `As entregas para este site param. ${waiting} à espera agora, e tudo que chegar, fica retido por 24 horas desde a chegada e depois é separado. Para desfazer, você precisa dos valores.`,
  }),
  removed: {
    en: "The credentials are deleted. What comes is held.",
    pt: "As credenciais foram excluídas. O que chegar fica retido.",
  },
  latest: { en: "Latest deliveries", pt: "Últimas entregas" },
  all: { en: "All of this site", pt: "Todas deste site" },
  noDeliveries: { en: "Nothing was delivered to this site yet.", pt: "Nada foi entregue a este site ainda." },
};

function Standing({ v, item }: { v: View; item: SiteItem }) {
  return (
    <Card>
      <Facts
        facts={[
          { name: v.t(T.today), value: v.number(item.deliveredToday) },
          { name: v.t(T.waiting), value: v.number(item.pending) },
          { name: v.t(T.held), value: v.number(item.held) },
          { name: v.t(T.parked), value: v.number(item.parked) },
          { name: v.t(T.oldest), value: maybe(v, item.oldestPendingAt) },
          { name: v.t(T.p99), value: item.delayP99Ms === null ? "–" : v.duration(item.delayP99Ms) },
          { name: v.t(T.token), value: maybe(v, item.tokenExpiresAt) },
          { name: v.t(T.region), value: item.region ?? "–" },
        ]}
      />
    </Card>
  );
}

function Credentials({ v, site, stored }: { v: View; site: string; stored: boolean }) {
  const regions = ["eu", "us"].map((value) => ({ value, label: value }));
  return (
    <Card title={v.t(stored ? T.replace : T.enter)} id="credentials" foot={v.t(T.asks)}>
      <Form v={v} to={sitePath(site)}>
        <div class="fields">
          {FIELDS.map((name) =>
            name === "region" ? (
              <Field v={v} name={name} label={v.t(T.region)} type="select" options={regions} hint={v.t(T.regionHint)} />
            ) : (
              <Field
                v={v}
                name={name}
                label={v.t(T[name])}
                type={name === "username" || name === "clientId" ? "text" : "password"}
                autocomplete={name === "username" || name === "clientId" ? "off" : "new-password"}
                required
              />
            ),
          )}
        </div>
        <button class="primary">{v.t(T.save)}</button>
      </Form>
    </Card>
  );
}

/** Adds the page of one site and its buttons. */
export function addSitePage(pages: Pages, desk: Desk): void {
  const one: Show = async (v, c) => {
    const op = desk.open(v);
    const site = knownSite(c.req.param("site"));
    const [item, deliveries, stored] = await Promise.all([
      siteById(op, site),
      listDeliveries(op, { site }, DELIVERIES_SHOWN),
      hasCredentials(op, site),
    ]);
    const mayEnter = v.can("credentials:write");
    const here = sitePath(site);
    return {
      title: `${v.t(T.title(site))} · ${v.t(TITLE)}`,
      // What is being typed must stay.
      ...(stored || !mayEnter ? { liveSeconds: LIVE_SECONDS } : {}),
      body: (
        <>
          <Head
            title={v.t(T.title(site))}
            trail={[{ label: v.t(TITLE), href: PATH }]}
            says={
              item === null ? (
                v.t(T.unseen)
              ) : (
                <>
                  <AccessState v={v} access={item.credentials} /> {siteSays(v, item)}
                </>
              )
            }
          >
            {stored && mayEnter && <PostButton v={v} to={`${here}/test`} label={v.t(T.test)} />}
            {item !== null && item.parked > 0 && (
              <a class="button" href={`${PATH}/parked?kind=delivery&site=${encodeURIComponent(site)}`}>
                {v.t(T.seeParked)}
              </a>
            )}
            {item !== null && item.parked > 0 && v.can("visitors:write") && (
              <PostButton v={v} to={`${here}/replay`} label={v.t(T.replay)} class="primary" />
            )}
          </Head>
          {item?.detail && item.credentials !== "ok" && item.credentials !== "missing" && (
            <Note tone="bad">{v.t(T.said(maxymiserSaid(item.detail)))}</Note>
          )}
          {item !== null && <Standing v={v} item={item} />}
          {mayEnter && <Credentials v={v} site={site} stored={stored} />}
          {item !== null && (
            <Card
              title={v.t(T.latest)}
              plain
              aside={<a href={`${PATH}/deliveries?site=${encodeURIComponent(site)}`}>{v.t(T.all)}</a>}
            >
              <DeliveryTable v={v} items={deliveries.items} empty={T.noDeliveries} />
            </Card>
          )}
          {stored && mayEnter && (
            <div>
              <Danger
                v={v}
                to={`${here}/delete`}
                label={v.t(T.remove)}
                says={v.t(T.removeSays(v.count(item?.pending ?? 0, ...ATTRIBUTE)))}
                confirm={v.t(T.removeIt)}
              />
            </div>
          )}
        </>
      ),
    };
  };
  pages.show(`${PATH}/sites/:site`, "visitors:read", one);

  pages.act(
    `${PATH}/sites/:site`,
    "credentials:write",
    async (v, form, c) => {
      const site = knownSite(c.req.param("site"));
      await setSite(desk.open(v, c), site, Object.fromEntries(FIELDS.map((name) => [name, form.exact(name)])));
      return { to: sitePath(site), says: v.t(T.saved) };
    },
    one,
  );
  pages.act(`${PATH}/sites/:site/test`, "credentials:write", async (v, _form, c) => {
    const site = knownSite(c.req.param("site"));
    const { ok, detail } = await testSite(desk.open(v, c), site);
    return {
      to: sitePath(site),
      says: v.t(ok ? T.testOk(maxymiserSaid(detail)) : T.testBad(maxymiserSaid(detail))),
      tone: ok ? "ok" : "bad",
    };
  });
  pages.act(`${PATH}/sites/:site/delete`, "credentials:write", async (v, _form, c) => {
    const site = knownSite(c.req.param("site"));
    await forgetSite(desk.open(v, c), site);
    return { to: sitePath(site), says: v.t(T.removed) };
  });
  pages.act(`${PATH}/sites/:site/replay`, "visitors:write", async (v, _form, c) => {
    const site = knownSite(c.req.param("site"));
    const replayed = await replayParked(desk.open(v, c), { site });
    return { to: sitePath(site), says: v.plural(replayed, ...T.replayed(v.count(replayed, ...ATTRIBUTE))) };
  });
}
