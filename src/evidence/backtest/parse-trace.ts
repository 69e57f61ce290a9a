import type { Trace, TracePeriod } from "./trace.ts";
import { parseTraceLine } from "./trace-line.ts";

/** What makes a trace unusable. `line` counts from 1; without one it is the file as a whole. */
export interface TraceProblem {
  readonly line?: number;
  readonly message: string;
  /** On how many later lines it is the same. */
  readonly again?: number;
}

export type ParsedTrace =
  | { readonly kind: "trace"; readonly trace: Trace }
  | {
      readonly kind: "problems";
      /** Each kind of problem where it is first, in order. */
      readonly problems: readonly TraceProblem[];
      /** How many more there are, of other kinds. */
      readonly omitted: number;
    };

/** More kinds of problems than this make it another format. */
const MOST_PROBLEMS = 20;

interface Numbered {
  readonly line: number;
  readonly period: Partial<TracePeriod>;
}

/**
 * A trace of JSON lines: `t` in seconds from any origin, the beginning of the period; the smallest distance between two
 * lines is the period. Blank lines are skipped. All problems at once, as far as they are shown.
 */
export function parseTrace(text: string): ParsedTrace {
  const lines: Numbered[] = [];
  const problems: TraceProblem[] = [];
  for (const [index, lineText] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (lineText.trim() === "") continue;
    const { period, problems: found } = parseTraceLine(lineText);
    lines.push({ line: index + 1, period });
    problems.push(...found.map((message) => ({ line: index + 1, message })));
  }
  const timed = lines.filter(hasTime);
  const periodMs = periodOf(timed);
  const disorder = orderProblems(timed);
  // Without an order the smallest distance is not the period.
  problems.push(...(disorder.length > 0 ? disorder : gridProblems(timed, periodMs)));
  problems.push(...slowProblems(lines));
  problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
  // What a broken line lacks would only be said twice.
  if (problems.length === 0) problems.push(...wholeProblems(timed));
  if (problems.length > 0) return problemsOf(problems);
  return {
    kind: "trace",
    trace: traceOf(
      timed.map(({ period }) => period),
      periodMs,
    ),
  };
}

type Timed = Numbered & { readonly period: TracePeriod };

function hasTime(line: Numbered): line is Timed {
  return line.period.atMs !== undefined;
}

function problemsOf(problems: readonly TraceProblem[]): ParsedTrace {
  const kinds = new Map<string, TraceProblem>();
  for (const problem of problems) {
    const first = kinds.get(problem.message);
    kinds.set(problem.message, first ? { ...first, again: (first.again ?? 0) + 1 } : problem);
  }
  const shown = [...kinds.values()].slice(0, MOST_PROBLEMS);
  return { kind: "problems", problems: shown, omitted: problems.length - problemCount(shown) };
}

/** Those on later lines included. */
export function problemCount(problems: readonly TraceProblem[]): number {
  return problems.reduce((sum, { again = 0 }) => sum + 1 + again, 0);
}

function traceOf(periods: readonly TracePeriod[], periodMs: number): Trace {
  return {
    periods,
    periodMs,
    canaryFromMs: periods.find(({ canary }) => canary)?.atMs ?? 0,
    hasStable: periods.some(({ stable }) => stable),
    hasSlow: periods.some((period) => armsOf(period).some(({ slow }) => slow !== undefined)),
  };
}

/** The smallest distance from a line to a later one; infinite where there is none. */
function periodOf(lines: readonly Timed[]): number {
  return pairsOf(lines).reduce((least, [one, next]) => {
    const distance = next.period.atMs - one.period.atMs;
    return distance > 0 && distance < least ? distance : least;
  }, Number.POSITIVE_INFINITY);
}

function orderProblems(lines: readonly Timed[]): readonly TraceProblem[] {
  return pairsOf(lines).flatMap(([one, { line, period }]): readonly TraceProblem[] => {
    const [before, now] = [one.period.atMs / 1000, period.atMs / 1000];
    if (now > before) return [];
    const message =
      now === before
        ? `t is ${now}, as on line ${one.line}`
        : `t is ${now}, before the ${before} of line ${one.line}`;
    return [{ line, message }];
  });
}

function gridProblems(lines: readonly Timed[], periodMs: number): readonly TraceProblem[] {
  const [first] = lines;
  if (!first || periodMs === Number.POSITIVE_INFINITY) return [];
  const firstMs = first.period.atMs;
  return lines.flatMap(({ line, period: { atMs } }): readonly TraceProblem[] => {
    if ((atMs - firstMs) % periodMs === 0) return [];
    const grid = `periods of ${periodMs / 1000} s, the smallest distance between two lines, from the ${firstMs / 1000} of line ${first.line}`;
    return [{ line, message: `t is ${atMs / 1000}, which is not a whole number of ${grid}` }];
  });
}

/** Slow requests that are counted on some lines only would make the others look quick. */
function slowProblems(lines: readonly Numbered[]): readonly TraceProblem[] {
  const counted = lines.find(({ period }) => armsOf(period).some(({ slow }) => slow !== undefined));
  if (!counted) return [];
  return lines.flatMap(({ line, period }) =>
    (["stable", "canary"] as const).flatMap((name): readonly TraceProblem[] => {
      const arm = period[name];
      if (!arm || arm.slow !== undefined) return [];
      return [{ line, message: `${name}.slow is missing, but line ${counted.line} has slow` }];
    }),
  );
}

function wholeProblems(lines: readonly Timed[]): readonly TraceProblem[] {
  if (lines.length === 0) return [{ message: "there is no line in it" }];
  return [
    ...(lines.length === 1
      ? [{ message: "there is one line only; the period is the distance between two of them" }]
      : []),
    ...(lines.some(({ period }) => period.canary) ? [] : [{ message: "no line has a canary to be judged" }]),
  ];
}

function armsOf({ stable, canary }: Partial<TracePeriod>) {
  return [stable, canary].filter((arm) => arm !== undefined);
}

function pairsOf<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.slice(1).flatMap((item, index) => {
    const before = items[index];
    return before ? [[before, item] as const] : [];
  });
}
