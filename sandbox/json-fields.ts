// Reads the fields of a JSON body of which nothing is known yet.
// It must never throw: what is no object has no fields.

/** The top-level fields of the body; empty if it is not a JSON object. */
export async function jsonFields(request: Request): Promise<Map<string, unknown>> {
  return fieldsOf(await request.json().catch(() => null));
}

/** The fields of a value; empty if it is no object. */
export function fieldsOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
