// The promise of `/visit` without a cached link: however slow the networks are, the shopper waits no longer than the deadline.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createSandbox, sandboxVars } from "../sandbox/apps.ts";
import { bridgedServer } from "../sandbox/bridge.ts";
import { seed } from "../scripts/seed.ts";
import budget from "./budget.json" with { type: "json" };
import { openHouse } from "./house.ts";
import { note, verdict } from "./verdict.ts";

const VISITS = 20;
const TOGETHER = 4;

/** Makes every network with an API hang, and visits stores that need them. */
export async function deadlineBench(): Promise<void> {
  const sandbox = createSandbox();
  const server = bridgedServer((request) => sandbox.app.fetch(request));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const house = await openHouse(false, sandboxVars(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  try {
    await seed(house.origin, house.adminToken);
    const { lomadee, afilio, magazineluiza } = sandbox.simulators;
    for (const simulator of [lomadee, afilio, magazineluiza]) simulator.faults.set({ mode: "hang" });
    const tookMs: number[] = [];
    const visit = async (n: number) => {
      const shop = ["www.magazineluiza.com.br/promo", "farmaciaboaprosa.example", "cafeserrafria.example"][n % 3];
      const startedAt = performance.now();
      const url = `${house.origin}/visit?url=${encodeURIComponent(`https://${shop}/produto-${n}`)}`;
      const { status } = await fetch(url, { redirect: "manual" });
      tookMs.push(performance.now() - startedAt);
      if (status !== 302) throw new Error(`a visit was answered ${status}`);
    };
    for (let n = 0; n < VISITS; n += TOGETHER) {
      await Promise.all(Array.from({ length: TOGETHER }, (_, m) => visit(n + m)));
    }
    const longestMs = Math.round(Math.max(...tookMs));
    const promised = budget.deadline.longestMs;
    verdict("visit, networks that hang, longest answer", `${longestMs} ms`, `<= ${promised} ms`, longestMs <= promised);
    note(`all answers, ms: ${tookMs.map(Math.round).join(" ")}`);
  } finally {
    await house.close();
    server.close();
    server.closeAllConnections();
  }
}
