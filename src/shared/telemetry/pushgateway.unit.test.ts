// What a Pushgateway is sent, and what is told when it refuses.
import { expect, test } from "vitest";
import { pushExposition } from "./pushgateway.ts";

const gateway = (status: number, body = "") => {
  const got: { method: string; url: string; type: string | null; body: string }[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const { method, url, headers } = request;
    got.push({ method, url, type: headers.get("Content-Type"), body: await request.text() });
    return new Response(body, { status });
  };
  return { got, deps: { fetch: fetch as typeof globalThis.fetch, clock: () => 0 } };
};

test("a push replaces the group of the job sluice with the whole exposition", async () => {
  const { got, deps } = gateway(200);
  expect(await pushExposition("https://push.example", "sluice_parked 0\n", deps)).toBeNull();
  expect(got).toEqual([
    {
      method: "PUT",
      url: "https://push.example/metrics/job/sluice",
      type: "text/plain; version=0.0.4; charset=utf-8",
      body: "sluice_parked 0\n",
    },
  ]);
});

test("a refusal is told in the gateway's words", async () => {
  const { deps } = gateway(400, "pushed metrics are invalid or inconsistent");
  expect(await pushExposition("https://push.example", "x\n", deps)).toContain("inconsistent");
});
