// The OpenAPI 3.1 document of all systems: their routes, the key as a bearer token, and one problem for every failure.
import type { Routes } from "../system.ts";

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "detail", "code", "requestId"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", description: "A stable snake_case word." },
    requestId: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "message"],
        properties: { path: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};

/** Builds the document of everything that is mounted on `routes`. */
export function openApiDocument(routes: Routes): object {
  const document = routes.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Sluice", version: "0.1.0", description: "Tracked links, stores and rules of affiliate networks." },
  });
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(item as Record<string, { responses?: Record<string, unknown> }>)) {
      if (operation.responses !== undefined)
        operation.responses["default"] ??= { $ref: "#/components/responses/Problem" };
    }
  }
  return {
    ...document,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, Problem: problemSchema },
      responses: {
        ...document.components?.responses,
        Problem: {
          description: "Any failure (RFC 9457).",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key, or the admin token." },
      },
    },
  };
}
