// What the link clients share: whom a failed call is blamed on, and which links are taken from a network at all.
import { describe, expect, test } from "vitest";
import { failedCall, onHostOf } from "./link-client.ts";

describe("a failed call", () => {
  test.for([
    ["timeout", "timeout", "network"],
    ["unavailable", "rejected", "network"],
    ["unauthorized", "rejected", "network"],
    ["malformed", "malformed", "network"],
    ["rejected", "rejected", "url"],
  ] as const)("of the kind %s is told as %s and blamed on the %s", ([kind, skip, blame]) => {
    expect(failedCall({ kind, detail: "why" })).toMatchObject({ skip, blame, detail: "why" });
  });

  test("that was limited says until when, if the network did", () => {
    expect(failedCall({ kind: "rate_limited", retryAtMs: 7, detail: "why" })).toEqual({
      skip: "rate_limited",
      blame: "limit",
      retryAtMs: 7,
      detail: "why",
    });
    expect(failedCall({ kind: "rate_limited", detail: "why" })).toMatchObject({ blame: "limit", retryAtMs: undefined });
  });
});

describe("a network's link", () => {
  const BASES = ["https://redir.lomadee.com", "https://lmdee.link", "http://localhost:8788/lomadee"];

  test.for([
    "https://redir.lomadee.com/v2/a",
    "http://redir.lomadee.com/v2/a",
    "HTTPS://REDIR.LOMADEE.COM/x",
    "https://redir.lomadee.com:443/",
    "https://lmdee.link/abc",
    "http://localhost:8788/lomadee/v2/a",
  ])("is taken on a configured host: %s", (link) => {
    expect(onHostOf(link, BASES)).toBe(true);
  });

  test.for([
    "",
    "/v2/a",
    "//redir.lomadee.com/v2/a",
    "https://evil.example/",
    "https://redir.lomadee.com.evil.example/",
    "https://redir.lomadee.com@evil.example/",
    "https://evil.example/https://redir.lomadee.com/",
    "https://sub.redir.lomadee.com/",
    "https://redir.lomadee.com:8443/",
    "http://localhost/",
    "javascript:alert(1)//redir.lomadee.com",
    "ftp://redir.lomadee.com/",
    "data:text/html,x",
  ])("is not taken from elsewhere: %j", (link) => {
    expect(onHostOf(link, BASES)).toBe(false);
  });
});
