import { expect, test } from "vitest";
import { config, parseConfig } from "./config.ts";

test("every variable has a working default", () => {
  expect(parseConfig({})).toMatchObject({
    awinApiUrl: "https://api.awin.com",
    lomadeeLinkUrls: ["https://redir.lomadee.com"],
    visitDeadlineMs: 1_500,
    clickoutShards: 1,
  });
});

test("bases lose their trailing slash, and lists are split", () => {
  const read = parseConfig({
    AWIN_API_URL: "http://127.0.0.1:9000/awin/",
    AFILIO_LINK_URL: "https://a.test, https://b.test/",
  });
  expect(read.awinApiUrl).toBe("http://127.0.0.1:9000/awin");
  expect(read.afilioLinkUrls).toEqual(["https://a.test", "https://b.test"]);
});

test.each([
  ["VISIT_DEADLINE_MS", "soon"],
  ["CLICKOUT_SHARDS", "0"],
  ["AWIN_API_URL", "ftp://awin.test"],
  ["LOMADEE_LINK_URL", ","],
])("a bad %s is named, its value is not told", (name, value) => {
  const read = () => parseConfig({ [name]: value });
  expect(read).toThrow(name);
  if (value.length > 2) expect(read).not.toThrow(value);
});

test("the bindings of an isolate are read once", () => {
  const env = { VISIT_DEADLINE_MS: "900" };
  expect(config(env)).toBe(config(env));
});
