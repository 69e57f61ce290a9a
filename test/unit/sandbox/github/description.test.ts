import { expect, test } from "vitest";
import { descriptionText } from "../../../../scripts/github-description.ts";

const person = {
  title: "Person",
  description: "Somebody",
  type: "object",
  properties: {
    description: { type: "string", nullable: true, example: "A cat" },
    role: { type: "string", nullable: true, enum: ["admin"] },
    friend: { nullable: true, oneOf: [{ $ref: "#/components/schemas/person" }] },
  },
  required: ["description"],
};

const source = {
  paths: {
    "/people/{id}": {
      get: {
        operationId: "people/get",
        summary: "Get somebody",
        parameters: [{ $ref: "#/components/parameters/id" }],
        responses: {
          "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/person" } } } },
          "204": { description: "Nobody" },
        },
      },
      delete: { operationId: "people/delete", responses: {} },
    },
  },
  components: {
    parameters: {
      id: { name: "id", in: "path", required: true, description: "Whose", schema: { type: "integer" } },
    },
    schemas: { person, "basic-error": { type: "object" }, unused: { type: "string" } },
  },
};

test("only what is used and what a judge needs is kept, nullable as a type", () => {
  const { operations, $defs } = JSON.parse(descriptionText(source, ["people/get"]));
  const id = { name: "id", in: "path", required: true, schema: { type: "integer" } };
  const $ref = "github.json#/$defs/person";
  expect(operations).toEqual([
    {
      id: "people/get",
      method: "get",
      path: "/people/{id}",
      parameters: [id],
      answers: { 200: { $ref }, 204: null },
    },
  ]);
  expect($defs).toEqual({
    "basic-error": { type: "object" },
    person: {
      type: "object",
      required: ["description"],
      properties: {
        description: { type: ["string", "null"] },
        role: { type: ["string", "null"], enum: ["admin", null] },
        friend: { oneOf: [{ $ref }, { type: "null" }] },
      },
    },
  });
});

test("an operation that GitHub no longer has is told", () => {
  expect(() => descriptionText(source, ["people/get", "people/put"])).toThrow("does not know people/put");
});
