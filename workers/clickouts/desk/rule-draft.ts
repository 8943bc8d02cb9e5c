// The order of networks that a page of a rule shows: the rule's own, or what its address asks for. Pure.
import { NETWORKS } from "../networks.ts";
import type { Network } from "../networks.ts";

const isNetwork = (text: string): text is Network => (NETWORKS as readonly string[]).includes(text);

/**
 * The networks of `order` (or of the rule where it says nothing), moved by `move` (`awin up`), without `remove`, with `add` at
 * the end. What is no network is left out, and none comes twice.
 */
export function draftOf(query: URLSearchParams, rule: readonly Network[]): Network[] {
  const asked = [...new Set(query.getAll("order").flatMap((text) => text.split(",")))].filter(isNetwork);
  let order: Network[] = query.has("order") || query.has("add") ? asked : [...rule];
  const [, moved, direction] = /^(\w+) (up|down)$/.exec(query.get("move") ?? "") ?? [];
  const from = order.findIndex((network) => network === moved);
  const to = direction === "up" ? from - 1 : from + 1;
  if (from !== -1 && to >= 0 && to < order.length) order = order.with(from, order[to]!).with(to, order[from]!);
  order = order.filter((network) => network !== query.get("remove"));
  const added = query.get("add") ?? "";
  if (isNetwork(added) && !order.includes(added)) order.push(added);
  return order;
}
