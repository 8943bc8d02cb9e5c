// The operator's doors of a store's relations, and of the networks themselves.
import { describe, expect, it } from "vitest";
import { makeStore, operator, START_MS } from "../../../test/support/operator.ts";

const STORES = "/api/clickouts/stores";

describe("relations", () => {
  it("are added, changed and removed", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    const path = `${STORES}/${storeId}/networks`;
    const added = await by.call("POST", path, { network: "rakuten", externalId: "43984" });
    expect(added).toMatchObject({ status: 201, json: { network: "rakuten", externalId: "43984", state: "joined" } });
    const one = `${path}/${added.json.relationId}`;
    by.setNow(START_MS + 1_000);
    expect((await by.call("PATCH", one, { state: "left" })).json).toMatchObject({
      state: "left",
      since: "2026-11-21T12:00:01Z",
    });
    expect((await by.call("PATCH", one, { externalId: "7" })).json).toMatchObject({ externalId: "7", state: "left" });
    expect((await by.call("DELETE", one)).status).toBe(204);
    expect((await by.call("DELETE", one)).status).toBe(404);
  });

  it("that a rule needs stay, as long as nothing else serves its network", async () => {
    const by = operator();
    const { storeId, networks } = await makeStore(by);
    const path = `${STORES}/${storeId}/networks`;
    const one = `${path}/${networks[0]!.relationId}`;
    expect(await by.call("DELETE", one)).toMatchObject({ status: 409, json: { code: "relation_in_use" } });
    await by.call("POST", path, { network: "awin", externalId: "18000" });
    expect((await by.call("DELETE", one)).status).toBe(204);
  });

  it("exist once", async () => {
    const by = operator();
    const { storeId, networks } = await makeStore(by);
    const path = `${STORES}/${storeId}/networks`;
    const again = await by.call("POST", path, { network: "awin", externalId: "17648" });
    expect(again).toMatchObject({ status: 409, json: { code: "relation_exists" } });
    const other = await by.call("POST", path, { network: "awin", externalId: "2" });
    const moved = await by.call("PATCH", `${path}/${other.json.relationId}`, { externalId: "17648" });
    expect(moved).toMatchObject({ status: 409, json: { code: "relation_exists" } });
    expect((await by.call("POST", `${STORES}/99/networks`, { network: "awin", externalId: "1" })).status).toBe(404);
    expect((await by.call("PATCH", `${STORES}/99/networks/${networks[0]!.relationId}`, { state: "left" })).status).toBe(
      404,
    );
  });
});

describe("networks", () => {
  it("are listed with their credentials and circuits, and switched", async () => {
    const by = operator();
    const list = (await by.call("GET", "/api/clickouts/networks")).json;
    expect(list.nextCursor).toBeNull();
    expect(list.items).toHaveLength(6);
    expect(list.items[1]).toEqual({
      networkId: 2,
      name: "awin",
      enabled: true,
      credentials: "missing",
      circuit: "closed",
      lastError: null,
      lastRunAt: null,
    });
    expect(list.items[2]).toMatchObject({ name: "direto", credentials: "ok" });
    expect((await by.call("PATCH", "/api/clickouts/networks/awin", { enabled: false })).json).toMatchObject({
      enabled: false,
    });
    expect((await by.call("GET", "/api/clickouts/networks")).json.items[1].enabled).toBe(false);
    expect((await by.call("PATCH", "/api/clickouts/networks/zanox", { enabled: false })).status).toBe(400);
    const csv = await by.call("GET", "/api/clickouts/networks.csv");
    expect(csv.text.split("\r\n")[2]).toBe("2,awin,false,missing,closed,,");
  });
});
