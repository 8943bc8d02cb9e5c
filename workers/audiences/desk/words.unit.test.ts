// What Split said, as a person reads it.
import { expect, test } from "vitest";
import { splitSaid } from "./words.ts";

test.for([
  ['split upload_keys: HTTP 401: {"code":401,"message":"Unauthorized","details":""}', "Unauthorized (HTTP 401)"],
  ['x: HTTP 409: {"message":"used by \\"checkout\\""}', 'used by "checkout" (HTTP 409)'],
  ["x: HTTP 502: Bad gateway", "Bad gateway (HTTP 502)"],
  ["x: HTTP 400: {}", "HTTP 400"],
  ["The segment is full.", "The segment is full."],
] as const)("%s", ([detail, said]) => {
  expect(splitSaid(detail)).toBe(said);
});
