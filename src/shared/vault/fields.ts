// Which credentials exist and which fields each must have. Some fields become part of a link: those are checked for it.
import * as z from "zod";

/** Visible characters only: a line break in a header or a blank at the end of a pasted token is never meant. */
const secret = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u, "must not begin or end with a blank or hold control characters");

const publicId = z.string().regex(/^[A-Za-z0-9_.*-]{1,100}$/, "must be letters, digits, `_`, `.`, `*` or `-`");

/** One label of a host name: the account stands in digidip's. */
const hostLabel = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "must be one label of a host name");

/** One segment of a path: the store stands in Magazine Você's. */
const pathSegment = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, "must be letters, digits, `_` or `-`");

/** Maxymiser's site ids are short and opaque, base64 in all that were seen. A `.` would be a step in a path. */
const SITE_ID = "[A-Za-z0-9_+/=-]{1,64}";

const FIELDS = {
  awin: z.strictObject({ publisherId: publicId, token: secret }),
  lomadee: z.strictObject({
    appToken: secret,
    sourceId: publicId,
    publisherId: publicId,
    user: secret,
    password: secret,
  }),
  rakuten: z.strictObject({ clientId: secret, clientSecret: secret, siteId: publicId, linkId: publicId }),
  afilio: z.strictObject({ token: secret, affiliateId: publicId, siteId: publicId }),
  magazinevoce: z.strictObject({ store: pathSegment }),
  digidip: z.strictObject({ account: hostLabel }),
};

/** Credentials of which there are many: `<family>:<parameter>`, the parameter as the pattern says. */
const FAMILIES = {
  maxymiser: {
    parameter: new RegExp(`^${SITE_ID}$`),
    fields: z.strictObject({
      username: secret,
      password: secret,
      clientId: secret,
      clientSecret: secret,
      region: z.enum(["eu", "us"]).default("eu"),
    }),
  },
};

type Family = keyof typeof FAMILIES;

/** A credential that some upstream of ours takes. */
export type CredentialName = keyof typeof FIELDS | `${Family}:${string}`;

/** All names; those with a parameter as their pattern. */
export const CREDENTIAL_NAMES: readonly string[] = [...Object.keys(FIELDS), "maxymiser:<siteId>"];

/** The name without its parameter: `maxymiser` of `maxymiser:MDAxMjM0`. Systems register their tests under it. */
export function familyOf(name: string): string {
  const colon = name.indexOf(":");
  return colon === -1 ? name : name.slice(0, colon);
}

/** Whether there is such a credential. */
export function isCredentialName(name: string): name is CredentialName {
  const family = familyOf(name);
  if (family === name) return Object.hasOwn(FIELDS, name);
  return Object.hasOwn(FAMILIES, family) && FAMILIES[family as Family].parameter.test(name.slice(family.length + 1));
}

/** The schema of a credential's fields: all are strings, no other is taken, and all are required but those with a default. */
export function fieldsSchema(name: CredentialName): z.ZodType<Record<string, string>> {
  const family = familyOf(name);
  return family === name ? FIELDS[name as keyof typeof FIELDS] : FAMILIES[family as Family].fields;
}

const SECRET_FIELDS = ["token", "appToken", "user", "username", "password", "clientId", "clientSecret"];

/** The values among opened fields that must never be told: what to redact from any message about them. */
export function secretsOf(fields: Readonly<Record<string, string>>): string[] {
  return SECRET_FIELDS.flatMap((field) => fields[field] ?? []);
}

const HIDDEN = /token|password|secret/i;

/** A field as a form asks for it. */
export interface CredentialField {
  name: string;
  /** What nobody may read over the typist's shoulder. A user name is redacted from messages, but may be seen while typed. */
  hidden: boolean;
  /** The words that it may be; empty for free text. */
  options: readonly string[];
}

/** The fields of a credential, in their order. */
export function credentialFields(name: CredentialName): CredentialField[] {
  const { shape } = fieldsSchema(name) as unknown as z.ZodObject;
  return Object.entries(shape).map(([field, type]) => {
    const inner: unknown = type instanceof z.ZodDefault ? type.unwrap() : type;
    const options = inner instanceof z.ZodEnum ? inner.options.map(String) : [];
    return { name: field, hidden: HIDDEN.test(field), options };
  });
}
