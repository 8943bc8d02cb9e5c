// How a tracked link is put together. Pure: no call, no clock. A link is kept as parts with the click id between them,
// so that each click carries its own id: parts.join(clickId).

import type { LinkNetwork, Network } from "../networks.ts";

/** The pieces around the click id: usually two; one where a network has no sub-id. */
export type LinkParts = readonly string[];

/** Bases from the configuration, without trailing slash; `digidip` holds `{account}`. */
export interface LinkBases {
  awin: string;
  rakuten: string;
  digidip: string;
  magazineVoce: string;
}

/** The link of one click. */
export function linkFor(parts: LinkParts, clickId: string): string {
  return parts.length === 2 ? parts[0]! + clickId + parts[1]! : parts.join(clickId);
}

/** What stands before the click id of every link to this advertiser of Awin. */
export function awinHead(bases: LinkBases, publisherId: string, externalId: string): string {
  const query = `awinmid=${encodeURIComponent(externalId)}&awinaffid=${encodeURIComponent(publisherId)}`;
  return `${bases.awin}/cread.php?${query}&clickref=`;
}

/** Awin's tail: `ued` is the whole destination. */
export function awinTail(href: string): string {
  return `&ued=${encodeURIComponent(href)}`;
}

/** What stands before the click id of every link to this advertiser of Rakuten. */
export function rakutenHead(bases: LinkBases, linkId: string, externalId: string): string {
  return `${bases.rakuten}/deeplink?id=${encodeURIComponent(linkId)}&mid=${encodeURIComponent(externalId)}&u1=`;
}

/** Rakuten's tail: `murl` is the whole destination. */
export function rakutenTail(href: string): string {
  return `&murl=${encodeURIComponent(href)}`;
}

/** The product URL with the relation's parameters, existing ones replaced; `{click}` in a value becomes the click id. */
export function diretoParts(href: string, parameters: Readonly<Record<string, string>>): LinkParts {
  const hash = href.indexOf("#");
  const bare = hash < 0 ? href : href.slice(0, hash);
  const mark = bare.indexOf("?");
  const kept =
    mark < 0
      ? []
      : bare
          .slice(mark + 1)
          .split("&")
          .filter((pair) => !Object.hasOwn(parameters, parameterName(pair)));
  const added = Object.entries(parameters).map(([name, value]) => {
    const text = value.toWellFormed().split("{click}").map(encodeURIComponent).join("\0");
    return `${encodeURIComponent(name.toWellFormed())}=${text}`;
  });
  const query = [...kept.filter((pair) => pair !== ""), ...added].join("&");
  const link = `${mark < 0 ? bare : bare.slice(0, mark)}${query === "" ? "" : `?${query}`}${hash < 0 ? "" : href.slice(hash)}`;
  return link.split("\0");
}

/** The decoded name of one `name=value`; an undecodable one is compared as it stands. */
function parameterName(pair: string): string {
  // Without the `&`, a name that begins with `?` would lose it.
  return [...new URLSearchParams(`&${pair}`).keys()][0] ?? pair;
}

/** The fallback: `ref` comes back in digidip's reports. */
export function digidipParts(bases: LinkBases, account: string, href: string): LinkParts {
  return [`${bases.digidip.replace("{account}", account)}/visit?url=${encodeURIComponent(href)}&ref=`, ""];
}

/** The partner page of a product; the network has no sub-id. */
export function magazineVoceParts(bases: LinkBases, store: string, path: string): LinkParts {
  return [`${bases.magazineVoce}/${store}/${path}`];
}

/** The sub-id parameter of a network whose links come from its API. */
const SUB_ID: Readonly<Record<Exclude<LinkNetwork, "magazinevoce">, string>> = { lomadee: "mdasc", afilio: "aff_xtra" };

/**
 * An API's link with room for the click id in the network's sub-id parameter; a sub-id already there is replaced.
 * It is normalised: what a network sent may hold blanks, line breaks or letters that no header takes.
 */
export function subIdParts(network: "lomadee" | "afilio", link: string): LinkParts {
  return diretoParts(new URL(link).href, { [SUB_ID[network]]: "{click}" });
}

/** Networks that are asked for their links, rather than built here; magazinevoce only when the path holds no SKU. */
export function isLinkNetwork(network: Network): network is LinkNetwork {
  return network === "lomadee" || network === "afilio" || network === "magazinevoce";
}
