// Webhooks by clicking, against a receiver on this machine: added, told of a segment that becomes nearly full, replayed, gone,
// enabled and replayed again; and the page of one in every look.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../system/support/clock.ts";
import { segmentsOf } from "../system/support/segments.ts";
import { expectSound } from "./support/look.ts";
import { Readers, clickThrough } from "./support/reader.ts";

const SEGMENT = "s_high_value_BR_4102";

const readers = new Readers();
const { house } = readers;
const { segment, put, drained } = segmentsOf(house);
const received: { headers: Record<string, string>; body: string }[] = [];
let status = 200;

const receiver = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (part: string) => (body += part));
  request.on("end", () => {
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(status).end("thank you");
  });
});

beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await Promise.all([once(receiver, "listening"), readers.open()]);
});
afterAll(async () => {
  receiver.close();
  receiver.closeAllConnections();
  await readers.close();
});

const came = (n: number) =>
  until(
    async () => received.length,
    (seen) => seen >= n,
  );

interface Item {
  id: string;
  state: string;
  parked: number;
}
const webhook = async () => (JSON.parse((await house.call("/api/webhooks")).text) as { items: Item[] }).items[0]!;

test("a webhook is added, told, replayed, found gone, enabled and told again", async () => {
  const page = await (await readers.reader()).newPage();
  await page.goto(`${readers.origin}/console`);
  await clickThrough(page, ".rail .item:has-text('Webhooks')");
  await page.fill("[name=url]", "https://10.0.0.1/");
  await page.check("[value='segment.nearly_full']");
  await clickThrough(page, "form.form > button.primary");
  expect(await page.textContent("#field-url-wrong")).toBe("must lead to a public host name");
  await page.fill("[name=url]", `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);
  await page.fill("[name=description]", "CRM");
  await clickThrough(page, "form.form > button.primary");
  const secret = (await page.textContent(".result code")) ?? "";
  expect(secret).toMatch(/^whsec_/);
  await clickThrough(page, "main .button.primary");
  expect(await page.textContent("h1")).toBe("CRM");
  expect(await page.content()).not.toContain(secret);

  await put(
    SEGMENT,
    Array.from({ length: 95_400 }, (_, i) => `${7_000_000 + i}`),
  );
  await drained(SEGMENT);
  await came(1);
  const [{ headers, body }] = received as [(typeof received)[0]];
  expect(new Webhook(secret).verify(body, headers)).toMatchObject({
    type: "segment.nearly_full",
    data: { segmentId: (await segment(SEGMENT)).id, members: 95_400 },
  });
  await page.reload();
  const row = page.locator("tbody tr").first();
  await expect
    .poll(async () => {
      await page.reload();
      return row.locator(".state").textContent();
    })
    .toBe("delivered");

  status = 410;
  await Promise.all([page.waitForEvent("load"), row.locator("button").click()]);
  expect(await page.textContent("[role=status]")).toBe("It is sent again.");
  await came(2);
  expect(received[1]!.headers["webhook-id"]).toBe(headers["webhook-id"]);
  await until(webhook, ({ state }) => state === "disabled");
  await page.goto(`${readers.origin}/console`);
  expect(await page.textContent(".needs")).toContain("CRM answered that it is gone; its webhook is disabled.");
  await clickThrough(page, ".needs li:has-text('CRM') .button");
  await clickThrough(page, ".head button:has-text('Enable')");
  expect(await page.textContent("[role=status]")).toBe("The webhook is active.");

  status = 200;
  await clickThrough(page, ".card header a:text-is('Parked')");
  await clickThrough(page, ".foot-row button");
  expect(await page.textContent("[role=status]")).toBe("1 delivery sent again.");
  await came(3);
  await until(webhook, ({ parked }) => parked === 0);
});

test("the page of one is sound in every look", async () => {
  const contexts = await readers.both();
  await expectSound(contexts, readers.origin, `/console/webhooks/${(await webhook()).id}`, "webhook");
});

test("a secret is replaced, a webhook is disabled and deleted, without scripts", async () => {
  const { id } = await webhook();
  const page = await (await readers.reader({ scripts: false })).newPage();
  const danger = async (label: string) => {
    const act = page.locator(".danger-act", { has: page.locator(`summary:text-is('${label}')`) });
    await act.locator("summary").click();
    await Promise.all([page.waitForEvent("load"), act.locator(".ask form button").click()]);
  };
  await page.goto(`${readers.origin}/console/webhooks/${id}`);
  await danger("New secret");
  expect(await page.textContent(".result code")).toMatch(/^whsec_/);
  await clickThrough(page, "main .button.primary");
  await danger("Disable");
  expect((await webhook()).state).toBe("disabled");
  await danger("Delete");
  expect(await page.textContent("[role=status]")).toBe("The webhook is deleted.");
  expect(JSON.parse((await house.call("/api/webhooks")).text)).toMatchObject({ items: [] });
});
