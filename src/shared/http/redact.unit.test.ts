import { expect, test } from "vitest";
import { redact } from "./redact.ts";

const SECRET = "pa ss!'(1)~+/=&ç\"";

test.for([
  ["as it is", SECRET],
  ["in a path", encodeURIComponent(SECRET)],
  ["in a query as URLSearchParams writes it", new URLSearchParams({ q: SECRET }).toString()],
  ["in lower-case escapes", encodeURIComponent(SECRET).replaceAll(/%../g, (escape) => escape.toLowerCase())],
  ["in JSON", JSON.stringify({ q: SECRET })],
] as const)("a secret is hidden %s", ([, text]) => {
  const told = redact(`before ${text} after`, [SECRET, ""]);
  expect(told).toContain("***");
  expect(told).not.toMatch(/ss(?:!|%21)|%281%29|\(1\)/i);
  expect(told).toMatch(/^before .* after$/);
});
