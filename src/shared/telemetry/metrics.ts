// The way to the one `Metrics` object.
import type { MetricsDoor } from "./counters.ts";

/** The doors of `Metrics`, by RPC. Take them anew for each use: a stub that met a failure stays broken. */
export function metricsDoor(env: Pick<Env, "METRICS">): MetricsDoor {
  // The generated binding does not know its class: naming it here would make every reader import the object.
  return env.METRICS.getByName("metrics") as unknown as MetricsDoor;
}
