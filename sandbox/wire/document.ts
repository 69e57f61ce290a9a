import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "./service.ts";

/**
 * A decoded JSON or CBOR body as the operation's input. Members that the model does not know are ignored and
 * nulls count as absent, as AWS does. Throws SerializationException for a value that is not of its type.
 */
export function readDocument(schema: NormalizedSchema, document: unknown): Record<string, unknown> {
  return readStructure(schema, document);
}

function readValue(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isDocumentSchema()) return value;
  if (schema.isListSchema()) return readList(schema, value);
  if (schema.isMapSchema()) return readMap(schema, value);
  if (schema.isStructSchema()) return readStructure(schema, value);
  return readScalar(schema, value);
}

function readStructure(schema: NormalizedSchema, value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw unreadable(value, "an Object");
  const structure: Record<string, unknown> = {};
  if (schema.isUnitSchema()) return structure;
  for (const [name, member] of schema.structIterator()) {
    const inner = Object.hasOwn(value, name) ? value[name] : undefined;
    if (inner !== undefined && inner !== null) structure[name] = readValue(member, inner);
  }
  return structure;
}

function readList(schema: NormalizedSchema, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw unreadable(value, "a Collection");
  const element = schema.getValueSchema();
  return value.filter((item) => item !== null).map((item) => readValue(element, item));
}

function readMap(schema: NormalizedSchema, value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw unreadable(value, "a Map");
  const element = schema.getValueSchema();
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([key, item]) => [key, readValue(element, item)]),
  );
}

function readScalar(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isStringSchema()) {
    if (typeof value !== "string") throw unreadable(value, "a String");
  } else if (schema.isBooleanSchema()) {
    if (typeof value !== "boolean") throw unreadable(value, "a Boolean");
  } else if (schema.isTimestampSchema()) {
    if (value instanceof Date) return value;
    if (typeof value !== "number") throw unreadable(value, "a Timestamp");
    return new Date(value * 1000);
  } else if (schema.isBlobSchema()) {
    if (value instanceof Uint8Array) return value;
    if (typeof value !== "string") throw unreadable(value, "a Blob");
    return Buffer.from(value, "base64");
  } else if (typeof value === "bigint") {
    return Number(value);
  } else if (typeof value !== "number") {
    throw unreadable(value, "a Number");
  }
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(value: unknown, wanted: string): AwsError {
  return new AwsError("SerializationException", `${tokenOf(value)} can not be converted to ${wanted}`);
}

function tokenOf(value: unknown): string {
  if (Array.isArray(value)) return "START_ARRAY";
  if (value === true) return "TRUE_VALUE";
  if (value === false) return "FALSE_VALUE";
  if (typeof value === "string") return "STRING_VALUE";
  return typeof value === "number" || typeof value === "bigint" ? "NUMBER_VALUE" : "START_OBJECT";
}
