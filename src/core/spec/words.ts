import { alternativesOf, type SchemaNode } from "./json-schema.ts";
import { printable } from "./problem.ts";
import type { SourceNode } from "./source.ts";
import { anyOfThese } from "./suggest.ts";

/** What a node of the schema allows, in words that complete "expected …". */
export function allowedWords(node: SchemaNode): string {
  if (node.patternErrorMessage !== undefined) return node.patternErrorMessage;
  if (node.anyOf) return anyOfThese(alternativesOf(node).filter(isNotNull).map(allowedWords));
  if (node.const !== undefined) return printable(node.const);
  if (node.enum) return node.enum.length === 1 ? printable(node.enum[0]) : `one of ${listed(node.enum)}`;
  const type = [node.type ?? []].flat().find((name) => name !== "null");
  if (type === "integer" || type === "number") return numberWords(node, type);
  if (type === "string") return textWords(node);
  if (type === "boolean") return "true or false";
  if (type === "array") return listWords(node);
  if (type === "object") return sectionWords(node);
  return "a JSON value";
}

const isNotNull = (node: SchemaNode): boolean => node.type !== "null";

function listed(values: readonly unknown[]): string {
  return anyOfThese(values.map((value) => String(value)));
}

function numberWords(node: SchemaNode, type: "integer" | "number"): string {
  const noun = type === "integer" ? "a whole number" : "a number";
  const { minimum, maximum } = node;
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (minimum !== undefined && isBounded) return `${noun} from ${minimum} to ${maximum}`;
  return minimum === undefined ? noun : `${noun} of at least ${minimum}`;
}

function textWords({ minLength, maxLength }: SchemaNode): string {
  if (maxLength !== undefined) return `text of ${minLength ?? 0} to ${maxLength} characters`;
  return minLength === undefined ? "text" : "text that is not empty";
}

function listWords(node: SchemaNode): string {
  if (node.minItems !== undefined && node.minItems === node.maxItems)
    return `a list of exactly ${node.minItems} entries`;
  if (node.maxItems !== undefined) return `a list of ${node.minItems ?? 0} to ${node.maxItems} entries`;
  return node.minItems === undefined ? "a list" : `a list with at least ${node.minItems} entry`;
}

function sectionWords(node: SchemaNode): string {
  const known = Object.keys(node.properties ?? {});
  return known.length > 0 ? `a section (keys: ${known.join(", ")})` : "a section of names and values";
}

/** An ARN is shown whole: its tail is what tells two apart. */
const ARN_LENGTH = 200;

/** What is there, short and printable. */
export function seenWords(node: SourceNode | undefined): string {
  if (!node) return "nothing";
  if (node.kind === "map") return mapWords(node.entries.map((entry) => entry.key));
  if (node.kind === "list") return listSeen(node.items.length);
  if (node.value === null) return "nothing (the key is left empty)";
  if (typeof node.value !== "string") return String(node.value);
  return printable(node.value, node.value.startsWith("arn:") ? ARN_LENGTH : undefined);
}

function mapWords(keys: readonly string[]): string {
  if (keys.length === 0) return "an empty section";
  const shown = keys.slice(0, 4).map((key) => printable(key, 24));
  return `a section with ${shown.join(", ")}${keys.length > 4 ? ", …" : ""}`;
}

function listSeen(length: number): string {
  if (length === 0) return "an empty list";
  return length === 1 ? "a list of 1 entry" : `a list of ${length} entries`;
}
