import { anyOfThese, nearest } from "../../core/spec/suggest.ts";
import type { TraceArm, TracePeriod } from "./trace.ts";

const LINE_KEYS = ["t", "stable", "canary"] as const;
const ARM_KEYS = ["requests", "errors", "slow"] as const;

/** A line of a trace by itself: the period, as far as it can be read, and all that is wrong with it. */
export interface TraceLine {
  readonly period: Partial<TracePeriod>;
  readonly problems: readonly string[];
}

/** `{"t": 60, "stable": {"requests": 480, "errors": 1, "slow": 3}, "canary": {…}}` */
export function parseTraceLine(text: string): TraceLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { period: {}, problems: [`not JSON: ${excerptOf(text)}`] };
  }
  if (!isObject(line)) return { period: {}, problems: [`expected an object, got ${excerptOf(text)}`] };
  const problems = unknownKeys(line, LINE_KEYS, "");
  const atMs = parseTime(line.t, problems);
  const stable = parseArm("stable", line.stable, problems);
  const canary = parseArm("canary", line.canary, problems);
  if (line.stable === undefined && line.canary === undefined) problems.push("neither stable nor canary");
  const period = {
    ...(atMs === undefined ? {} : { atMs }),
    ...(stable ? { stable } : {}),
    ...(canary ? { canary } : {}),
  };
  return { period, problems };
}

function parseTime(value: unknown, problems: string[]): number | undefined {
  if (typeof value !== "number" || !Number.isSafeInteger(Math.round(value * 1000))) {
    problems.push(value === undefined ? "t is missing" : `t: expected seconds, got ${wordsOf(value)}`);
    return undefined;
  }
  const atMs = Math.round(value * 1000);
  if (atMs / 1000 === value) return atMs;
  problems.push(`t: expected whole milliseconds, got ${value}`);
  return undefined;
}

function parseArm(name: "stable" | "canary", value: unknown, problems: string[]): TraceArm | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    problems.push(`${name}: expected an object, got ${wordsOf(value)}`);
    return undefined;
  }
  problems.push(...unknownKeys(value, ARM_KEYS, `${name}.`));
  const requests = parseCount(`${name}.requests`, value.requests, problems);
  const errors = parseCount(`${name}.errors`, value.errors, problems);
  const slow = value.slow === undefined ? undefined : parseCount(`${name}.slow`, value.slow, problems);
  for (const [key, count] of Object.entries({ errors, slow })) {
    if (requests !== undefined && count !== undefined && count > requests) {
      problems.push(`${name}.${key} is ${count}, more than its ${requests} requests`);
    }
  }
  if (requests === undefined || errors === undefined) return undefined;
  return { requests, errors, ...(slow === undefined ? {} : { slow }) };
}

function parseCount(path: string, value: unknown, problems: string[]): number | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  const got = value === undefined ? undefined : wordsOf(value);
  problems.push(got ? `${path}: expected a whole number, 0 or more, got ${got}` : `${path} is missing`);
  return undefined;
}

function unknownKeys(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: string,
): string[] {
  const unknown = Object.keys(object).filter((key) => !known.includes(key));
  return unknown.map((key) => {
    const near = nearest(key, known);
    const help = near ? `Did you mean ${JSON.stringify(near)}?` : `It may be ${anyOfThese(known)}.`;
    return `unknown key ${JSON.stringify(`${path}${key}`)}. ${help}`;
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const LONGEST_EXCERPT = 40;

const wordsOf = (value: unknown): string => excerptOf(JSON.stringify(value));

function excerptOf(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > LONGEST_EXCERPT ? `${trimmed.slice(0, LONGEST_EXCERPT)}…` : trimmed;
}
