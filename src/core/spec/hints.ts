import { formatDuration, parseDuration } from "./duration.ts";
import { parseElbArn } from "./elb-arn.ts";
import { nearestMetricPeriod } from "./fields.ts";
import { alternativesOf, type SchemaNode, typesOf } from "./json-schema.ts";
import type { SourceNode } from "./source.ts";
import { nearest } from "./suggest.ts";

/** How to set a wrong value right: a sentence for the message, or the value meant. */
export interface Hint {
  readonly note?: string;
  readonly suggestion?: string;
}

/** The hint for a value that is there and that `schema` refuses; empty where nothing is evident. */
export function hintFor(schema: SchemaNode, node: SourceNode): Hint {
  if (node.kind === "list") return listHint(schema, node.items.length);
  if (node.kind === "map") return typesOf(schema).includes("array") ? { note: ONE_DASH_EACH } : {};
  if (node.value === null) return emptyHint(schema);
  return typeof node.value === "string" ? textHint(schema, node.value) : plainHint(schema, node.value);
}

const ONE_DASH_EACH = "Put a dash (-) before each entry.";

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
  if (schema.const !== undefined) return { note: `This Sluice reads version ${schema.const}.` };
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

const OTHER_STRATEGIES = /^(canary|rolling|linear|all-?at-?once|recreate)/i;

function enumHint(choices: readonly unknown[], text: string): Hint {
  const near = nearest(
    text,
    choices.filter((choice) => typeof choice === "string"),
  );
  if (near !== undefined) return { suggestion: near };
  return choices.includes("blue-green") && OTHER_STRATEGIES.test(text)
    ? { note: "This version of Sluice releases blue-green only." }
    : {};
}

function patternHint(schema: SchemaNode, text: string): Hint {
  const { valueKind } = schema;
  if (valueKind === "duration" || valueKind === "period") return durationHint(valueKind, text);
  if (valueKind === "path") return { suggestion: `/${text}` };
  if (valueKind === "url") return HOST_AND_PATH.test(text) ? { suggestion: `http://${text}` } : {};
  return valueKind === undefined || valueKind === "header-name" ? {} : arnHint(valueKind, text);
}

const HOST_AND_PATH = /^[\w.-]+(:\d+)?(\/\S*)?$/;

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
