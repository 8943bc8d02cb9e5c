import { expect, test } from "vitest";
import { reference } from "./reference.ts";

const document = {
  components: {
    schemas: {
      Money: {
        type: "object",
        required: ["value"],
        properties: { value: { type: "string", description: "Decimal." } },
      },
    },
  },
  paths: {
    "/api/acme/{id}": {
      get: {
        tags: ["acme"],
        summary: "Reads",
        security: [{ bearer: ["acme:read"] }],
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", maxLength: 10 } }],
        responses: {
          200: {
            description: "It.",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Money" } } },
          },
          default: { $ref: "#/components/responses/Problem" },
        },
      },
      put: {
        description: "Writes",
        requestBody: {
          content: {
            "application/json": {
              schema: {
                properties: {
                  sale: { anyOf: [{ $ref: "#/components/schemas/Money" }, { type: "null" }] },
                  kind: { enum: ["a", "b"] },
                  list: { type: "array", items: { type: "integer", minimum: 1, maximum: 9 } },
                },
              },
            },
          },
        },
        responses: { 204: { description: "Done." } },
      },
    },
  },
};

const [acme, other] = reference(document, () => "other");

test("doors are grouped by tag, else by the path's system", () => {
  expect([acme?.name, other?.name]).toEqual(["acme", "other"]);
  expect(acme?.doors[0]).toMatchObject({ method: "GET", path: "/api/acme/{id}", scope: "acme:read", summary: "Reads" });
  expect(other?.doors[0]).toMatchObject({ method: "PUT", scope: null, summary: "Writes" });
});

test("references, alternatives to null and lists are followed to their fields", () => {
  expect(acme?.doors[0]?.answers).toEqual([
    {
      status: "200",
      description: "It.",
      type: "application/json",
      fields: [{ name: "value", depth: 0, type: "string", required: true, description: "Decimal." }],
    },
  ]);
  expect(other?.doors[0]?.body?.fields.map(({ name, depth, type }) => [name, depth, type])).toEqual([
    ["sale", 0, "object | null"],
    ["value", 1, "string"],
    ["kind", 0, '"a" | "b"'],
    ["list", 0, "list of integer (from 1 to 9)"],
  ]);
  expect(acme?.doors[0]?.parameters[0]?.type).toBe("string (at most 10 characters)");
});
