// The vars of `wrangler.toml`, read once per isolate and checked, with their units in their names. Secrets are not here.
import * as z from "zod";

/** An upstream's base: absolute http(s), without query or trailing slash, so that a path can be appended. */
const base = z
  .string()
  .trim()
  .transform((text) => text.replace(/\/+$/, ""))
  .refine((text) => /^https?:\/\/[^\s?#]+$/i.test(text), "must be an http(s) URL without query");

const baseList = z
  .string()
  .transform((text) => text.split(",").filter((part) => part.trim() !== ""))
  .pipe(z.array(base).min(1, "must name at least one URL"));

function whole(smallest: number, largest: number) {
  return z
    .string()
    .trim()
    .regex(/^[0-9]{1,9}$/, "must be a whole number")
    .transform(Number)
    .refine((value) => value >= smallest && value <= largest, `must be from ${smallest} to ${largest}`);
}

const vars = z.object({
  AWIN_API_URL: base.default("https://api.awin.com"),
  AWIN_LINK_URL: base.default("https://www.awin1.com"),
  LOMADEE_API_URL: base.default("https://api.lomadee.com"),
  LOMADEE_LINK_URL: baseList.default(["https://redir.lomadee.com"]),
  RAKUTEN_API_URL: base.default("https://api.linksynergy.com"),
  RAKUTEN_LINK_URL: base.default("https://click.linksynergy.com"),
  AFILIO_API_URL: base.default("https://v2.afilio.com.br"),
  AFILIO_LINK_URL: baseList.default(["https://v2.afilio.com.br"]),
  MAGAZINE_LUIZA_URL: base.default("https://www.magazineluiza.com.br"),
  MAGAZINE_VOCE_URL: base.default("https://www.magazinevoce.com.br"),
  DIGIDIP_URL: base.default("https://{account}.digidip.net"),
  VISIT_DEADLINE_MS: whole(50, 25_000).default(1_500),
  NETWORK_TIMEOUT_MS: whole(50, 25_000).default(800),
  ROUTE_CACHE_TTL_SECONDS: whole(1, 86_400).default(300),
  LINK_CALLS_PER_MINUTE: whole(0, 100_000).default(60),
  CLICKOUT_SHARDS: whole(1, 36).default(1),
  CLICKOUT_RETENTION_DAYS: whole(1, 3_650).default(400),
  PUSHGATEWAY_URL: z.union([z.literal(""), base]).default(""),
  BASE_CURRENCY: z
    .string()
    .trim()
    .regex(/^[A-Z]{3}$/, "must be an ISO 4217 code")
    .default("BRL"),
  SPLIT_API_URL: base.default("https://api.split.io/internal/api/v2"),
  MAXYMISER_AUTH_URL: base.default("https://api-auth-{region}.maxymiser.com"),
  MAXYMISER_DATA_URL: base.default("https://api-data-{region}.maxymiser.com"),
  SEGMENT_FLUSH_SECONDS: whole(1, 3_600).default(10),
  VISITOR_FLUSH_SECONDS: whole(1, 3_600).default(1),
  ORDER_MEMORY_HOURS: whole(1, 720).default(24),
  SUSPEND_AFTER_HOURS: whole(1, 8_760).default(24),
  VISITOR_SHARDS: whole(1, 256).default(16),
  LOG_ENDPOINT: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]).default(""),
});

/** Every var of the deployment. */
export interface Config {
  awinApiUrl: string;
  awinLinkUrl: string;
  lomadeeApiUrl: string;
  /** Hosts that a link made by lomadee may stand on; the first is its own. */
  lomadeeLinkUrls: readonly string[];
  rakutenApiUrl: string;
  rakutenLinkUrl: string;
  afilioApiUrl: string;
  /** Hosts that a link made by afilio may stand on. */
  afilioLinkUrls: readonly string[];
  magazineLuizaUrl: string;
  magazineVoceUrl: string;
  /** `{account}` stands for the account. */
  digidipUrl: string;
  visitDeadlineMs: number;
  networkTimeoutMs: number;
  routeCacheTtlSeconds: number;
  linkCallsPerMinute: number;
  clickoutShards: number;
  clickoutRetentionDays: number;
  /** Where metrics are pushed each minute; null: nowhere. */
  pushgatewayUrl: string | null;
  /** ISO 4217 code of the currency that reports use unless asked for another. */
  baseCurrency: string;
  splitApiUrl: string;
  /** `{region}` stands for `eu` or `us`, here and in the next. */
  maxymiserAuthUrl: string;
  maxymiserDataUrl: string;
  segmentFlushSeconds: number;
  visitorFlushSeconds: number;
  orderMemoryHours: number;
  suspendAfterHours: number;
  visitorShards: number;
  /** Where the customer wants his events posted; null for nowhere. */
  logEndpoint: string | null;
}

/** The bindings that are read here: all strings. */
export type ConfigVars = Partial<Pick<Env, keyof z.input<typeof vars>>>;

/** Reads and checks the vars. Throws an Error that names each bad variable, never its value. */
export function parseConfig(env: ConfigVars): Config {
  const parsed = vars.safeParse(env);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
    throw new Error(`Configuration: ${faults.join("; ")}`);
  }
  const read = parsed.data;
  return {
    awinApiUrl: read.AWIN_API_URL,
    awinLinkUrl: read.AWIN_LINK_URL,
    lomadeeApiUrl: read.LOMADEE_API_URL,
    lomadeeLinkUrls: read.LOMADEE_LINK_URL,
    rakutenApiUrl: read.RAKUTEN_API_URL,
    rakutenLinkUrl: read.RAKUTEN_LINK_URL,
    afilioApiUrl: read.AFILIO_API_URL,
    afilioLinkUrls: read.AFILIO_LINK_URL,
    magazineLuizaUrl: read.MAGAZINE_LUIZA_URL,
    magazineVoceUrl: read.MAGAZINE_VOCE_URL,
    digidipUrl: read.DIGIDIP_URL,
    visitDeadlineMs: read.VISIT_DEADLINE_MS,
    networkTimeoutMs: read.NETWORK_TIMEOUT_MS,
    routeCacheTtlSeconds: read.ROUTE_CACHE_TTL_SECONDS,
    linkCallsPerMinute: read.LINK_CALLS_PER_MINUTE,
    clickoutShards: read.CLICKOUT_SHARDS,
    clickoutRetentionDays: read.CLICKOUT_RETENTION_DAYS,
    pushgatewayUrl: read.PUSHGATEWAY_URL || null,
    baseCurrency: read.BASE_CURRENCY,
    splitApiUrl: read.SPLIT_API_URL,
    maxymiserAuthUrl: read.MAXYMISER_AUTH_URL,
    maxymiserDataUrl: read.MAXYMISER_DATA_URL,
    segmentFlushSeconds: read.SEGMENT_FLUSH_SECONDS,
    visitorFlushSeconds: read.VISITOR_FLUSH_SECONDS,
    orderMemoryHours: read.ORDER_MEMORY_HOURS,
    suspendAfterHours: read.SUSPEND_AFTER_HOURS,
    visitorShards: read.VISITOR_SHARDS,
    logEndpoint: read.LOG_ENDPOINT || null,
  };
}

const remembered = new WeakMap<object, Config>();

/** The configuration of this isolate's bindings. */
export function config(env: ConfigVars): Config {
  let read = remembered.get(env);
  if (read === undefined) {
    read = parseConfig(env);
    remembered.set(env, read);
  }
  return read;
}

/** Bindings that stand for others, such as those of a page, have their configuration. */
export function shareConfig(of: ConfigVars, also: ConfigVars): void {
  remembered.set(also, config(of));
}
