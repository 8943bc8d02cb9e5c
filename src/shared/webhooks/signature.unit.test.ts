// Signatures against two that know nothing of ours: node:crypto, and the specification's own library.
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { newSecret, signatureHeaders } from "./signature.ts";

const BODY =
  '{"type":"segment.nearly_full","timestamp":"2026-11-21T12:00:00Z","data":{"segmentId":"é","members":95000}}';
const signed = { id: "msg_0123456789abcdef", atMs: Date.now(), body: BODY };

function byNode(secret: string, seconds: number): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(`${signed.id}.${seconds}.${BODY}`).digest("base64")}`;
}

test("the vector of the specification's library comes out", async () => {
  // Computed once with node:crypto over these very bytes.
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = '{"test": 2432232314}';
  const headers = await signatureHeaders({ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", atMs: 1_614_265_330_999, body }, [
    secret,
  ]);
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("a secret is `whsec_` and 32 bytes of chance", () => {
  const secret = newSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSecret()).not.toBe(secret);
});

test("both secrets of a rotation sign, the newest first, and either convinces a receiver", async () => {
  const [present, previous] = [newSecret(), newSecret()];
  const headers = await signatureHeaders(signed, [present, previous]);
  const seconds = Math.floor(signed.atMs / 1_000);
  expect(headers["webhook-signature"]).toBe(`${byNode(present, seconds)} ${byNode(previous, seconds)}`);
  for (const secret of [present, previous]) {
    expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  }
  expect(() => new Webhook(newSecret()).verify(BODY, headers)).toThrow("No matching signature");
});

test("what was changed on its way convinces nobody", async () => {
  const secret = newSecret();
  const headers = await signatureHeaders(signed, [secret]);
  const receiver = new Webhook(secret);
  expect(() => receiver.verify(BODY.replace("95000", "95001"), headers)).toThrow("No matching signature");
  expect(() => receiver.verify(BODY, { ...headers, "webhook-id": "msg_other" })).toThrow("No matching signature");
});
