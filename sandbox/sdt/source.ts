// The Oracle DMP as a source of server data transfers: posts of pixels, again after a failure, in bursts.
// It knows every customer's newest values by what was taken; that truth must never come from the receiver.
import { deliver, inParallel, keepLost } from "../deliver.ts";
import type { Delivery, Outlet, RetryRules } from "../deliver.ts";
import { between, pick, shuffled } from "../seeded.ts";
import { drawAttributes, drawCustomerIds, pixelOf, postBody, spoiled } from "./pixels.ts";
import type { PixelFact } from "./pixels.ts";

/** Where to post, with which headers, and whom it is about. */
export interface SdtOptions extends Outlet {
  /** The registered receiver, with any secret that its path or query has. */
  url: string;
  headers?: Record<string, string>;
  sites: readonly { id: string; attributes: readonly string[] }[];
  /** Customers of every site; default: 200 drawn by `random`. */
  customerIds?: readonly string[];
  /** Events lie at most so far back; most are much younger. Default 600. */
  oldestSeconds?: number;
  /** Share of pixels that lack what a receiver needs, 0 to 1; default 0. */
  unreadable?: number;
  timeoutMs?: number;
  now: () => number;
  random: () => number;
}

/** One post. `facts` has an entry a pixel: what it says, or null where it cannot be read. */
export interface SdtPost {
  body: string;
  facts: readonly (PixelFact | null)[];
}

/** How many posts of how many pixels, `parallel` at a time; `duplicates` is the share that comes twice (0.1). */
export interface SdtBurst {
  posts: number;
  /** Least and most pixels a post. */
  pixels: readonly [number, number];
  duplicates?: number;
  parallel?: number;
}

/** The DMP. A post that was not taken after its tries is in `lost` (the newest 10,000): a receiver that was silent may have it. */
export interface SdtSource {
  /** A post about so many events; not sent yet. */
  draw(pixels: number): SdtPost;
  send(post: SdtPost): Promise<Delivery>;
  burst(burst: SdtBurst): Promise<Delivery[]>;
  /** The newest values of a customer by UtcSeconds, of what was taken; undefined if nothing was. */
  attributes(siteId: string, customerId: string): Record<string, string> | undefined;
  /** Everybody about whom something was taken. */
  customers(siteId: string): string[];
  lost: readonly SdtPost[];
}

/** All inferred: a few tries on any failure that may pass, none where the receiver says that the post is bad. */
const RETRY_RULES = {
  tries: 3,
  firstPauseMs: 1_000,
  again: (status: number | null) => status === null || status === 408 || status === 429 || status >= 500,
};
const DEFAULT_TIMEOUT_MS = 10_000;

/** A source; it sends nothing by itself. */
export function sdtSource(options: SdtOptions): SdtSource {
  const { random, now } = options;
  const rules: RetryRules = { ...RETRY_RULES, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS };
  const customerIds = options.customerIds ?? drawCustomerIds(200, random);
  const truth = new Map<string, Map<string, Map<string, { value: string; at: number }>>>();
  /** Values by second, then customer and attribute: one value a second, so that newest is never a tie. */
  const said = new Map<number, Map<string, string>>();
  const lost: SdtPost[] = [];
  const oldest = options.oldestSeconds ?? 600;

  const drawFact = (): PixelFact => {
    const { id: siteId, attributes: names } = pick(options.sites, random);
    const customerId = pick(customerIds, random);
    const nowSeconds = Math.floor(now() / 1000);
    const utcSeconds = nowSeconds - Math.floor(random() ** 3 * (oldest + 1));
    const attributes = drawAttributes(names, random);
    const second = entry(said, utcSeconds, () => new Map());
    for (const [name, value] of Object.entries(attributes)) {
      attributes[name] = entry(second, JSON.stringify([siteId, customerId, name]), () => value);
    }
    if (said.size > 2 * (oldest + 1)) {
      for (const past of said.keys()) if (past < nowSeconds - oldest) said.delete(past);
    }
    return { siteId, customerId, attributes, utcSeconds };
  };

  const acknowledge = ({ siteId, customerId, attributes, utcSeconds: at }: PixelFact) => {
    const site = entry(truth, siteId, () => new Map());
    const customer = entry(site, customerId, () => new Map());
    for (const [name, value] of Object.entries(attributes)) {
      if (at >= (customer.get(name)?.at ?? 0)) customer.set(name, { value, at });
    }
  };

  const draw = (pixels: number): SdtPost => {
    const drawn = Array.from({ length: pixels }, () => {
      const fact = drawFact();
      const pixel = pixelOf(fact, random);
      return random() < (options.unreadable ?? 0) ? { pixel: spoiled(pixel, random), fact: null } : { pixel, fact };
    });
    const body = postBody(
      drawn.map(({ pixel }) => pixel),
      Math.floor(now() / 1000),
      random,
    );
    return { body: JSON.stringify(body), facts: drawn.map(({ fact }) => fact) };
  };

  const send = async (post: SdtPost) => {
    const delivery = await deliver(options, rules, options.url, options.headers ?? {}, post.body);
    if (delivery.taken) for (const fact of post.facts) if (fact !== null) acknowledge(fact);
    if (!delivery.taken) keepLost(lost, post);
    return delivery;
  };

  return {
    draw,
    send,
    burst({ posts, pixels: [least, most], duplicates = 0.1, parallel = 6 }) {
      const drawn = Array.from({ length: posts }, () => draw(between(least, most, random)));
      const again = drawn.filter(() => random() < duplicates);
      return inParallel(shuffled([...drawn, ...again], random), parallel, send);
    },
    attributes(siteId, customerId) {
      const known = truth.get(siteId)?.get(customerId);
      return known && Object.fromEntries([...known].map(([name, { value }]) => [name, value]));
    },
    customers: (siteId) => [...(truth.get(siteId)?.keys() ?? [])],
    lost,
  };
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
