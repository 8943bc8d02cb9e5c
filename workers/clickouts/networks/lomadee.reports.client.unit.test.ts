// Lomadee's report: XML behind a token that may die, one state a call, and secrets in every URL.
import { describe, expect, test } from "vitest";
import { recordedNetwork, readSlice } from "../../../test/support/recorded-network.ts";
import type { Canned } from "../../../test/support/recorded-network.ts";
import { lomadeeReports } from "./lomadee.reports.client.ts";

const FIELDS = {
  appToken: "canary-app",
  sourceId: "35960000",
  publisherId: "22800001",
  user: "canary.user@acme.example",
  password: "canary pass!'(1)+/=&",
};
const DAY = 86_400_000;
const FROM = Date.UTC(2024, 7, 12, 15);
const SLICE = { fromMs: FROM, toMs: FROM + 2 * DAY, basis: "occurred", status: "0" } as const;
const TOKEN = `{"token":"canary-token","status":"OK"}`;

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>`;
const details = (code: number, message = "Success") =>
  `<details><timestamp>2024-08-13 10:59:59</timestamp><code>${code}</code><elapsedTime>0</elapsedTime><message>${message}</message><status>${message}</status></details>`;
const report = (...items: string[]) => `${HEAD}<result xmlns="urn:lomadee">${details(200)}${items.join("")}</result>`;
const refusal = (code: number, message: string) =>
  `${HEAD}<result xmlns="urn:lomadee">${details(code, message)}</result>`;

function item(change: Record<string, string> = {}) {
  const values: Record<string, string> = {
    date: "13/08/2024",
    currency: "BRL",
    commission: "4.20",
    associateId: "c_01HX",
    gmv: "120.00",
    transactionCode: "ORD-77",
    transactionId: "990011",
    statusId: "0",
    statusName: "PENDENTE",
    processedDate: "",
    clickDate: "13/08/2024",
    checkoutDate: "13/08/2024",
    ...change,
  };
  const elements = Object.entries(values).map(([name, value]) =>
    value === "" ? `<${name}/>` : `<${name}>${value}</${name}>`,
  );
  return `<item>${elements.join("")}<site><siteId>38900000</siteId><siteName>Meu Site</siteName></site>
    <advertiser><advertiserId>6101</advertiserId><advertiserName>Casa & Vídeo</advertiserName></advertiser>
    <events><event><eventId>10</eventId><commission>4.20</commission><gmv>120.00</gmv></event></events></item>`;
}

async function read(...items: string[]) {
  return await readSlice(lomadeeReports, SLICE, recordedNetwork(FIELDS, [TOKEN, report(...items)]).session);
}
async function failure(answers: Canned[]) {
  const network = recordedNetwork(FIELDS, answers, 1_000);
  const result = await lomadeeReports.sales(SLICE, null, network.session);
  return { ...network, failure: result.ok ? null : result.failure };
}

describe("lomadee's report", () => {
  test("is asked for with a token, by days of São Paulo and one state", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [TOKEN, report(), report()], 5_000);
    await readSlice(lomadeeReports, SLICE, session);
    // The 15th begins at three in UTC: a minute before it, the day is still the 14th.
    await readSlice(lomadeeReports, { ...SLICE, toMs: Date.UTC(2024, 7, 15, 2, 59), status: "99" }, session);
    expect(asked.map(({ url }) => url.pathname)).toEqual([
      "/api/lomadee/createToken",
      "/api/lomadee/reportTransaction",
      "/api/lomadee/reportTransaction",
    ]);
    expect(Object.fromEntries(asked[0]!.url.searchParams)).toEqual({ user: FIELDS.user, password: FIELDS.password });
    expect(Object.fromEntries(asked[1]!.url.searchParams)).toEqual({
      token: "canary-token",
      publisherId: "22800001",
      startDate: "12082024",
      endDate: "14082024",
      eventStatus: "0",
    });
    expect(asked[2]?.url.searchParams.get("endDate")).toBe("14082024");
    expect(asked[2]?.url.searchParams.get("eventStatus")).toBe("99");
    expect(session.token).toEqual({ value: "canary-token", expiresAtMs: 5_000 + 3_600_000 });
  });

  test("is read whole, one item or many", async () => {
    const one = {
      externalId: "990011",
      part: null,
      orderRef: "ORD-77",
      status: "pending",
      provisional: false,
      sale: { minor: 12_000, currency: "BRL" },
      commission: { minor: 420, currency: "BRL" },
      clickId: "c_01HX",
      advertiserId: "6101",
      occurredAtMs: Date.UTC(2024, 7, 13, 3),
      validatedAtMs: null,
      declineReason: null,
    };
    expect(await read(item())).toEqual({ sales: [one], warnings: [], cursors: [] });
    const { sales } = await read(item(), item({ transactionId: "990012", associateId: "" }));
    expect(sales).toEqual([one, { ...one, externalId: "990012", clickId: null }]);
    expect(await read()).toEqual({ sales: [], warnings: [], cursors: [] });
  });

  test.for([
    ["0", "pending"],
    ["1", "approved"],
    ["2", "declined"],
    ["99", "approved"],
  ] as const)("with state %s is %s", async ([statusId, status]) => {
    const { sales, warnings } = await read(item({ statusId, processedDate: "20/08/2024" }));
    expect(sales[0]).toMatchObject({ status, validatedAtMs: Date.UTC(2024, 7, 20, 3) });
    expect(warnings).toEqual([]);
  });

  test("with a state that nobody knows is pending with a warning; without one it is what was asked for", async () => {
    const { sales, warnings } = await read(item({ statusId: "7" }), item({ statusId: "" }));
    expect(sales.map(({ status }) => status)).toEqual(["pending", "pending"]);
    expect(warnings).toEqual(['Row 990011: the status "7" is not known.']);
    const { session } = recordedNetwork(FIELDS, [TOKEN, report(item({ statusId: "" }))]);
    const approved = await readSlice(lomadeeReports, { ...SLICE, status: "1" }, session);
    expect(approved.sales[0]?.status).toBe("approved");
  });

  test("may write amounts with a comma", async () => {
    const { sales } = await read(item({ commission: "1.234,56", gmv: "99,9" }));
    expect(sales[0]).toMatchObject({ commission: { minor: 123_456 }, sale: { minor: 9_990 } });
  });

  test("keeps neighbours of rows that cannot be read", async () => {
    const { sales, warnings } = await read(
      item({ transactionId: "1" }),
      item({ transactionId: "2", commission: "muito" }),
      item({ transactionId: "3", checkoutDate: "ontem" }),
      item({ transactionId: "" }),
      item({ transactionId: "5", transactionCode: "A&amp;B &#233; &lt;x&gt; & C" }),
    );
    expect(sales.map(({ externalId }) => externalId)).toEqual(["1", "5"]);
    expect(sales[1]?.orderRef).toBe("A&B é <x> & C");
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toBe("Row 2 was left out: commission is no number");
  });

  test("is decoded as its header or prolog says", async () => {
    const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
    const xml = report(item({ transactionCode: "pé" })).replace("Vídeo", "Video");
    const answers: Canned[] = [
      { body: latin(xml), headers: { "Content-Type": "text/xml; charset=ISO-8859-1" } },
      { body: latin(xml.replace("UTF-8", "ISO-8859-1")) },
      xml,
      { body: xml, headers: { "Content-Type": "text/xml; charset=klingon" } },
    ];
    for (const answer of answers) {
      const { session } = recordedNetwork(FIELDS, [TOKEN, answer]);
      expect((await readSlice(lomadeeReports, SLICE, session)).sales[0]?.orderRef).toBe("pé");
    }
  });

  test("that is too large is asked for in halves, by days", async () => {
    const large = `<result>${" ".repeat(9 * 1024 * 1024)}`;
    const { session, asked } = recordedNetwork(FIELDS, [TOKEN, large, report(), report(), report()]);
    await readSlice(lomadeeReports, SLICE, session);
    const spans = asked.slice(2).map(({ url }) => [url.searchParams.get("startDate"), url.searchParams.get("endDate")]);
    expect(spans).toEqual(["12082024", "13082024", "14082024"].map((day) => [day, day]));
  });

  test("expands no entity of a document's own", async () => {
    const bomb = `<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${report(item({ transactionCode: "&b;" })).replace(HEAD, "")}`;
    const { session } = recordedNetwork(FIELDS, [TOKEN, bomb]);
    const result = await lomadeeReports.sales(SLICE, null, session);
    expect(JSON.stringify(result)).not.toContain("aaaa");
  });
});

describe("lomadee's slices", () => {
  test("cover a window in every state, pending first, within 31 days, and look back 90 days at most", () => {
    const slices = lomadeeReports.slices({ fromMs: FROM, toMs: FROM + 60 * DAY }, "changes");
    expect(slices.slice(0, 4).map(({ status }) => status)).toEqual(["0", "1", "2", "99"]);
    expect(slices).toHaveLength(8);
    expect([slices[0]?.fromMs, slices.at(-1)?.toMs]).toEqual([FROM, FROM + 60 * DAY]);
    expect(slices[4]?.fromMs).toBe(slices[0]?.toMs);
    expect((slices[0]!.toMs - FROM) / DAY).toBeLessThanOrEqual(31);
    const old = lomadeeReports.slices({ fromMs: FROM - 200 * DAY, toMs: FROM }, "recent");
    expect(old[0]?.fromMs).toBe(FROM - 90 * DAY);
  });
});

describe("lomadee's token", () => {
  test.for([
    ["in the XML", refusal(401, "Invalid token")],
    ["by status", { body: "", status: 401 }],
  ] as const)("that dies before its time, told %s, is renewed once and the call repeated once", async ([, dead]) => {
    const { session, asked } = recordedNetwork(FIELDS, [dead, TOKEN, report(item())], 1_000);
    session.token = { value: "canary-old", expiresAtMs: 9_999_999 };
    expect((await readSlice(lomadeeReports, SLICE, session)).sales).toHaveLength(1);
    expect(asked.map(({ url }) => url.searchParams.get("token"))).toEqual(["canary-old", null, "canary-token"]);
  });

  test("that is refused again is a failure, and is not kept", async () => {
    const network = recordedNetwork(FIELDS, [refusal(401, "no"), TOKEN, refusal(401, "no")], 1_000);
    network.session.token = { value: "canary-old", expiresAtMs: 9_999_999 };
    const result = await lomadeeReports.sales(SLICE, null, network.session);
    expect(result).toMatchObject({ ok: false, failure: { kind: "unauthorized" } });
    expect([network.left, network.session.token]).toEqual([[], null]);
  });

  test("that is over is not used", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [TOKEN, report()], 10_000);
    session.token = { value: "canary-old", expiresAtMs: 10_000 };
    await readSlice(lomadeeReports, SLICE, session);
    expect(asked[0]?.url.pathname).toBe("/api/lomadee/createToken");
  });

  test.for([
    [`{"status":"ERROR","message":"Usuário inválido"}`, "unauthorized"],
    [{ body: "no", status: 400 }, "unauthorized"],
    [{ body: "no", status: 503 }, "unavailable"],
    ["<html>", "malformed"],
  ] as const)("that is not given (%j) is %s", async ([answer, kind]) => {
    expect((await failure([answer])).failure).toMatchObject({ kind });
  });
});

describe("lomadee's failures", () => {
  test.for([
    [refusal(401, "x"), "unauthorized"],
    [refusal(501, "invalid sourceId"), "unauthorized"],
    [refusal(429, "x"), "rate_limited"],
    [refusal(500, "x"), "unavailable"],
    [refusal(400, "Token invalido"), "unauthorized"],
    [refusal(400, "startDate"), "rejected"],
    [{ body: "", status: 503 }, "unavailable"],
    [{ body: "", status: 429 }, "rate_limited"],
    ["<html><body>Voltamos já</body></html>", "malformed"],
    [report(item()).slice(0, 700), "malformed"],
    ["<result/>", "malformed"],
    ["{}", "malformed"],
    ["", "malformed"],
  ] as const)("%j is %s", async ([answer, kind]) => {
    expect((await failure([TOKEN, answer])).failure).toMatchObject({ kind });
  });

  test("never tell a secret, however it is echoed", async () => {
    for (const status of [200, 401, 500]) {
      const { session } = recordedNetwork(FIELDS, []);
      session.deps.fetch = async (input) => {
        const { url } = new Request(input);
        if (status === 200 && url.includes("createToken")) return new Response(TOKEN);
        const echo = `${"x".repeat(200)} ${url.replaceAll("&", ";")} ${FIELDS.user}`;
        return new Response(status === 200 ? refusal(400, echo) : echo, { status });
      };
      const told = JSON.stringify(await lomadeeReports.sales(SLICE, null, session));
      expect(told).not.toMatch(/canary/);
      expect(told).not.toContain("(1)");
    }
  });
});

describe("lomadee's stores", () => {
  const page = (n: number, of: number, ...stores: unknown[]) =>
    JSON.stringify({
      requestInfo: { status: "OK", message: "SUCCESS", generatedDate: null },
      pagination: { page: n, size: 1, totalSize: of, totalPage: of },
      stores,
    });

  test("come page by page and name no domain", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [
      page(1, 2, { id: 6101, name: "Loja X", link: "https://redir.lomadee.com/x", hasOffer: 0 }, { name: "sem id" }),
      page(2, 2, { id: "6102", name: "Loja Y" }),
    ]);
    const first = await lomadeeReports.programmes(null, session);
    expect(first).toMatchObject({
      value: { programmes: [{ externalId: "6101", name: "Loja X", domains: [] }], next: "2", warnings: [{}] },
    });
    expect(await lomadeeReports.programmes("2", session)).toMatchObject({
      value: { programmes: [{ externalId: "6102" }], next: null },
    });
    expect(asked.map(({ url }) => url.pathname)[0]).toBe("/v3/canary-app/store/_all");
    expect(asked.map(({ url }) => url.search)).toEqual(["?sourceId=35960000", "?sourceId=35960000&page=2"]);
  });

  test.for([
    [`{"requestInfo":{"status":"ERROR","message":"Invalid sourceId canary-app"}}`, "unauthorized"],
    [{ body: "", status: 401 }, "unauthorized"],
    ["<html>", "malformed"],
    ["[]", "malformed"],
    [`{"requestInfo":{"status":"OK"}}`, "malformed"],
  ] as const)("%j is %s", async ([answer, kind]) => {
    const result = await lomadeeReports.programmes(null, recordedNetwork(FIELDS, [answer]).session);
    expect(result).toMatchObject({ ok: false, failure: { kind } });
    expect(JSON.stringify(result)).not.toContain("canary");
  });
});
