// Takes secrets out of a text before anyone sees it, in each form that an upstream may echo. Pure.

const HIDDEN = "***";

/** The text without any of the secrets: as they are, URL-encoded (both ways), JSON-escaped and in base64. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === "") continue;
    const encoded = encodeURIComponent(secret.toWellFormed());
    forms.add(secret);
    forms.add(encoded);
    forms.add(encoded.replaceAll("%20", "+"));
    forms.add(encoded.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()));
    // A query by `URLSearchParams` also escapes `!'()~`.
    forms.add(new URLSearchParams({ q: secret }).toString().slice(2));
    forms.add(JSON.stringify(secret).slice(1, -1));
    const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(secret)));
    forms.add(base64);
    forms.add(base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
  }
  // The longest first: one secret may be the beginning of another.
  let clean = text;
  for (const form of [...forms].toSorted((a, b) => b.length - a.length)) clean = clean.replaceAll(form, HIDDEN);
  return clean;
}
