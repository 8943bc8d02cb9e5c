// A house with a site of visitors for its benches: the built Worker, a Maxymiser beside it, and who posts to its door.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { createSandbox, sandboxVars } from "../sandbox/apps.ts";
import { bridgedServer } from "../sandbox/bridge.ts";
import { demoMaxymiser } from "../sandbox/demo.ts";
import { openHouse } from "./house.ts";
import type { BenchHouse } from "./house.ts";

const { siteId, credentials } = demoMaxymiser;
/** Connections are opened as they are needed: a post must not wait for another's answer. */
const MAX_CONNECTIONS = 1_000;
/** Where there is a disk of memory it is used, by the control too: in production each object has a disk of its own. */
const MEMORY = "/dev/shm";

/** Where the databases lie: `BENCH_DISK`, else memory. */
export const DISK = process.env["BENCH_DISK"] ?? (existsSync(MEMORY) ? MEMORY : tmpdir());

/** What a bench of visitors has. */
export interface Bench {
  house: BenchHouse;
  sandbox: ReturnType<typeof createSandbox>;
  post: (body: string) => Promise<number>;
  close: () => Promise<void>;
}

let customers = 0;
/** A customer whom nobody has seen before. */
export const customer = () => `cust-${customers++}`;

/** A post of the DMP with one pixel. */
export function pixelPost(customerId: string): string {
  const PixelUrl = `http://tags.bluekai.com/site/90012?mmSiteId=${siteId}&attributeName=customer_type&attributeValue=vip`;
  const UtcSeconds = Math.floor(Date.now() / 1_000);
  const Pixels = [
    {
      BkUuid: "qX7p2Za/8kLmN4+R",
      IP: "203.0.113.7",
      CampaignId: "204417",
      PartnerUuid: customerId,
      PixelUrl,
      UtcSeconds,
    },
  ];
  return JSON.stringify({ DestinationId: 90_011, PixelCount: 1, Pixels });
}

/** Posts over kept connections; resolves to the status. */
export function poster(port: number, path: string, headers: Record<string, string>) {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  const send = (method: string, body?: string) =>
    new Promise<number>((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port, path, method, agent, headers }, (incoming) => {
        incoming.resume();
        incoming.once("end", () => resolve(incoming.statusCode ?? 0));
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** Starts it with so many shards a site. */
export async function openBench(shards: number): Promise<Bench> {
  const sandbox = createSandbox();
  const server = bridgedServer((incoming) => sandbox.app.fetch(incoming));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const vars = sandboxVars(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const house = await openHouse(false, { ...vars, VISITOR_SHARDS: String(shards) }, () => {}, DISK);
  const door = poster(house.visitPort, "/receive_data/mm", {
    Authorization: `Bearer ${house.adminToken}`,
    "Content-Type": "application/json",
  });
  return {
    house,
    sandbox,
    post: (body) => door.send("POST", body),
    close: async () => {
      door.close();
      await house.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Gives the site its credentials. */
export async function putCredentials({ house }: Bench): Promise<void> {
  const answer = await fetch(`${house.origin}/api/credentials/maxymiser:${siteId}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${house.adminToken}`, "Content-Type": "application/json" },
    body: JSON.stringify(credentials),
  });
  if (!answer.ok) throw new Error(`credentials were answered ${answer.status}`);
}
