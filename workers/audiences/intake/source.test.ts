// The simulated mParticle talks to the doors: by its own protocol, twice, in disorder, while buffers fail. It alone knows who is in.
import { expect, test } from "vitest";
import { demoSplit } from "../../../sandbox/demo.ts";
import { mparticleSource } from "../../../sandbox/mparticle/source.ts";
import { seeded } from "../../../sandbox/seeded.ts";
import { START_MS, openDoors } from "../../../test/support/audiences.ts";
import type { MemoryBuffer } from "../../../test/support/audiences.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { keyWith } from "../../../test/support/operator.ts";

const AUDIENCES = [
  { id: 4101, name: "High value / BR" },
  { id: 4102, name: "High value & BR" },
  { id: 4103, name: "Carrinho abandonado" },
];

const inside = (buffer: MemoryBuffer) =>
  new Set([...buffer.members].filter(([, [verb]]) => verb === "add").map(([mpid]) => mpid));

test.each([1, 2, 3])(
  "seed %i: every acknowledged change is on disk, and the newest of each person holds",
  async (seed) => {
    const doors = openDoors();
    const random = seeded(seed);
    const source = mparticleSource({
      fetch: (request) => {
        // Now and then a disk refuses: the whole message comes again.
        if (random() < 0.1) [...doors.objects.buffers.values()].at(-1)?.failures.push(new Error("disk"));
        return doors.fetch(request);
      },
      wait: async () => {},
      url: "https://sluice.test/mparticle",
      token: await keyWith(`audiences:ingest:${demoSplit.workspaceId}`),
      account: { id: "split", settings: demoSplit },
      audiences: AUDIENCES,
      now: () => START_MS,
      random,
    });
    expect(await source.register()).toMatchObject({ status: 200 });
    for (const { id } of AUDIENCES) expect(await source.subscribe(id)).toMatchObject({ status: 200 });
    await source.burst({ messages: 40, profiles: [1, 50], duplicates: 0.3 });
    expect(await source.heartbeat()).toMatchObject({ status: 200 });
    expect(source.complaints).toEqual([]);
    expect([source.state(), source.lost]).toEqual(["sending", []]);
    const names = AUDIENCES.map(({ id }) => source.settings(id)["segmentName"]!);
    expect(names).toEqual(["sHigh_value___BR_4101", "sHigh_value___BR_4102", "sCarrinho_abandonado_4103"]);
    for (const [n, { id }] of AUDIENCES.entries()) {
      expect(source.members(id).size).toBeGreaterThan(20);
      expect(inside(doors.objects.named(names[n]!)!)).toEqual(source.members(id));
    }
    expect(await source.unsubscribe(4101)).toMatchObject({ status: 200 });
    expect(doors.objects.named(names[0]!)!.wish?.[0]).toBe("deleted");
    expect(doors.objects.tenant(demoSplit.workspaceId).offers).toEqual([demoSplit.apiKey]);
    takeLog();
  },
);
