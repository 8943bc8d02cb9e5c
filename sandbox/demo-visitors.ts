// The demo company's DMP: a post of a few pixels at each step, now and then one that cannot be read.
// A receiver that is away or does not know the door yet is simply posted to again later.
import type { DemoOutlet } from "./demo-audiences.ts";
import { demoMaxymiser } from "./demo.ts";
import { drawCustomerIds } from "./sdt/pixels.ts";
import { sdtSource } from "./sdt/source.ts";
import { between, seeded } from "./seeded.ts";

/** The same customers at each start. */
const CUSTOMERS = 120;
const CUSTOMERS_SEED = 90_011;
const MOST_PIXELS = 4;
/** Some for the quarantine, not so many that it fills. */
const UNREADABLE_SHARE = 0.003;
const OLDEST_SECONDS = 30;

/** Returns what does the next step and answers whether it was taken; it never throws. */
export function visitorSteps(outlet: DemoOutlet): () => Promise<boolean> {
  const source = sdtSource({
    ...outlet,
    url: `${outlet.origin}/receive_data/mm`,
    headers: { Authorization: `Bearer ${outlet.key}` },
    sites: [{ id: demoMaxymiser.siteId, attributes: demoMaxymiser.attributes }],
    customerIds: drawCustomerIds(CUSTOMERS, seeded(CUSTOMERS_SEED)),
    oldestSeconds: OLDEST_SECONDS,
    unreadable: UNREADABLE_SHARE,
  });
  return async () => (await source.send(source.draw(between(1, MOST_PIXELS, outlet.random)))).taken;
}
