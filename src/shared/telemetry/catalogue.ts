// Every metric of the house: its type, its labels, its help. A name that is not here cannot be counted. Pure.
// Names are part of the contract (dashboards and alerts know them): never rename one.

/** Put before every name in the exposition. */
export const METRIC_PREFIX = "sluice_";

interface CounterMetric {
  type: "counter";
  labels: readonly string[];
  help: string;
}

/** `combine`: how the values that several sources report for the same labels become one. */
interface GaugeMetric {
  type: "gauge";
  labels: readonly string[];
  help: string;
  combine: "sum" | "max";
}

/** `buckets`: upper bounds in ascending order; `+Inf` is understood. */
interface HistogramMetric {
  type: "histogram";
  labels: readonly string[];
  help: string;
  buckets: readonly number[];
}

/** What is known of one metric. */
export type Metric = CounterMetric | GaugeMetric | HistogramMetric;

/** Seconds that one waits for an upstream: from a warm cache nearby to the longest deadline. */
const WAIT_SECONDS = [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2.5, 5, 10] as const;

/** Seconds from receipt to delivery: 3 are promised, and an outage lasts hours. */
const DELAY_SECONDS = [0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5, 10, 60, 600, 3_600, 86_400] as const;

/** By name, without the prefix. */
export const CATALOGUE = {
  visit_total: {
    type: "counter",
    labels: ["outcome", "network", "cache"],
    help: "Visits redirected or answered unknown_store, by outcome, serving network and where the link came from.",
  },
  visit_rejected_total: {
    type: "counter",
    labels: ["code"],
    help: "Visits refused before any store was looked up, by error code.",
  },
  visit_seconds: {
    type: "histogram",
    labels: [],
    help: "Time that uncached visits waited for their link, in seconds.",
    buckets: WAIT_SECONDS,
  },
  upstream_requests_total: {
    type: "counter",
    labels: ["upstream", "operation", "status"],
    help: "Calls to upstreams, by operation and by HTTP status or kind of failure.",
  },
  upstream_seconds: {
    type: "histogram",
    labels: ["upstream"],
    help: "Time from the start of an upstream call to the end of its body, in seconds.",
    buckets: WAIT_SECONDS,
  },
  visitor_pending: {
    type: "gauge",
    labels: [],
    help: "Visitors' attributes that wait to be delivered.",
    combine: "sum",
  },
  visitor_delivery_delay_seconds: {
    type: "histogram",
    labels: [],
    help: "Time from the receipt of a visitor's attribute to its delivery, in seconds.",
    buckets: DELAY_SECONDS,
  },
  segment_pending: {
    type: "gauge",
    labels: ["verb"],
    help: "Membership changes on disk that are not yet at Split.",
    combine: "sum",
  },
  segment_oldest_pending_seconds: {
    type: "gauge",
    labels: [],
    help: "Age of the oldest membership change that is not yet at Split, in seconds.",
    combine: "max",
  },
  segment_calls_total: {
    type: "counter",
    labels: ["verb", "status"],
    help: "Calls that send keys to Split, by verb and by HTTP status or kind of failure.",
  },
  segment_keys_total: {
    type: "counter",
    labels: ["verb"],
    help: "Keys that Split took.",
  },
  segment_ignored_total: {
    type: "counter",
    labels: ["reason"],
    help: "Membership changes that were acknowledged and not taken, such as attribute updates and profiles without MPID.",
  },
  visitor_log_events_dropped_total: {
    type: "counter",
    labels: [],
    help: "Events for the customer's own log that were given up.",
  },
  parked: {
    type: "gauge",
    labels: ["system", "reason"],
    help: "What was set aside and not yet replayed: queue messages, quarantined pushes, refused attributes, deliveries of webhooks.",
    combine: "sum",
  },
  credentials_failing: {
    type: "gauge",
    labels: ["name"],
    help: "1 while an upstream refuses these credentials, else 0.",
    combine: "max",
  },
  job_last_success_timestamp_seconds: {
    type: "gauge",
    labels: ["job"],
    help: "When a job last ended well, in seconds since 1970.",
    combine: "max",
  },
} as const satisfies Record<string, Metric>;

/** A metric's name, without the prefix. */
export type MetricName = keyof typeof CATALOGUE;

type NamesOf<T extends Metric["type"]> = {
  [N in MetricName]: (typeof CATALOGUE)[N]["type"] extends T ? N : never;
}[MetricName];

/** Names of metrics that only grow; adding to a histogram records one observation. */
export type CountedName = NamesOf<"counter" | "histogram">;

/** Names of metrics that are set. */
export type GaugeName = NamesOf<"gauge">;

/** The metric of a name that may come from another version of the code. */
export function metricOf(name: string): Metric | undefined {
  return Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name as MetricName] : undefined;
}
