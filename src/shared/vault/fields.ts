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

/** A credential that some upstream of ours takes. */
export type CredentialName = keyof typeof FIELDS;

/** All names. */
export const CREDENTIAL_NAMES = Object.keys(FIELDS) as CredentialName[];

/** Whether there is such a credential. */
export function isCredentialName(name: string): name is CredentialName {
  return Object.hasOwn(FIELDS, name);
}

/** The schema of a credential's fields: all are strings, all required, no other. */
export function fieldsSchema(name: CredentialName): z.ZodType<Record<string, string>> {
  return FIELDS[name];
}

const SECRET_FIELDS = ["token", "appToken", "user", "password", "clientId", "clientSecret"];

/** The values among opened fields that must never be told: what to redact from any message about them. */
export function secretsOf(fields: Readonly<Record<string, string>>): string[] {
  return SECRET_FIELDS.flatMap((field) => fields[field] ?? []);
}

/** A field as a form asks for it. */
export interface CredentialField {
  name: string;
  secret: boolean;
  /** The words that it may be; empty for free text. */
  options: readonly string[];
}

/** The fields of a credential, in their order. */
export function credentialFields(name: CredentialName): CredentialField[] {
  const { shape } = fieldsSchema(name) as unknown as z.ZodObject;
  return Object.entries(shape).map(([field, type]) => {
    const inner: unknown = type instanceof z.ZodDefault ? type.unwrap() : type;
    const options = inner instanceof z.ZodEnum ? inner.options.map(String) : [];
    return { name: field, secret: SECRET_FIELDS.includes(field), options };
  });
}
