// Holds the simulated partner site to its address conventions; it must never reach the network.
import { expect, it } from "vitest";
import { createMagazineVoce } from "./app.ts";

it.each([
  ["/magazinesluice/fone-x/p/238112200/te/fone/", 200],
  ["/magazinesluice/p/gk0h8a3b2c/", 200],
  ["/magazinesluice/p/gk0h8a3b2c", 200],
  ["/magazinesluice/busca/fone/", 200],
  ["/magazinesluice/", 200],
  ["/magazinesluice/promo/fone-x", 404],
  ["/magazinesluice/p/", 404],
  ["/magazineother/p/238112200/", 404],
])("%s answers %i", async (path, status) => {
  const { app } = createMagazineVoce();
  expect((await app.request(path)).status).toBe(status);
  expect((await app.request(path, { method: "HEAD" })).status).toBe(status);
});
