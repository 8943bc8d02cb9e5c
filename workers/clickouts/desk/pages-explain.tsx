// "Where would this link go?": paste a URL, see each step of the decision and why, take the link along. It works by GET, so
// that an answer has an address; nothing is recorded and no network is called.
import { Card, Copyable, Note, Steps } from "../../../src/shared/page/kit.ts";
import type { Step, Text, View } from "../../../src/shared/page/kit.ts";
import type { ExplainStep, Explanation } from "../redirect/explain.ts";
import type { Desk } from "./service.ts";
import { explained } from "./service-explain.ts";
import type { Explained } from "./service-explain.ts";
import { NETWORK_TITLES, SKIPS } from "./words.ts";

const T = {
  title: { en: "Where would this link go?", pt: "Para onde iria este link?" },
  nothing: { en: "Nothing is recorded, no network is called", pt: "Nada é registrado, nenhuma rede é chamada" },
  url: { en: "Product URL", pt: "URL do produto" },
  go: { en: "Explain", pt: "Explicar" },
  found: { en: "Store found", pt: "Loja encontrada" },
  belongs: (domain: string): Text => ({ en: `${domain} belongs to `, pt: `${domain} é da loja ` }),
  noStore: { en: "No store has this domain", pt: "Nenhuma loja tem este domínio" },
  addStore: { en: "Add the store", pt: "Adicionar a loja" },
  rule: (version: number): Text => ({ en: `Rule ${version} is active`, pt: `A regra ${version} está valendo` }),
  since: (time: string): Text => ({ en: `since ${time}`, pt: `desde ${time}` }),
  noRule: { en: "The store has no rule now", pt: "A loja está sem regra agora" },
  noRuleDetail: { en: "no network is asked", pt: "nenhuma rede é consultada" },
  skipped: (network: string): Text => ({ en: `${network} is skipped`, pt: `${network} é pulada` }),
  gives: (network: string): Text => ({ en: `${network} gives the link`, pt: `${network} dá o link` }),
  wouldCall: (network: string): Text => ({ en: `${network} would be asked`, pt: `${network} seria consultada` }),
  wouldCallDetail: {
    en: "no one has asked for this link yet: a real click calls the network, and the answer is kept",
    pt: "ninguém pediu este link ainda: um clique real chama a rede, e a resposta fica guardada",
  },
  built: { en: "built here", pt: "montado aqui" },
  memory: { en: "from memory", pt: "da memória" },
  stored: { en: "stored link", pt: "link guardado" },
  digidip: { en: "The fallback serves: Digidip", pt: "A reserva atende: Digidip" },
  digidipDetail: { en: "the click is tracked there, at its rates", pt: "o clique é rastreado lá, com as taxas dela" },
  direct: { en: "The shop itself, untracked", pt: "A própria loja, sem rastreio" },
  directDetail: {
    en: "no network serves and there is no Digidip account: this click earns nothing",
    pt: "nenhuma rede atende e não há conta Digidip: este clique não rende nada",
  },
  nowhere: { en: "The visitor sees “not found”", pt: "O visitante vê “não encontrada”" },
  nowhereDetail: {
    en: "we redirect only to shops that someone has added",
    pt: "só redirecionamos para lojas que alguém adicionou",
  },
  click: { en: "{click} stands for the click id of each visit.", pt: "{click} é o id de clique de cada visita." },
  placeholder: { en: "https://www.shop.com/product", pt: "https://www.loja.com.br/produto" },
};

const CACHES: Partial<Record<NonNullable<ExplainStep["cache"]>, Text>> = {
  none: T.built,
  memory: T.memory,
  kv: T.stored,
  object: T.stored,
};

const titleOf = (step: ExplainStep) =>
  NETWORK_TITLES[step.network as keyof typeof NETWORK_TITLES] ?? step.network ?? "";

function storeStep(v: View, explanation: Explanation): Step {
  const { store, url } = explanation;
  if (store === null) {
    const host = new URL(url).host.replace(/^www\./, "");
    const add = v.can("clickouts:write") && (
      <a href={`/console/clickouts/stores/new?domain=${encodeURIComponent(host)}`}>{v.t(T.addStore)}</a>
    );
    return {
      tone: "warn",
      title: v.t(T.noStore),
      detail: (
        <>
          {host} {add}
        </>
      ),
    };
  }
  const detail = (
    <>
      {v.t(T.belongs(store.matchedDomain))}
      <a href={`/console/clickouts/stores/${store.storeId}`}>{store.name}</a>
    </>
  );
  return { tone: "ok", title: v.t(T.found), detail };
}

function fallbackStep(v: View, step: ExplainStep): Step {
  if (step.result === "failed") return { tone: "bad", title: v.t(T.nowhere), detail: v.t(T.nowhereDetail) };
  const tracked = step.reason === "digidip";
  const [title, detail] = tracked ? [T.digidip, T.digidipDetail] : [T.direct, T.directDetail];
  return { tone: "warn", title: v.t(title), detail: v.t(detail) };
}

function networkStep(v: View, step: ExplainStep): Step {
  const network = titleOf(step);
  if (step.result === "would_call") {
    return { tone: "idle", sign: "?", title: v.t(T.wouldCall(network)), detail: v.t(T.wouldCallDetail) };
  }
  if (step.result !== "link") {
    const reason = SKIPS[step.reason as keyof typeof SKIPS];
    return { tone: "warn", sign: "–", title: v.t(T.skipped(network)), detail: reason && v.t(reason) };
  }
  const from = CACHES[step.cache ?? "none"];
  return { tone: "ok", title: v.t(T.gives(network)), aside: from && v.t(from) };
}

function stepsOf(v: View, explanation: Explanation): Step[] {
  return explanation.steps.flatMap((step): Step[] => {
    switch (step.step) {
      case "parse":
        return [];
      case "store":
        return [storeStep(v, explanation)];
      case "rule": {
        const { rule } = explanation;
        if (rule === null) return [{ tone: "warn", title: v.t(T.noRule), detail: v.t(T.noRuleDetail) }];
        const detail = v.t(T.since(v.time(Date.parse(rule.startedAt))));
        return [{ tone: "ok", title: v.t(T.rule(rule.version)), detail }];
      }
      case "network":
        return [networkStep(v, step)];
      default:
        return [fallbackStep(v, step)];
    }
  });
}

/** A link with the click id's place made visible. */
function Link({ href }: { href: string }) {
  const parts = href.split("{click}");
  return (
    <>
      {parts.map((part, i) => (
        <>
          {i > 0 && <mark>{"{click}"}</mark>}
          {part}
        </>
      ))}
    </>
  );
}

function Answer({ v, answer }: { v: View; answer: Explained }) {
  if ("refused" in answer) {
    return (
      <Note tone="bad" live>
        {answer.refused}
      </Note>
    );
  }
  const { explanation } = answer;
  const { location } = explanation;
  return (
    <>
      <Steps steps={stepsOf(v, explanation)} />
      {location !== null && (
        <Copyable v={v} text={location}>
          <Link href={location} />
        </Copyable>
      )}
      {location?.includes("{click}") === true && <small>{v.t(T.click)}</small>}
    </>
  );
}

/** The answer to the `url` of the page's address, if there is one. */
export async function explainAsked(desk: Desk, v: View): Promise<Explained | null> {
  const url = v.url.searchParams.get("url")?.trim() ?? "";
  return url === "" ? null : await explained(desk, v, url);
}

/** The box. `suggested` stands in the field until somebody asks. */
export function ExplainBox({ v, answer, suggested = "" }: { v: View; answer: Explained | null; suggested?: string }) {
  return (
    <Card title={v.t(T.title)} id="explain" aside={<small>{v.t(T.nothing)}</small>}>
      <form class="row" action={`${v.url.pathname}#explain`}>
        <input
          class="grow"
          type="url"
          name="url"
          aria-label={v.t(T.url)}
          placeholder={v.t(T.placeholder)}
          value={v.url.searchParams.get("url") ?? suggested}
          maxlength={8_192}
          required
        />
        <button class="primary">{v.t(T.go)}</button>
      </form>
      {answer !== null && <Answer v={v} answer={answer} />}
    </Card>
  );
}
