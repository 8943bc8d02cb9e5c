// The demo's sources against doors that come late, go away and come back: they find their way without help.
import { expect, it } from "vitest";
import { audienceSteps } from "./demo-audiences.ts";
import { visitorSteps } from "./demo-visitors.ts";
import { demoAudiences, demoMaxymiser, demoSplit } from "./demo.ts";
import { fieldsOf } from "./json-fields.ts";
import { seeded } from "./seeded.ts";

const REGISTRATION = {
  audience_processing_registration: {
    account_settings: Object.keys(demoSplit).map((id) => ({ id })),
    audience_subscription_settings: [{ id: "segmentName", visible: false }],
  },
};

/** A Worker whose doors answer as `door` says; it notes path, key and body of every call. */
function worker(door: { status: number }) {
  const calls: { path: string; key: string | null; body: Map<string, unknown> }[] = [];
  const outlet = {
    origin: "https://sluice.test",
    key: "slk_demo",
    fetch: async (request: Request) => {
      const body = fieldsOf(await request.json());
      calls.push({ path: new URL(request.url).pathname, key: request.headers.get("Authorization"), body });
      return Response.json(REGISTRATION, { status: door.status });
    },
    wait: async () => undefined,
    now: () => Date.UTC(2026, 10, 21),
    random: seeded(1),
  };
  return { calls, outlet };
}

async function times(count: number, step: () => Promise<boolean>): Promise<boolean[]> {
  const taken = [];
  for (let i = 0; i < count; i += 1) taken.push(await step());
  return taken;
}

it("mParticle asks until the door stands, subscribes every audience once, then sends changes with its key", async () => {
  const door = { status: 404 };
  const { calls, outlet } = worker(door);
  const step = audienceSteps(outlet);
  expect(await times(3, step)).toEqual([false, false, false]);
  expect(calls.map(({ body }) => body.get("type"))).toEqual(Array(3).fill("module_registration_request"));
  door.status = 200;
  expect(await times(1 + demoAudiences.length + 1, step)).not.toContain(false);
  expect(calls.slice(4, 8).map(({ body }) => body.get("audience_id"))).toEqual(demoAudiences.map(({ id }) => id));
  expect(calls.at(-1)).toMatchObject({ path: "/mparticle", key: "Token slk_demo" });
  expect(calls.at(-1)?.body.get("type")).toBe("audience_membership_change_request");
});

it("mParticle that was refused is resumed, and subscribes what was not taken", async () => {
  const door = { status: 200 };
  const { calls, outlet } = worker(door);
  const step = audienceSteps(outlet);
  await times(2, step);
  door.status = 401;
  expect(await times(2, step)).toEqual([false, false]);
  door.status = 200;
  await times(3, step);
  const asked = calls.slice(1).map(({ body }) => body.get("audience_id"));
  expect(asked).toEqual([4101, 4102, 4102, 4102, 4103, 4104]);
});

it("the DMP posts pixels of the demo's site with its key, whether or not somebody is there", async () => {
  const door = { status: 404 };
  const { calls, outlet } = worker(door);
  const step = visitorSteps(outlet);
  expect(await times(2, step)).toEqual([false, false]);
  door.status = 200;
  expect(await times(2, step)).toEqual([true, true]);
  expect(calls).toHaveLength(4);
  expect(calls[3]).toMatchObject({ path: "/receive_data/mm", key: "Bearer slk_demo" });
  expect(JSON.stringify(calls[3]?.body.get("Pixels"))).toContain(`mmSiteId=${demoMaxymiser.siteId}`);
});
