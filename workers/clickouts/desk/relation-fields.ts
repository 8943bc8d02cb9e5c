// A relation as a form writes it, in the words of the door: empty fields are absent, parameters are lines. Pure.

/** `utm_source=acme` lines as pairs; a line without `=` is a name without a value. */
function parameterLines(text: string): Record<string, string> {
  const pairs = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const at = line.indexOf("=");
      return at === -1 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** Pairs as the lines that `parameterLines` reads. */
export function linesOfParameters(parameters: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(parameters ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

/** The body of a relation. Parameters belong to direto alone. */
export function relationFields(network: string, externalId: string, parameters: string): Record<string, unknown> {
  return {
    network,
    ...(externalId === "" ? {} : { externalId }),
    ...(network === "direto" && parameters !== "" ? { settings: { parameters: parameterLines(parameters) } } : {}),
  };
}
