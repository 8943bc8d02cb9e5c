// Where a webhook may lead, and on a developer's machine.
import { expect, test } from "vitest";
import { addressFault } from "./address.ts";

test.each([
  ["https://hooks.acme.example/in?k=1", null],
  ["https://acme.example:8443/", null],
  ["http://acme.example/", "must be https"],
  ["ftp://acme.example/", "must be https"],
  ["acme.example", "is not an absolute URL"],
  ["https://user:secret@acme.example/", "must not hold a user or a password"],
  ["https://localhost/", "must lead to a public host name"],
  ["https://127.0.0.1/", "must lead to a public host name"],
  ["https://2130706433/", "must lead to a public host name"],
  ["https://0x7f.1/", "must lead to a public host name"],
  ["https://[::1]/", "must lead to a public host name"],
  ["https://[::ffff:10.0.0.1]/", "must lead to a public host name"],
  ["https://169.254.169.254/latest/meta-data", "must lead to a public host name"],
  ["https://10.0.0.7/", "must lead to a public host name"],
  ["https://intranet/", "must lead to a public host name"],
  ["https://db.internal/", "must lead to a public host name"],
  ["https://x.localhost/", "must lead to a public host name"],
  [`https://acme.example/${"a".repeat(2_048)}`, "has more than 2048 characters"],
])("%s: %s", (url, fault) => {
  expect(addressFault(url, false)).toBe(fault);
});

test("in development also http to this machine, and to no other", () => {
  expect(addressFault("http://127.0.0.1:8790/hook", true)).toBeNull();
  expect(addressFault("http://localhost:8790/hook", true)).toBeNull();
  expect(addressFault("https://127.0.0.1/", true)).toBe("must lead to a public host name");
  expect(addressFault("http://192.168.0.2/", true)).toBe("must be https");
  expect(addressFault("http://127.0.0.1/", false)).toBe("must be https");
});
