import { type Hint, isNumeric, isPercent } from "./hint.ts";
import { type SchemaNode, typesOf } from "./json-schema.ts";
import { batchSizeHint, factorHint, patternHint } from "./pattern-hints.ts";
import { printable } from "./problem.ts";
import { listForSection, scalarForSection } from "./section-hints.ts";
import type { SourceEntry, SourceList, SourceNode } from "./source.ts";
import { kebabCase, nearest } from "./suggest.ts";

/** The hint for a value that is there and that `schema` refuses; empty where nothing is evident. */
export function hintFor(schema: SchemaNode, node: SourceNode): Hint {
  if (node.kind === "list") return listHint(schema, node);
  if (node.kind === "map") return mapHint(schema, node.entries);
  if (node.value === null) return emptyHint(schema);
  return typeof node.value === "string" ? textHint(schema, node.value) : plainHint(schema, node.value);
}

const ONE_DASH_EACH = "Put a dash (-) before each entry.";

function mapHint(schema: SchemaNode, entries: readonly SourceEntry[]): Hint {
  if (typesOf(schema).includes("array")) return sectionForList(schema, entries);
  const [only, ...others] = entries;
  const choice = only && others.length === 0 ? kebabCase(only.key) : "";
  if (!isStrategy(schema)) return {};
  return schema.enum?.includes(choice)
    ? { note: `Write strategy: ${choice}; steps and batch stand beside it, not under it.` }
    : { note: "Give its name alone; steps and batch stand beside it, not under it." };
}

/** `payments: { … }` where a list takes `- name: payments`. */
function sectionForList({ items }: SchemaNode, entries: readonly SourceEntry[]): Hint {
  const hasName = items !== undefined && "required" in items && items.required?.includes("name");
  const named = entries.find(({ node }) => node.kind === "map");
  if (!hasName || !named) return { note: ONE_DASH_EACH };
  return {
    note: `Write it as a list: "- name: ${printable(named.key, 24).slice(1, -1)}", and its keys below that.`,
  };
}

const isStrategy = (schema: SchemaNode): boolean => schema.enum?.includes("blue-green") === true;

function listHint(schema: SchemaNode, { items }: SourceList): Hint {
  if (typesOf(schema).includes("array")) return {};
  const forSection = listForSection(schema, items);
  if (forSection) return forSection;
  return {
    note: items.length === 1 ? "Give it by itself, not in a list." : "Only one goes here, not a list.",
  };
}

function emptyHint(schema: SchemaNode): Hint {
  if (schema.default === undefined) return {};
  return { note: `Remove the key for its default, ${JSON.stringify(schema.default)}.` };
}

function plainHint(schema: SchemaNode, value: number | boolean): Hint {
  if (isDuration(schema) && typeof value === "number") {
    return value > 0
      ? { note: `Give the unit too: ${value}s is seconds, ${value}m minutes.` }
      : { suggestion: "0s" };
  }
  if (isStep(schema)) return { note: `Write weight: ${value}.` };
  if (schema.valueKind === "batch-size") return batchSizeHint(value);
  if (schema.valueKind === "factor" && typeof value === "number") return factorHint(value);
  const forSection = scalarForSection(schema, value);
  if (forSection) return forSection;
  if (schema.const !== undefined && schema.const !== true)
    return { note: `This Sluice reads version ${schema.const}.` };
  if (schema.enum) return {};
  if (typesOf(schema).includes("string")) return { note: `Write "${value}", with the quotes.` };
  return typesOf(schema).includes("array") ? { note: ONE_DASH_EACH } : {};
}

function textHint(schema: SchemaNode, text: string): Hint {
  if (schema.valueKind !== undefined) return patternHint(schema, text);
  if (schema.enum) return enumHint(schema.enum, text);
  const types = typesOf(schema);
  if ((types.includes("integer") || types.includes("number")) && isNumeric(text)) {
    return { note: `It is text because of its quotes: write ${Number(text)}.` };
  }
  if (types.includes("number") && isPercent(text))
    return { note: `Write ${Number.parseFloat(text)}, without the percent sign.` };
  if (isStep(schema)) return stepHint(text);
  if (schema.const !== undefined && text.trim() === String(schema.const)) {
    return { note: `It is text because of its quotes: write ${text.trim()}.` };
  }
  const forSection = scalarForSection(schema, text);
  if (forSection) return forSection;
  if (types.includes("boolean")) return booleanHint(text);
  if (types.includes("array")) return { note: ONE_DASH_EACH };
  return {};
}

const isDuration = ({ valueKind }: SchemaNode): boolean => valueKind === "duration" || valueKind === "period";

/** YAML 1.1 had more words for the two; YAML 1.2 reads those as text. */
function booleanHint(text: string): Hint {
  if (/^(yes|on|true|enabled?|y)$/i.test(text)) return { note: "Write true, without quotes." };
  if (/^(no|off|false|none|disabled?|n)$/i.test(text)) return { note: "Write false, without quotes." };
  return {};
}

const isStep = ({ properties }: SchemaNode): boolean =>
  properties?.approve !== undefined && properties.weight !== undefined;

/** A step given as one word: "25%", "25", "approve". */
function stepHint(text: string): Hint {
  if (isPercent(text) || isNumeric(text)) return { note: `Write weight: ${Number.parseFloat(text)}.` };
  if (/^(pause|wait|manual|approv)/i.test(text)) return { note: "Write approve: true." };
  return {};
}

/** What other tools call a strategy of ours. */
const OTHER_STRATEGIES: Readonly<Record<string, Hint>> = {
  linear: { note: "Write strategy: canary, and steps of equal distance." },
  "all-at-once": { note: "Write strategy: blue-green, which moves all traffic at once." },
  recreate: { note: "Write strategy: blue-green, which moves all traffic at once." },
  progressive: { suggestion: "canary" },
  "rolling-update": { suggestion: "rolling" },
};

/** What they call other values of ours: the first that the key takes is meant. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  queue: ["wait", "pending"],
  refuse: ["fail", "reject", "error"],
  "take-back": ["cancel", "cancel-in-progress", "replace", "roll-back", "rollback"],
  "roll-back": ["fail", "failed", "abort", "reject", "take-back", "revert", "undo"],
  hold: ["wait", "pause", "inconclusive", "ask", "approve", "stop"],
  promote: ["pass", "ignore", "continue", "proceed", "succeed", "success", "healthy", "allow"],
};

function enumHint(choices: readonly unknown[], text: string): Hint {
  const near = nearest(
    text,
    choices.filter((choice) => typeof choice === "string"),
  );
  if (near !== undefined) return { suggestion: near };
  const word = kebabCase(text);
  const ours = Object.keys(OTHER_WORDS).find(
    (name) => choices.includes(name) && OTHER_WORDS[name]?.includes(word),
  );
  if (ours !== undefined) return { suggestion: ours };
  return choices.includes("canary") ? (OTHER_STRATEGIES[word] ?? {}) : {};
}
