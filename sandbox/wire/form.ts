import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "./service.ts";

interface Field {
  value?: string;
  readonly fields: Map<string, Field>;
}

/**
 * A Query protocol request as the operation's input: `Names.member.1=a`, `Map.entry.1.key=k`, flattened lists
 * `Names.1=a`, an empty list as `Names=`. Parameters that the model does not know are ignored, as AWS does.
 * Throws MalformedInput for a value that is not of its type.
 */
export function readForm(schema: NormalizedSchema, form: URLSearchParams): Record<string, unknown> {
  return readStructure(schema, nest(form));
}

function nest(form: URLSearchParams): Field {
  const root: Field = { fields: new Map() };
  for (const [key, value] of form) {
    let field = root;
    for (const part of key.split(".")) {
      const next = field.fields.get(part) ?? { fields: new Map() };
      field.fields.set(part, next);
      field = next;
    }
    field.value = value;
  }
  return root;
}

function readStructure(schema: NormalizedSchema, field: Field): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  if (schema.isUnitSchema()) return structure;
  for (const [name, member] of schema.structIterator()) {
    const inner = field.fields.get(member.getMergedTraits().xmlName ?? name);
    if (inner) structure[name] = readValue(member, inner);
  }
  return structure;
}

function readValue(schema: NormalizedSchema, field: Field): unknown {
  if (schema.isListSchema()) return readList(schema, field);
  if (schema.isMapSchema()) return readMap(schema, field);
  if (schema.isStructSchema()) return readStructure(schema, field);
  if (field.fields.size > 0) throw new AwsError("MalformedInput", "Unexpected complex element termination");
  return readScalar(schema, field.value ?? "");
}

function readList(schema: NormalizedSchema, field: Field): unknown[] {
  const element = schema.getValueSchema();
  const flat = schema.getMergedTraits().xmlFlattened;
  const holder = flat ? field : field.fields.get(element.getMergedTraits().xmlName ?? "member");
  return numbered(holder).map((item) => readValue(element, item));
}

function readMap(schema: NormalizedSchema, field: Field): Record<string, unknown> {
  const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
  const holder = schema.getMergedTraits().xmlFlattened ? field : field.fields.get("entry");
  const entries = numbered(holder).map((entry): [string, unknown] => {
    const keyField = entry.fields.get(key.getMergedTraits().xmlName ?? "key");
    const valueField = entry.fields.get(value.getMergedTraits().xmlName ?? "value");
    return [keyField?.value ?? "", readValue(value, valueField ?? { value: "", fields: new Map() })];
  });
  return Object.fromEntries(entries);
}

function numbered(holder: Field | undefined): readonly Field[] {
  return [...(holder?.fields ?? [])]
    .filter(([index]) => /^\d+$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item);
}

function readScalar(schema: NormalizedSchema, text: string): unknown {
  if (schema.isBooleanSchema()) return readBoolean(text);
  if (schema.isTimestampSchema()) return readTimestamp(text);
  if (schema.isBlobSchema()) return Buffer.from(text, "base64");
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema()) {
    if (text.trim() === "" || Number.isNaN(Number(text))) {
      throw new AwsError("MalformedInput", `'${text}' can not be converted to a Number`);
    }
    return Number(text);
  }
  return text;
}

function readBoolean(text: string): boolean {
  if (text.toLowerCase() === "true") return true;
  if (text.toLowerCase() === "false") return false;
  throw new AwsError("MalformedInput", `'${text}' can not be converted to a Boolean`);
}

function readTimestamp(text: string): Date {
  const date = new Date(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text);
  if (Number.isNaN(date.getTime())) {
    throw new AwsError("MalformedInput", `timestamp must follow ISO8601, but was '${text}'`);
  }
  return date;
}
