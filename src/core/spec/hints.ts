import { formatDuration, parseDuration } from "./duration.ts";
import { parseElbArn } from "./elb-arn.ts";
import { nearestMetricPeriod } from "./fields.ts";
import { alternativesOf, type SchemaNode, typesOf } from "./json-schema.ts";
import type { SourceEntry, SourceNode } from "./source.ts";
import { kebabCase, nearest } from "./suggest.ts";

/** How to set a wrong value right: a sentence for the message, or the value meant. */
export interface Hint {
  readonly note?: string;
  readonly suggestion?: string;
}

/** The hint for a value that is there and that `schema` refuses; empty where nothing is evident. */
export function hintFor(schema: SchemaNode, node: SourceNode): Hint {
  if (node.kind === "list") return listHint(schema, node.items.length);
  if (node.kind === "map") return mapHint(schema, node.entries);
  if (node.value === null) return emptyHint(schema);
  return typeof node.value === "string" ? textHint(schema, node.value) : plainHint(schema, node.value);
}

const ONE_DASH_EACH = "Put a dash (-) before each entry.";

function mapHint(schema: SchemaNode, entries: readonly SourceEntry[]): Hint {
  if (typesOf(schema).includes("array")) return { note: ONE_DASH_EACH };
  const [only, ...others] = entries;
  const choice = only && others.length === 0 ? kebabCase(only.key) : "";
  if (!isStrategy(schema)) return {};
  return schema.enum?.includes(choice)
    ? { note: `Write strategy: ${choice}; steps and batch stand beside it, not under it.` }
    : { note: "Give its name alone; steps and batch stand beside it, not under it." };
}

const isStrategy = (schema: SchemaNode): boolean => schema.enum?.includes("blue-green") === true;

function listHint(schema: SchemaNode, length: number): Hint {
  if (typesOf(schema).includes("array")) return {};
  return { note: length === 1 ? "Give it by itself, not in a list." : "Only one goes here, not a list." };
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
  if (types.includes("number") && PERCENT.test(text))
    return { note: `Write ${Number.parseFloat(text)}, without the percent sign.` };
  if (isStep(schema)) return stepHint(text);
  if (schema.const !== undefined && text.trim() === String(schema.const)) {
    return { note: `It is text because of its quotes: write ${text.trim()}.` };
  }
  if (alternativesOf(schema).some((choice) => choice.const === false)) return switchHint(text);
  if (types.includes("array")) return { note: ONE_DASH_EACH };
  return {};
}

const isDuration = ({ valueKind }: SchemaNode): boolean => valueKind === "duration" || valueKind === "period";

const isNumeric = (text: string): boolean => /^\s*-?\d+(\.\d+)?\s*$/.test(text);

function switchHint(text: string): Hint {
  if (/^(no|off|false|none|disabled?)$/i.test(text))
    return { note: "To turn it off, write false, without quotes." };
  if (/^(yes|on|true|enabled?)$/i.test(text)) return { note: "It is on when the key is left out." };
  return {};
}

const PERCENT = /^\s*\d+(\.\d+)?\s*%$/;

const isStep = ({ properties }: SchemaNode): boolean =>
  properties?.approve !== undefined && properties.weight !== undefined;

/** A step given as one word: "25%", "25", "approve". */
function stepHint(text: string): Hint {
  if (PERCENT.test(text) || isNumeric(text)) return { note: `Write weight: ${Number.parseFloat(text)}.` };
  if (/^(pause|wait|manual|approv)/i.test(text)) return { note: "Write approve: true." };
  return {};
}

function batchSizeHint(value: unknown): Hint {
  if (typeof value === "string" && /^[1-9]\d*$/.test(value.trim()))
    return { note: `It is text because of its quotes: write ${value.trim()}.` };
  const percent = typeof value === "string" && PERCENT.test(value) ? Number.parseFloat(value) : 0;
  if (percent > 0) return { suggestion: `${Math.max(1, Math.min(100, Math.floor(percent)))}%` };
  const isShare = typeof value === "number" && value > 0 && value < 1;
  return isShare ? { suggestion: `${Math.max(1, Math.floor(value * 100))}%` } : {};
}

/** What other tools call a value of ours. */
const OTHER_VALUES: Readonly<Record<string, Hint>> = {
  linear: { note: "Write strategy: canary, and steps of equal distance." },
  "all-at-once": { note: "Write strategy: blue-green, which moves all traffic at once." },
  recreate: { note: "Write strategy: blue-green, which moves all traffic at once." },
  progressive: { suggestion: "canary" },
  "rolling-update": { suggestion: "rolling" },
  wait: { suggestion: "queue" },
  fail: { suggestion: "refuse" },
  reject: { suggestion: "refuse" },
  cancel: { suggestion: "take-back" },
  "cancel-in-progress": { suggestion: "take-back" },
  replace: { suggestion: "take-back" },
  "roll-back": { suggestion: "take-back" },
  rollback: { suggestion: "take-back" },
};

function enumHint(choices: readonly unknown[], text: string): Hint {
  const near = nearest(
    text,
    choices.filter((choice) => typeof choice === "string"),
  );
  if (near !== undefined) return { suggestion: near };
  const other = OTHER_VALUES[kebabCase(text)];
  const belongs =
    other && (other.suggestion ? choices.includes(other.suggestion) : choices.includes("canary"));
  return belongs ? other : {};
}

function patternHint(schema: SchemaNode, text: string): Hint {
  const { valueKind } = schema;
  if (valueKind === "duration" || valueKind === "period") return durationHint(valueKind, text);
  if (valueKind === "batch-size") return batchSizeHint(text);
  if (valueKind === "time") return timeHint(text);
  if (valueKind === "path") return { suggestion: `/${text}` };
  if (valueKind === "url") return HOST_AND_PATH.test(text) ? { suggestion: `http://${text}` } : {};
  return valueKind === undefined || valueKind === "header-name" ? {} : arnHint(valueKind, text);
}

const HOST_AND_PATH = /^[\w.-]+(:\d+)?(\/\S*)?$/;

const LOOSE_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** A day alone, a space between day and time, or no offset. */
function timeHint(text: string): Hint {
  const [, day, time = "00:00", offset] = LOOSE_TIME.exec(text.trim()) ?? [];
  const atMs = Date.parse(`${day}T${time}Z`);
  if (day === undefined || Number.isNaN(atMs) || !new Date(atMs).toISOString().startsWith(day)) return {};
  if (offset === undefined)
    return { note: `Say in which offset from UTC it is meant: ${day}T${time}Z is UTC.` };
  return { suggestion: `${day}T${time}${offset.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, "$1:$2")}` };
}

const LOOSE_DURATION =
  /(\d+(?:\.\d+)?)\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)/giy;

/** "10 min", "10M", "1h30m" and the like, as Sluice writes them. */
function durationHint(valueKind: "duration" | "period", text: string): Hint {
  const ms = parseDuration(text);
  if (ms !== undefined) return valueKind === "period" ? { suggestion: nearestMetricPeriod(ms) } : {};
  if (isNumeric(text))
    return { note: `Give the unit too: ${text.trim()}s is seconds, ${text.trim()}m minutes.` };
  const compact = text.trim();
  let total = 0;
  let end = 0;
  for (const match of compact.replace(/\s+/g, "").matchAll(LOOSE_DURATION)) {
    total += parseDuration(`${match[1]}${shortUnit(match[2] ?? "")}`) ?? 0;
    end += match[0].length;
  }
  return end > 0 && end === compact.replace(/\s+/g, "").length ? { suggestion: oneUnit(total) } : {};
}

function shortUnit(unit: string): string {
  const lower = unit.toLowerCase();
  return lower.startsWith("ms") || lower.startsWith("milli") ? "ms" : lower.slice(0, 1);
}

function oneUnit(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  const short = formatDuration(ms);
  return parseDuration(short) === ms ? short : ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}

const OTHER_BALANCERS: Readonly<Record<string, string>> = { net: "Network", gwy: "Gateway" };

function arnHint(wanted: string, text: string): Hint {
  const arn = parseElbArn(text);
  if (!arn)
    return text.startsWith("arn:") ? {} : { note: "Give the whole ARN, as the AWS console and CLI show it." };
  const other = OTHER_BALANCERS[arn.balancer?.type ?? ""];
  if (other) {
    return {
      note: `It belongs to a ${other} Load Balancer: weights of this kind exist on Application Load Balancers only.`,
    };
  }
  if (arn.resource === "loadbalancer") {
    return {
      note: `It is a load balancer; find its listeners with: aws elbv2 describe-listeners --load-balancer-arn ${text}`,
    };
  }
  if (arn.resource === wanted)
    return { note: "The ARN is incomplete, or has something in it that it should not." };
  return misplaced(arn.resource);
}

function misplaced(resource: string): Hint {
  if (resource === "targetgroup")
    return { note: "It is a target group; those go under traffic.target-groups." };
  return { note: `It is a ${resource.replace("-", " ")}'s: give it as ${resource}.` };
}
