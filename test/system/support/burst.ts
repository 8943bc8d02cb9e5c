// Many visits at once over kept connections: what was answered, by click id.
import { Agent, request } from "node:http";

/** Makes `total` visits of `paths` in turn, `connections` at a time; answers the click id of every 302, and other statuses. */
export async function burst(
  origin: string,
  paths: readonly string[],
  total: number,
  connections: number,
): Promise<{ clickIds: string[]; otherStatuses: number[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const clickIds: string[] = [];
  const otherStatuses: number[] = [];
  let next = 0;
  const visitor = async () => {
    while (next < total) {
      const path = paths[next++ % paths.length] ?? "/";
      const { status, clickId } = await visit(agent, `${origin}${path}`);
      if (status === 302 && clickId !== undefined) clickIds.push(clickId);
      else otherStatuses.push(status);
    }
  };
  await Promise.all(Array.from({ length: connections }, visitor));
  agent.destroy();
  return { clickIds, otherStatuses };
}

function visit(agent: Agent, url: string): Promise<{ status: number; clickId: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0" };
    const outgoing = request(url, { agent, headers }, (incoming) => {
      incoming.resume();
      incoming.once("end", () => {
        const clickId = incoming.headers["x-clickout-id"];
        resolve({ status: incoming.statusCode ?? 0, clickId: typeof clickId === "string" ? clickId : undefined });
      });
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}
