// The six networks as the operator sees and switches them.
import { isoTime } from "../../../src/shared/clock.ts";
import { lastEnded } from "../../../src/shared/jobs/list.ts";
import { credentialSummaries } from "../../../src/shared/vault/credentials.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { NETWORK_IDS, NETWORKS } from "../networks.ts";
import type { LinkNetwork, Network } from "../networks.ts";
import type { NetworkView } from "./schema.ts";
import { announce, audited } from "../service.ts";
import type { Operation } from "../service.ts";

/** Networks that are called for links: only these have a circuit. */
const CALLED: ReadonlySet<string> = new Set<LinkNetwork>(["afilio", "lomadee", "magazinevoce"]);

interface CircuitDoor {
  state(): Promise<{ circuit: NetworkView["circuit"]; lastError: string | null }>;
}

async function circuitOf(env: Env, name: Network): Promise<Pick<NetworkView, "circuit" | "lastError">> {
  if (!CALLED.has(name)) return { circuit: "closed", lastError: null };
  try {
    return await (env.NETWORK_LINKS.getByName(name) as unknown as CircuitDoor).state();
  } catch (error) {
    log("network_state_failed", { level: "warn", network: name, error });
    return { circuit: "closed", lastError: "The object that keeps this network's links did not answer." };
  }
}

/** All networks by id. */
export async function listNetworks(op: Operation): Promise<NetworkView[]> {
  const [enabled, summaries, lastRuns, circuits] = await Promise.all([
    op.data.enabledNetworks(op.db),
    credentialSummaries(op.db),
    lastEnded(op.db, "transactions", "clickouts", NETWORKS),
    Promise.all(NETWORKS.map((name) => circuitOf(op.env, name))),
  ]);
  return NETWORKS.map((name, i) => {
    const credential = summaries.find((summary) => summary.name === name);
    const { circuit, lastError } = circuits[i]!;
    const lastRun = lastRuns.get(name);
    const missing = credential === undefined && name !== "direto";
    return {
      networkId: NETWORK_IDS[name],
      name,
      enabled: enabled.get(name)!,
      credentials: missing ? "missing" : credential?.lastError ? "failing" : "ok",
      circuit,
      lastError: lastError ?? credential?.lastError ?? null,
      lastRunAt: lastRun === undefined ? null : isoTime(lastRun),
    };
  });
}

/** Switches a network on or off for all stores. */
export async function changeNetwork(op: Operation, name: Network, enabled: boolean): Promise<NetworkView> {
  const before = (await op.data.enabledNetworks(op.db)).get(name);
  if (before !== enabled) {
    await op.data.setEnabled(
      op.db,
      name,
      enabled,
      audited(op, "network.change", `network:${name}`, { enabled: before }, { enabled }),
    );
    await announce(op);
  }
  return (await listNetworks(op)).find((view) => view.name === name)!;
}
