import { compile, type JSONValue, TreeInterpreter } from "@jmespath-community/jmespath";
import { SluiceError } from "../../core/errors.ts";
import { excerpt } from "../../core/fill.ts";
import type { Point } from "./points.ts";

/** A JMESPath expression of the spec, and its key there. */
export interface Expression {
  readonly key: string;
  readonly text: string;
  readonly compiled: ReturnType<typeof compile>;
}

/** Seconds since 1970 stay below this until the year 5138, and milliseconds are above it since 1973. */
const SECONDS_BELOW = 1e11;
const MILLISECONDS_BELOW = 1e14;

/** Throws SluiceError "configuration" where the text is no JMESPath. */
export function compileExpression(key: string, text: string): Expression {
  try {
    return { key, text, compiled: compile(text) };
  } catch (error) {
    throw new SluiceError("configuration", `${key} is no JMESPath expression: ${text}: ${wordsOf(error)}`);
  }
}

/** What the expression finds, null for nothing. Throws SluiceError "configuration" where it cannot be applied. */
export function find({ key, text, compiled }: Expression, answer: unknown): unknown {
  try {
    return TreeInterpreter.search(compiled, answer as JSONValue);
  } catch (error) {
    throw new SluiceError(
      "configuration",
      `${key}, ${text}, does not fit the answer: ${wordsOf(error)}: ${excerpt(JSON.stringify(answer), 120)}`,
    );
  }
}

/**
 * The list of `[time, value]` that the expression finds; a value of null is no point. Null instead of the list is none at
 * all, which is how most APIs say that nothing was counted. Throws SluiceError "configuration" for anything else.
 */
export function pointsIn(expression: Expression, answer: unknown): readonly Point[] {
  const found = find(expression, answer) ?? [];
  const wrong = (what: string): SluiceError =>
    new SluiceError(
      "configuration",
      `${expression.key}, ${expression.text}, has to give a list of [time, value], and ${what}`,
    );
  if (!Array.isArray(found)) throw wrong(`gave ${excerpt(JSON.stringify(found), 80)}`);
  return found.flatMap((point: unknown) => {
    const shown = excerpt(JSON.stringify(point), 80);
    if (!Array.isArray(point) || point.length !== 2) throw wrong(`gave ${shown} in it`);
    const atMs = timeOf(point[0]);
    if (atMs === undefined) {
      throw wrong(`gave ${shown} in it, whose time is not in seconds, milliseconds or ISO 8601`);
    }
    if (point[1] === null) return [];
    const value = typeof point[1] === "string" && point[1].trim() !== "" ? Number(point[1]) : point[1];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw wrong(`gave ${shown} in it, whose value is not a number`);
    }
    return [{ atMs, value }];
  });
}

function timeOf(time: unknown): number | undefined {
  if (typeof time === "string") return timeOfText(time);
  if (typeof time !== "number" || !(time > 0)) return undefined;
  if (time < SECONDS_BELOW) return Math.round(time * 1000);
  return time < MILLISECONDS_BELOW ? Math.round(time) : undefined;
}

function timeOfText(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return timeOf(Number(text));
  const isIso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const atMs = isIso ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
