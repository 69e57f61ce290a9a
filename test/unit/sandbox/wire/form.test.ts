import * as cloudWatch from "@aws-sdk/client-cloudwatch";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import * as sts from "@aws-sdk/client-sts";
import { QueryShapeSerializer, XmlShapeDeserializer } from "@aws-sdk/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { describe, expect, test } from "vitest";
import { readForm } from "../../../../sandbox/wire/form.ts";
import { modelNamed } from "../../../../sandbox/wire/models.ts";
import { queryProtocol } from "../../../../sandbox/wire/query.ts";
import { type OperationShapes, operationShapes, type SdkModule } from "../../../../sandbox/wire/shapes.ts";

const iso8601 = 5;
const settings = {
  timestampFormat: { useTrait: true, default: iso8601 },
  httpBindings: false,
  xmlNamespace: "",
  serviceNamespace: "",
  serializeEmptyLists: true,
} as const;

const operationsOf = (sdk: SdkModule): OperationShapes[] =>
  Object.keys(sdk)
    .filter((name) => name.endsWith("$"))
    .flatMap((name) => operationShapes(sdk, name.slice(0, -1)) ?? []);

/**
 * A value with every member of the shape; lists of twelve at the top, so that their order shows. Structures
 * without members are left out (forms cannot show them), as are those nested without end.
 */
function sample(schema: NormalizedSchema, depth = 0): unknown {
  if (schema.isUnitSchema()) return {};
  if (schema.isStructSchema()) {
    const members = [...schema.structIterator()].map(([name, member]) => [name, sample(member, depth + 1)]);
    const present = members.filter(([, value]) => value !== undefined);
    return depth > 10 || (depth > 0 && present.length === 0) ? undefined : Object.fromEntries(present);
  }
  if (schema.isListSchema()) {
    const length = depth > 2 ? 2 : 12;
    const items = Array.from({ length }, (_, index) => numbered(schema.getValueSchema(), index, depth));
    return items[0] === undefined ? undefined : items;
  }
  if (schema.isMapSchema()) return { "a key": sample(schema.getValueSchema(), depth + 1) };
  if (schema.isBooleanSchema()) return false;
  if (schema.isTimestampSchema()) return new Date(Date.UTC(2026, 0, 5, 9, 0, depth, 5));
  if (schema.isBlobSchema()) return new Uint8Array([1, 2, 250]);
  if (schema.isNumericSchema()) return 0.5 + depth;
  return `tom & <jerry> = "${depth}" +/ä`;
}

function numbered(schema: NormalizedSchema, index: number, depth: number): unknown {
  return schema.isStringSchema() ? `item ${index}` : sample(schema, depth + 1);
}

describe.each([
  ["elasticloadbalancing", elbv2],
  ["monitoring", cloudWatch],
  ["sts", sts],
] as const)("%s", (name, sdk) => {
  const operations = operationsOf(sdk);
  const model = modelNamed(name);

  test("has operations", () => {
    expect(operations.length).toBeGreaterThan(5);
  });

  test.each(operations.map((shapes) => [shapes.name, shapes] as const))(
    "%s: what the SDK writes as a form is read back whole",
    (_name, shapes) => {
      const input = sample(shapes.input);
      const serializer = new QueryShapeSerializer(settings);
      serializer.write(shapes.input, input);
      const form = new URLSearchParams(String(serializer.flush()));
      expect(plain(readForm(shapes.input, form))).toEqual(plain(input));
    },
  );

  test.each(operations.map((shapes) => [shapes.name, shapes] as const))(
    "%s: what is answered in XML is read whole by the SDK",
    async (_name, shapes) => {
      if (!model) throw new Error(`no model of ${name}`);
      const output = sample(shapes.output);
      const { body } = queryProtocol.writeOutput(model, shapes, output, "id");
      const deserializer = new XmlShapeDeserializer(settings);
      const bytes = new TextEncoder().encode(String(body));
      if (shapes.output.isUnitSchema()) return expect(String(body)).toContain(`<${shapes.name}Result/>`);
      const read: unknown = await deserializer.read(shapes.output, bytes, `${shapes.name}Result`);
      expect(plain(read)).toEqual(plain(output));
    },
  );
});

/** Bytes compare as bytes, whatever their class. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
