import { formatDuration, parseDuration } from "./duration.ts";
import { parseElbArn } from "./elb-arn.ts";
import { nearestMetricPeriod } from "./fields.ts";
import { type Hint, isNumeric, isPercent } from "./hint.ts";
import type { SchemaNode } from "./json-schema.ts";
import { kebabCase } from "./suggest.ts";

/** The hint for a value of a kind that `fields.ts` defines, such as a duration. */
export function patternHint({ valueKind }: SchemaNode, text: string): Hint {
  if (valueKind === "duration" || valueKind === "period") return durationHint(valueKind, text);
  if (valueKind === "batch-size") return batchSizeHint(text);
  if (valueKind === "time") return timeHint(text);
  if (valueKind === "path") return { suggestion: `/${text}` };
  if (valueKind === "url") return HOST_AND_PATH.test(text) ? { suggestion: `http://${text}` } : {};
  if (valueKind === "factor") return factorHint(text);
  if (valueKind === "statistic") return statisticHint(text);
  if (valueKind === "environment") return environmentHint(text);
  if (valueKind === "name") return nameHint(text);
  return valueKind === undefined || valueKind === "header-name" ? {} : arnHint(valueKind, text);
}

const HOST_AND_PATH = /^[\w.-]+(:\d+)?(\/\S*)?$/;

export function batchSizeHint(value: unknown): Hint {
  if (typeof value === "string" && /^[1-9]\d*$/.test(value.trim()))
    return { note: `It is text because of its quotes: write ${value.trim()}.` };
  const percent = typeof value === "string" && isPercent(value) ? Number.parseFloat(value) : 0;
  if (percent > 0) return { suggestion: `${Math.max(1, Math.min(100, Math.floor(percent)))}%` };
  const isShare = typeof value === "number" && value > 0 && value < 1;
  return isShare ? { suggestion: `${Math.max(1, Math.floor(value * 100))}%` } : {};
}

/** "20%" and 0.2 are a factor of 1.2. */
export function factorHint(given: string | number): Hint {
  const text = String(given);
  const share = isPercent(text) ? Number.parseFloat(text) / 100 : Number(text);
  if (!(share > 0 && share < 1)) {
    return isNumeric(text) && typeof given === "string"
      ? { note: `It is text because of its quotes: write ${Number(text)}.` }
      : {};
  }
  const factor = Number((1 + share).toFixed(4));
  return { note: `It is a factor: ${Number((share * 100).toFixed(4))} % more is ${factor}.` };
}

const NO_COUNT = /^(average|avg|mean|minimum|min|maximum|max|p\d|tm|wm|iqm|pr)/i;

function statisticHint(text: string): Hint {
  const counts = ["Sum", "SampleCount"].find((name) => kebabCase(name) === kebabCase(text.trim()));
  if (counts !== undefined) return { suggestion: counts };
  if (!NO_COUNT.test(text)) return {};
  return { note: "It tells how large values are; a gate needs how many there are." };
}

/** A token where the name of its variable belongs, or the variable as a shell has it. */
function environmentHint(text: string): Hint {
  const [, name] = /^\$\{?([A-Z_a-z][A-Z_a-z0-9]*)\}?$/.exec(text.trim()) ?? [];
  if (name !== undefined) return { suggestion: name };
  return { note: "The value itself stands in that variable, never in the spec." };
}

function nameHint(text: string): Hint {
  const name = kebabCase(text).replace(/[^a-z0-9-]/g, "-");
  return /^[a-z0-9][a-z0-9-]{0,40}$/.test(name) ? { suggestion: name } : {};
}

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
