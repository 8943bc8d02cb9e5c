// The job `programmes` as it runs in production, day by day, with the operator's doors beside it.
import type { StoreView } from "../../workers/clickouts/catalogue/schema.ts";
import { publish } from "../../workers/clickouts/catalogue/publish.ts";
import { operator, START_MS } from "./operator.ts";
import type { Operator } from "./operator.ts";
import { sandbox } from "./outgoing.ts";
import { pollingHouse } from "./polling.ts";
import type { HouseOptions, PollingHouse } from "./polling.ts";

const DAY_MS = 86_400_000;

/** One house that follows programmes. */
export interface ProgrammesHouse extends PollingHouse {
  by: Operator;
  published: () => number;
  /** Goes on to the next day and runs the job. */
  nextDay(): ReturnType<PollingHouse["run"]>;
  stores(): Promise<StoreView[]>;
  store(domain: string): Promise<StoreView>;
  rules(storeId: number): Promise<{ networks: string[]; cause: string; author: string; open: boolean }[]>;
}

/** Opens the house with awin alone, unless other networks are named. */
export async function programmesHouse(options: HouseOptions = {}): Promise<ProgrammesHouse> {
  let publications = 0;
  const base = await pollingHouse(START_MS, {
    job: "programmes",
    networks: ["awin"],
    ...options,
    publish: async (bindings, deps) => {
      publications += 1;
      await publish(bindings, deps);
    },
  });
  const by = operator();
  const list = async (query = "") => {
    by.setNow(base.clock());
    return (await by.call("GET", `/api/clickouts/stores?limit=500${query}`)).json.items as StoreView[];
  };
  return {
    ...base,
    by,
    published: () => publications,
    async nextDay() {
      sandbox().clock.advance(DAY_MS);
      return await base.run();
    },
    stores: list,
    async store(domain) {
      const [found] = await list(`&domain=${domain}`);
      if (found === undefined) throw new Error(`no store has ${domain}`);
      return found;
    },
    async rules(storeId) {
      const { json } = await by.call("GET", `/api/clickouts/rules?store_id=${storeId}`);
      return json.items.map(
        (one: { networks: { network: string }[]; cause: string; author: string; endedAt: string }) => ({
          networks: one.networks.map(({ network }) => network),
          cause: one.cause,
          author: one.author,
          open: one.endedAt.startsWith("9999"),
        }),
      );
    },
  };
}
