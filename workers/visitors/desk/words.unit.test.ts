// What an upstream said, as a person reads it.
import { expect, test } from "vitest";
import { maxymiserSaid } from "./words.ts";

test.for([
  [
    'maxymiser token: HTTP 400: {"error":"invalid_grant","error_description":"Wrong user name or password."}',
    "Wrong user name or password. (invalid_grant)",
  ],
  ['x: HTTP 403: {"errors":[{"code":"403","message":"access disabled"}]}', "access disabled"],
  ['x: HTTP 401: {"error":"invalid_client"}', "invalid_client"],
  ["maxymiser token: timeout", "maxymiser token: timeout"],
  ["unknown attribute", "unknown attribute"],
] as const)("%s", ([detail, said]) => {
  expect(maxymiserSaid(detail)).toBe(said);
});
