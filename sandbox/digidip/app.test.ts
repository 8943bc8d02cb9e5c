// Holds the simulated digidip to its protocol; it must never reach the network.
import { expect, it } from "vitest";
import { createDigidip } from "./app.ts";

const product = "https://a.example/p?x=%C3%A7&y=1#t";

it("redirects to the destination whole, by path or by host", async () => {
  const { app } = createDigidip();
  const query = `url=${encodeURIComponent(product)}&ref=k1`;
  const hosts = [`/sluice/visit?${query}`, `https://sluice.digidip.net/visit?${query}`];
  for (const address of hosts) {
    const response = await app.request(address);
    expect(response.status).toBe(302);
    expect(response.headers.get("Location")).toBe(product);
  }
});

it.each(["javascript:alert(1)", "data:text/html,x", "not a url", ""])("refuses %j with an HTML page", async (url) => {
  const response = await createDigidip().app.request(`/sluice/visit?url=${encodeURIComponent(url)}`);
  expect(response.status).toBe(400);
  expect(response.headers.get("Content-Type")).toContain("text/html");
});

it("knows neither another account nor another path", async () => {
  const { app } = createDigidip();
  const query = `url=${encodeURIComponent(product)}`;
  expect((await app.request(`/other/visit?${query}`)).status).toBe(404);
  expect((await app.request(`/sluice/hop?${query}`)).status).toBe(404);
});

it("records the account, the destination and the ref of each call", async () => {
  const { app, requests } = createDigidip({ now: () => 7 });
  await app.request("/sluice/visit?url=https%3A%2F%2Fa.example%2F&ref=k1", { method: "HEAD" });
  expect(requests).toEqual([
    {
      method: "HEAD",
      path: "/sluice/visit",
      query: { url: "https://a.example/", ref: "k1" },
      at: 7,
    },
  ]);
});
