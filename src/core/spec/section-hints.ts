import { parseDuration } from "./duration.ts";
import { type Hint, isNumeric, isPercent } from "./hint.ts";
import { alternativesOf, type SchemaNode, sectionOf, typesOf } from "./json-schema.ts";
import { printable } from "./problem.ts";
import type { SourceNode } from "./source.ts";

/** The hint for a single value where a section belongs; undefined where `schema` is none, or nothing is evident. */
export function scalarForSection(schema: SchemaNode, value: string | number | boolean): Hint | undefined {
  const types = typesOf(schema);
  if (!types.includes("object") || types.includes("string")) return undefined;
  const isOn = switchWord(value);
  if (isOn !== undefined) return switchHint(schema, isOn, typeof value === "string");
  const line = lineFor(sectionOf(schema), value);
  return line === undefined ? undefined : { note: `Write ${line} under it.` };
}

/** The hint for a list where a section belongs. */
export function listForSection(schema: SchemaNode, items: readonly SourceNode[]): Hint | undefined {
  const types = typesOf(schema);
  if (!types.includes("object") || types.includes("string")) return undefined;
  const section = sectionOf(schema);
  if (section.properties === undefined) return { note: "Write each under its name, without dashes." };
  const areWords = items.length > 0 && items.every(({ kind }) => kind === "scalar");
  return areWords ? { note: "Write each as a key of its own, without dashes." } : undefined;
}

function switchWord(value: string | number | boolean): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  if (/^(yes|on|true|enabled?)$/i.test(value)) return true;
  return /^(no|off|false|none|disabled?)$/i.test(value) ? false : undefined;
}

function switchHint(schema: SchemaNode, isOn: boolean, isText: boolean): Hint | undefined {
  if (alternativesOf(schema).some((choice) => choice.const === false)) {
    if (isOn) return { note: "It is on when the key is left out." };
    return isText ? { note: "To turn it off, write false, without quotes." } : undefined;
  }
  const mayBeEmpty = alternativesOf(schema).some(({ type }) => [type ?? []].flat().includes("null"));
  if (mayBeEmpty && schema.default === undefined) {
    return isOn
      ? { note: "To turn it on with its defaults, leave it empty: write the key and nothing after it." }
      : { note: "To turn it off, leave the key out." };
  }
  const required = sectionOf(schema).required ?? [];
  return isOn && required.length > 0
    ? { note: `Give its keys under it: ${required.join(", ")}.` }
    : undefined;
}

const URL_START = /^https?:\/\//;

/** The one line that a value by itself most likely stands for. */
function lineFor({ properties = {} }: SchemaNode, value: string | number | boolean): string | undefined {
  const text = String(value);
  if (properties["slower-than"]) {
    if (parseDuration(text) !== undefined) return `slower-than: ${text}`;
    if (typeof value === "number") return `slower-than: ${value}ms, if milliseconds are meant,`;
  }
  if (properties["max-percent"] && (isNumeric(text) || isPercent(text)))
    return `max-percent: ${Number.parseFloat(text)}`;
  if (properties.url && URL_START.test(text)) return `url: ${printable(text, 80).slice(1, -1)}`;
  if (properties.prometheus && (URL_START.test(text) || text === "prometheus"))
    return "prometheus: { url: … }";
  if (properties.source && typeof value === "string") return "source, requests and bad";
  return undefined;
}
