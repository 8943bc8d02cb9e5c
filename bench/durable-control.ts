// The control of what an intake costs: a Worker that writes each posted body as one row of one of N Durable Objects and answers
// when it is on disk: one HTTP body read as text, one call, one row, one answer, over as many connections as what it is
// compared with. It checks, parses and sorts nothing, so its row and its call hold the whole body.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { freePort } from "../scripts/ports.ts";
import { runtimes } from "./cpu.ts";

const HOST = "127.0.0.1";

const script = (objects: number) => `
import { DurableObject } from "cloudflare:workers";
export class Disk extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
  }
  async put(body) {
    this.ctx.storage.sql.exec("INSERT INTO row (body) VALUES (?)", body);
  }
}
let next = 0;
export default {
  async fetch(request, env) {
    await env.DISK.getByName(String(next++ % ${objects})).put(await request.text());
    return new Response("{}");
  },
};`;

/** Starts it over so many objects, whose disk lies in the directory `under`. */
export async function openDurableControl(
  objects: number,
  under: string,
): Promise<{ port: number; runtimePid: number | null; close: () => Promise<void> }> {
  const root = mkdtempSync(join(under, "sluice-bench-control-"));
  const port = await freePort();
  const options = {
    logRequests: false,
    cf: false,
    resourcePersistencePath: root,
    workers: [
      {
        name: "control",
        modules: true,
        script: script(objects),
        compatibilityDate: "2026-11-01",
        durableObjects: { DISK: { className: "Disk", useSQLite: true } },
        unsafeDirectSockets: [{ host: HOST, port }],
      },
    ],
  };
  const before = runtimes();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions(options as unknown as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
  await miniflare.ready;
  return {
    port,
    runtimePid: runtimes().find((pid) => !before.includes(pid)) ?? null,
    close: async () => {
      await miniflare.dispose();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
