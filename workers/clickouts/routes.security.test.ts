// Who may use the operator's doors of clickouts.
import { describe, expect, it } from "vitest";
import { keyWith, operator } from "../../test/support/operator.ts";

const READS = [
  "/rule?store_id=1",
  "/api/clickouts/stores",
  "/api/clickouts/stores.csv",
  "/api/clickouts/stores/1",
  "/api/clickouts/networks",
  "/api/clickouts/networks.csv",
  "/api/clickouts/rules",
  "/api/clickouts/rules.csv",
  "/api/clickouts/visits",
  "/api/clickouts/visits.csv",
  "/api/clickouts/explain?url=https://a.example/",
  "/api/clickouts/transactions",
  "/api/clickouts/transactions.csv",
  "/api/clickouts/report?group_by=store",
  "/api/clickouts/report.csv?group_by=store",
];
const WRITES: [method: string, path: string][] = [
  ["POST", "/rule"],
  ["POST", "/api/clickouts/stores"],
  ["PATCH", "/api/clickouts/stores/1"],
  ["DELETE", "/api/clickouts/stores/1"],
  ["POST", "/api/clickouts/stores/1/networks"],
  ["PATCH", "/api/clickouts/stores/1/networks/1"],
  ["DELETE", "/api/clickouts/stores/1/networks/1"],
  ["PATCH", "/api/clickouts/networks/awin"],
  ["DELETE", "/api/clickouts/rules/1"],
  ["PUT", "/api/clickouts/stores.csv"],
];

describe("without a key", () => {
  it.each([...READS.map((path): [string, string] => ["GET", path]), ...WRITES])(
    "%s %s is 401",
    async (method, path) => {
      const answer = await operator(null).call(method, path, method === "GET" || method === "DELETE" ? undefined : {});
      expect(answer).toMatchObject({ status: 401, json: { code: "unauthorized" } });
      expect(answer.headers.get("WWW-Authenticate")).toContain("Bearer");
    },
  );

  it("/status answers", async () => expect((await operator(null).call("GET", "/status")).status).toBe(200));
});

describe("a key", () => {
  it("that may only read writes nothing", async () => {
    const reader = operator(`Bearer ${await keyWith("clickouts:read")}`);
    for (const [method, path] of WRITES) {
      expect(await reader.call(method, path, method === "DELETE" ? undefined : {}), path).toMatchObject({
        status: 403,
      });
    }
  });

  it("that may only write reads nothing", async () => {
    const writer = operator(`Bearer ${await keyWith("clickouts:write")}`);
    for (const path of READS) expect(await writer.call("GET", path), path).toMatchObject({ status: 403 });
  });

  it("of another system does neither", async () => {
    const stranger = operator(`Bearer ${await keyWith("campaigns:read", "campaigns:write")}`);
    expect((await stranger.call("GET", READS[1]!)).status).toBe(403);
    expect((await stranger.call("POST", "/rule", {})).status).toBe(403);
  });

  it("is taken bare on /rule only", async () => {
    const bare = operator(await keyWith("clickouts:read"));
    expect((await bare.call("GET", "/rule?store_id=1")).status).toBe(404);
    expect((await bare.call("GET", "/api/clickouts/stores")).status).toBe(401);
  });
});
