// The log line: one line, readable by machines, free of secrets.
import { describe, expect, test } from "vitest";
import { logLine } from "./log.ts";

function line(fields: Parameters<typeof logLine>[1]): Record<string, unknown> {
  const text = logLine("something_happened", fields, 0);
  expect(text).not.toContain("\n");
  return JSON.parse(text) as Record<string, unknown>;
}

describe("the log line", () => {
  test("carries its level, event and time beside the fields", () => {
    expect(line({ network: "awin", status: 503, level: "warn" })).toEqual({
      level: "warn",
      event: "something_happened",
      at: "1970-01-01T00:00:00.000Z",
      network: "awin",
      status: 503,
    });
  });

  test("does not write what is called a secret, however deep", () => {
    const text = JSON.stringify(
      line({ apiKey: "s3cret", deeper: { Authorization: "s3cret", headers: [{ cookie: "s3cret" }] } }),
    );
    expect(text).not.toContain("s3cret");
  });

  test("redacts bearer tokens and keys of ours inside messages", () => {
    const text = JSON.stringify(
      line({ error: new Error("401 for Authorization: Bearer abcdefgh12345678"), detail: "slk_abc123" }),
    );
    expect(text).not.toMatch(/abcdefgh12345678|slk_abc123/);
  });

  test("turns an error into its name and message", () => {
    expect(line({ error: new TypeError("two\nlines") })["error"]).toMatchObject({
      name: "TypeError",
      message: "two\nlines",
    });
  });

  test("cuts long text and survives bigints", () => {
    const read = line({ detail: "x".repeat(10_000), n: 2n ** 60n });
    expect(String(read["detail"]).length).toBe(2_000);
    expect(read["n"]).toBe("1152921504606846976");
  });
});
