// The shops behind a network, as that network sees them: an id, a name, some domains.
// By default exactly the demo stores; a simulator must never know a shop that it was not given.
import { demoStores } from "./demo.ts";

/** A shop that advertises on a network; `id` is that network's own id, digits only. */
export interface Partner {
  id: string;
  name: string;
  domains: readonly string[];
}

/** The demo stores that one network carries. */
export function demoPartners(network: string): Partner[] {
  return demoStores.flatMap((store) =>
    store.networks
      .filter((relation) => relation.network === network)
      .map((relation) => ({ id: relation.externalId, name: store.name, domains: store.domains })),
  );
}

/** Whether the host of `url` is one of the shop's domains or below one. */
export function sells(partner: Partner, url: URL): boolean {
  return partner.domains.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`));
}

/** The shop's front page. */
export function homeOf(partner: Partner): string {
  return `https://www.${partner.domains[0] ?? "unknown.example"}`;
}

/** An absolute http(s) address, or nothing. */
export function webUrl(text: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

/** `url` with the marks that a network leaves on its way to the shop. */
export function marked(url: URL, marks: Record<string, string>): string {
  const target = new URL(url);
  for (const [name, value] of Object.entries(marks)) target.searchParams.append(name, value);
  return target.href;
}
