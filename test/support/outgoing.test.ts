// The way out of a test: the sandbox, and nothing else.
import { expect, test } from "vitest";
import { demoMaxymiser, demoSplit } from "../../sandbox/demo.ts";
import { sdtSource } from "../../sandbox/sdt/source.ts";
import { seeded } from "../../sandbox/seeded.ts";
import { SANDBOX_ORIGIN, sandbox, takeRefused } from "./outgoing.ts";

test("requests to the sandbox's origin meet its simulators", async () => {
  const response = await fetch(`${SANDBOX_ORIGIN}/awin/no-such-path`);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(sandbox().simulators.awin.requests.map(({ path }) => path)).toEqual(["/no-such-path"]);
});

test("segments and profiles can be written from here, and looked at", async () => {
  const { apiKey, workspaceId, environmentId, trafficTypeId } = demoSplit;
  const split = (method: string, path: string, body?: object) =>
    fetch(`${SANDBOX_ORIGIN}/split/internal/api/v2/segments/${path}`, {
      method,
      headers: { Authorization: `Bearer ${apiKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  await split("POST", `ws/${workspaceId}/trafficTypes/${trafficTypeId}`, { name: "s_vip" });
  await split("POST", `${environmentId}/s_vip`, {});
  await split("PUT", `${environmentId}/s_vip/uploadKeys?replace=false`, { keys: ["-7", "8"] });
  expect(sandbox().simulators.split.members(environmentId, "s_vip")).toEqual(new Set(["-7", "8"]));
  expect(await (await split("GET", `${environmentId}/s_vip/keys?limit=1`)).json()).toMatchObject({ count: 2 });

  const { username, password, clientId, clientSecret } = demoMaxymiser.credentials;
  const minted = await fetch(`${SANDBOX_ORIGIN}/maxymiser/eu/oauth2/v1/tokens`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: "password", username, password }),
  });
  const { access_token: token } = (await minted.json()) as { access_token: string };
  const site = encodeURIComponent(demoMaxymiser.siteId);
  await fetch(`${SANDBOX_ORIGIN}/maxymiser/eu/api/v1/sites/${site}/customer-profiles/a%2Fb%25`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify({ tier: "gold" }),
  });
  expect(sandbox().simulators.maxymiser.attributes(demoMaxymiser.siteId, "a/b%")).toEqual({ tier: "gold" });
});

test("a source runs here as it does in Node", async () => {
  const source = sdtSource({
    url: `${SANDBOX_ORIGIN}/awin/nowhere`,
    fetch: (request) => fetch(request),
    wait: async () => undefined,
    sites: [{ id: demoMaxymiser.siteId, attributes: ["tier"] }],
    now: () => 1_700_000_000_000,
    random: seeded(1),
  });
  expect(await source.send(source.draw(2))).toMatchObject({ taken: false, status: 404, tries: 1 });
});

test("each test has a sandbox of its own", () => {
  expect(sandbox().simulators.awin.requests).toEqual([]);
});

test("a request to anywhere else throws and is remembered, even where the throw is swallowed", async () => {
  await fetch("https://api.awin.com/x", { method: "POST" }).catch(() => null);
  expect(takeRefused()).toEqual(["POST https://api.awin.com/x"]);
});

test("a caller's deadline ends a request", async () => {
  await expect(fetch(`${SANDBOX_ORIGIN}/awin/`, { signal: AbortSignal.abort() })).rejects.toThrow();
});
