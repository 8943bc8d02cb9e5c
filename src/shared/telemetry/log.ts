// The log: one JSON object a line. Never a secret, never a whole URL of a shopper, never a body.

/** How loud a line is. `error` means that somebody should look. */
export type Level = "info" | "warn" | "error";

/** What a line may say besides its event; errors become their name and message. */
export type LogFields = Readonly<Record<string, unknown>> & { readonly level?: Level };

/** Field names that could hold a secret: their values are not written, whatever they are. */
const SECRET_NAME = /authorization|cookie|password|secret|token|api_?key/i;

/** A secret in a message that we did not write ourselves, such as a library's error that quotes a header. */
const SECRET_TEXT = /\b(bearer|basic)\s+[\w.~+/=-]{8,}|\bslk_[0-9A-Za-z]+|\bwhsec_[\w+/=]+/gi;

const MAX_TEXT = 2_000;

function safeText(text: string): string {
  return text.slice(0, MAX_TEXT).replaceAll(SECRET_TEXT, "[redacted]");
}

function safeValue(value: unknown): unknown {
  if (typeof value === "string") return safeText(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error)
    return { name: value.name, message: safeText(value.message), stack: safeText(value.stack ?? "") };
  return value;
}

/** The line of an event; pure. */
export function logLine(event: string, fields: LogFields, atMs: number): string {
  const line: Record<string, unknown> = { level: fields.level ?? "info", event, at: new Date(atMs).toISOString() };
  for (const [name, value] of Object.entries(fields)) {
    if (name !== "level") line[name] = SECRET_NAME.test(name) ? "[redacted]" : safeValue(value);
  }
  return JSON.stringify(line, (name, value: unknown) => {
    if (name !== "" && SECRET_NAME.test(name)) return "[redacted]";
    return safeValue(value);
  });
}

/** Writes one line: `log("link_refused", {level: "warn", network: "awin", status: 403})`. */
export function log(event: string, fields: LogFields = {}): void {
  console.log(logLine(event, fields, Date.now()));
}
