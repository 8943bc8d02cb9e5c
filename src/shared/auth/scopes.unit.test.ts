import { expect, test } from "vitest";
import { grants, isKnownScope } from "./scopes.ts";

test.each([
  "*",
  "clickouts:read",
  "credentials:write",
  "visitors:token",
  "metrics:read",
  "audit:read",
  "audiences:ingest:42",
])("%s is a scope", (scope) => expect(isKnownScope(scope)).toBe(true));

test.each([
  "",
  "clickouts",
  "clickouts:delete",
  "audit:write",
  "metrics:write",
  "*:read",
  "audiences:ingest:",
  "x clickouts:read",
])("%j is no scope", (scope) => expect(isKnownScope(scope)).toBe(false));

test("a scope covers itself and its narrower forms only", () => {
  expect(grants(["*"], "keys:write")).toBe(true);
  expect(grants(["keys:write"], "keys:write")).toBe(true);
  expect(grants(["audiences:ingest"], "audiences:ingest:42")).toBe(true);
  expect(grants(["audiences:ingest:42"], "audiences:ingest")).toBe(false);
  expect(grants(["keys:write"], "keys:read")).toBe(false);
  expect(grants([], "keys:read")).toBe(false);
  expect(grants(["keys:read", "keys:write"], "*")).toBe(false);
});
