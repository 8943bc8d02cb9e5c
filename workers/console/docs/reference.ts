// The OpenAPI document as a reader wants it: doors by tag, their parameters, bodies and answers as flat lists of fields. Pure.

/** A field of a body or answer; `depth` is how far it is inside of others. */
export interface DocField {
  name: string;
  depth: number;
  type: string;
  required: boolean;
  description: string;
}

/** A door. */
export interface DocDoor {
  id: string;
  method: string;
  path: string;
  summary: string;
  /** The scope that a key needs; null where none is asked for. */
  scope: string | null;
  parameters: DocField[];
  body: { type: string; fields: DocField[] } | null;
  answers: { status: string; description: string; type: string; fields: DocField[] }[];
}

/** Doors of one tag. */
export interface DocGroup {
  name: string;
  doors: DocDoor[];
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  const?: unknown;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  default?: unknown;
}

type Content = Record<string, { schema?: Schema }>;

interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Content };
  responses?: Record<string, { description?: string; content?: Content; $ref?: string }>;
}

/** As much of an OpenAPI 3.1 document as is read here. */
export interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

/** Deeper fields are left to `openapi.json`. */
const MAX_DEPTH = 4;
const METHODS = ["get", "post", "put", "patch", "delete"];

function resolved(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : (document.components?.schemas?.[name] ?? {});
}

function bounds({ minimum, maximum, maxLength, maxItems }: Schema): string {
  const parts = [
    minimum === undefined ? "" : `from ${minimum}`,
    maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? "" : `to ${maximum}`,
    maxLength === undefined ? "" : `at most ${maxLength} characters`,
    maxItems === undefined ? "" : `at most ${maxItems}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : ` (${parts.join(" ")})`;
}

function typeOf(document: Document, given: Schema): string {
  const schema = resolved(document, given);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const several = schema.anyOf ?? schema.oneOf;
  if (several !== undefined) return [...new Set(several.map((one) => typeOf(document, one)))].join(" | ");
  if (schema.items !== undefined) return `list of ${typeOf(document, schema.items)}${bounds(schema)}`;
  const type = [schema.type ?? (schema.properties === undefined ? "any" : "object")].flat().join(" | ");
  return `${schema.format === undefined ? type : `${type}, ${schema.format}`}${bounds(schema)}`;
}

/** The schema whose fields are worth listing: the one inside of lists and of alternatives to null. */
function inner(document: Document, given: Schema): Schema {
  const schema = resolved(document, given);
  if (schema.items !== undefined) return inner(document, schema.items);
  const only = (schema.anyOf ?? schema.oneOf)?.filter((one) => resolved(document, one).type !== "null");
  return only?.length === 1 ? inner(document, only[0]!) : schema;
}

function fieldsOf(document: Document, given: Schema, depth = 0): DocField[] {
  if (depth > MAX_DEPTH) return [];
  const schema = inner(document, given);
  const parts = [schema, ...(schema.allOf ?? []).map((part) => resolved(document, part))];
  return parts.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, property]) => [
      {
        name,
        depth,
        type: typeOf(document, property),
        required: required.includes(name),
        description: property.description ?? "",
      },
      ...fieldsOf(document, property, depth + 1),
    ]),
  );
}

function contentOf(document: Document, content: Content | undefined): { type: string; fields: DocField[] } {
  const [type = "", media] = Object.entries(content ?? {})[0] ?? [];
  return { type, fields: media?.schema === undefined ? [] : fieldsOf(document, media.schema) };
}

function doorOf(document: Document, path: string, method: string, operation: Operation): DocDoor {
  const { description = "", summary = description, security, parameters = [], requestBody, responses = {} } = operation;
  return {
    id: `${method}-${path.replaceAll(/[^\w]+/g, "-").replace(/^-|-$/g, "")}`,
    method: method.toUpperCase(),
    path,
    summary,
    scope: security?.[0] === undefined ? null : (Object.values(security[0])[0]?.[0] ?? null),
    parameters: parameters.map(({ name, required = false, description, schema = {} }) => ({
      name,
      depth: 0,
      type: typeOf(document, schema),
      required,
      description: description ?? schema.description ?? "",
    })),
    body: requestBody === undefined ? null : contentOf(document, requestBody.content),
    answers: Object.entries(responses)
      .filter(([status]) => status !== "default")
      .map(([status, { description = "", content }]) => ({ status, description, ...contentOf(document, content) })),
  };
}

/** The doors of a document by their first tag, or by what `groupOf` says of a path without one, in the document's order. */
export function reference(document: Document, groupOf: (path: string) => string): DocGroup[] {
  const groups = new Map<string, DocDoor[]>();
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const tag = operation.tags?.[0] ?? groupOf(path);
      groups.set(tag, [...(groups.get(tag) ?? []), doorOf(document, path, method, operation)]);
    }
  }
  return [...groups].map(([name, doors]) => ({ name, doors }));
}
