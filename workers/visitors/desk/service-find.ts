// What bears an id: a site, a delivery of the DMP, a customer by his id or its hash. A customer's own id is never repeated.
import type { Found, Look, Text } from "../../../src/shared/page/kit.ts";
import { customerIdHash, isCustomerIdHash } from "../customer-hash.ts";
import { isSiteId } from "../intake/update.ts";
import type { DeliveryItem } from "../schema.ts";
import { listDeliveries } from "../service-views.ts";
import type { Operation } from "../service.ts";
import { sitePath } from "./service-needs.ts";
import type { Desk } from "./service.ts";
import { ATTRIBUTE, OUTCOME_WORDS } from "./words.ts";

const SHOWN = 5;

const T = {
  site: { en: "site", pt: "site" },
  siteTitle: (site: string): Text => ({ en: `Maxymiser site ${site}`, pt: `Site ${site} do Maxymiser` }),
  delivery: { en: "delivery", pt: "entrega" },
  all: { en: "all deliveries of it", pt: "todas as entregas" },
};

/** The address under which deliveries that bear an id are listed; a customer goes there as his hash. */
const listOf = (id: string) => `/console/visitors/deliveries?id=${encodeURIComponent(id)}`;

async function sites(op: Operation, look: Look, id: string): Promise<Found[]> {
  const site = isSiteId(id) ? await op.data.siteOf(op.db, id) : undefined;
  if (site === undefined) return [];
  return [{ kind: look.t(T.site), title: look.t(T.siteTitle(id)), href: sitePath(id), atMs: site.firstSeenAt }];
}

function foundDelivery(look: Look, item: DeliveryItem, href: string): Found {
  const { at, mmSiteId, attributes, outcome, status } = item;
  return {
    kind: look.t(T.delivery),
    title: `${look.count(attributes, ...ATTRIBUTE)}, ${look.t(OUTCOME_WORDS[outcome].word)}`,
    detail: `${look.t(T.siteTitle(mmSiteId))}${status === null ? "" : ` · ${status}`}`,
    href,
    atMs: Date.parse(at),
  };
}

/** What visitors knows of an id. */
export async function visitorFinds(desk: Desk, look: Look, id: string): Promise<Found[]> {
  const op = desk.open(look);
  const hash = isCustomerIdHash(id) ? id : await customerIdHash(id);
  const [known, deliveries] = await Promise.all([sites(op, look, id), listDeliveries(op, { bearing: id }, SHOWN)]);
  const found = deliveries.items.map((item) => {
    const href = listOf(item.customerIdHash === hash ? hash : id);
    return foundDelivery(look, item, href);
  });
  return [...known, ...found];
}
