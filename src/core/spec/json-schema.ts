import { z } from "zod";
import type { ValueKind } from "./fields.ts";
import { listSchema, singleSchema } from "./schema.ts";

/** A node of a JSON Schema (draft 7): the keywords that Sluice reads, and whatever else is there. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly patternErrorMessage?: string;
  readonly valueKind?: ValueKind;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
  readonly $ref?: string;
  readonly [keyword: string]: unknown;
}

/** The two ways to write a `sluice.yml`: one service at the top level, or a list under `services`. */
export type SpecForm = "single" | "list";

/** The JSON Schema of one form. Pure; built at first use, since most runs have no problem to explain. */
export const formSchema: (form: SpecForm) => SchemaNode = memoized((form) =>
  mapNodes(
    z.toJSONSchema(form === "single" ? singleSchema : listSchema, { io: "input", target: "draft-7" }),
    withEmptySection,
  ),
);

/**
 * The JSON Schema of `sluice.yml`, as editors load it. Draft 7, which every YAML language server speaks. The
 * form is chosen by `services` with `if`, so that editors complain about the form meant.
 */
export function specJsonSchema(): SchemaNode {
  const single = formSchema("single");
  const list = formSchema("list");
  const schema: SchemaNode = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "sluice.yml",
    description: "What Sluice releases, and how: an Amazon ECS service behind an Application Load Balancer.",
    type: "object",
    required: ["version"],
    if: { required: ["services"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: withoutHead(list, "Several services"),
    else: withoutHead(single, "One service"),
    definitions: { ...list.definitions, ...single.definitions },
  };
  return mapNodes(schema, ({ valueKind: _, ...node }) => node);
}

/** The node that describes `path`, or undefined where the schema has none (an unknown key). */
export function nodeAt(form: SpecForm, path: readonly (string | number)[]): SchemaNode | undefined {
  const root = formSchema(form);
  let node: SchemaNode | undefined = root;
  for (const step of path) {
    if (!node) return undefined;
    node = resolve(typeof step === "number" ? itemOf(node, step) : memberOf(sectionOf(node), step), root);
  }
  return node;
}

/** The part of a node that is a map: itself, or the one among its alternatives. */
export function sectionOf(node: SchemaNode): SchemaNode {
  return alternativesOf(node).find((choice) => choice.properties ?? choice.additionalProperties) ?? node;
}

export function alternativesOf(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf && node.anyOf.length > 0 ? node.anyOf : [node];
}

/** The types a node takes, `null` aside. */
export function typesOf(node: SchemaNode): readonly string[] {
  const types = alternativesOf(node).flatMap((choice) => choice.type ?? []);
  return types.filter((type) => type !== "null");
}

function memberOf(node: SchemaNode, key: string): unknown {
  const own = node.properties && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;
  return own ?? node.additionalProperties;
}

function itemOf(node: SchemaNode, index: number): unknown {
  return Array.isArray(node.items) ? node.items[index] : node.items;
}

function resolve(node: unknown, root: SchemaNode): SchemaNode | undefined {
  if (!isNode(node)) return undefined;
  const name = node.$ref?.replace("#/definitions/", "");
  return name === undefined ? node : resolve(root.definitions?.[name], root);
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutHead(schema: SchemaNode, title: string): SchemaNode {
  const { $schema: _, definitions: __, ...rest } = schema;
  return { title, ...rest };
}

/** Turns the mark of `emptyable` into the type `null`. */
function withEmptySection(node: SchemaNode): SchemaNode {
  const { mayBeEmpty: marked, ...rest } = node;
  if (marked !== true) return node;
  if (rest.anyOf) return { ...rest, anyOf: [...rest.anyOf, { type: "null" }] };
  return { ...rest, type: [rest.type ?? [], "null"].flat() };
}

function mapNodes(node: object, change: (node: SchemaNode) => SchemaNode): SchemaNode {
  const mapped = Object.entries(node).map(([key, value]) => [key, mapValue(value, change)] as const);
  return change(Object.fromEntries(mapped));
}

function mapValue(value: unknown, change: (node: SchemaNode) => SchemaNode): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValue(item, change));
  return isNode(value) ? mapNodes(value, change) : value;
}

function memoized<K, V>(build: (key: K) => V): (key: K) => V {
  const built = new Map<K, V>();
  return (key) => {
    const value = built.get(key) ?? build(key);
    built.set(key, value);
    return value;
  };
}
