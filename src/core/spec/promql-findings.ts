import { formatDuration, parseDuration } from "./duration.ts";

/** What makes a PromQL query no count of what happened in each period. */
export interface PromqlProblem {
  readonly message: string;
  readonly allowed: string;
}

/** Longer ones are not looked at: no person wrote them. */
const LONGEST = 10_000;

const COUNTING = "increase(METRIC{…}[${period}])";

/** String literals and comments (https://prometheus.io/docs/prometheus/latest/querying/basics/). */
const NO_CODE = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*/gs;
const PERIOD_RANGE = /\[\s*\$\{period\}/;
const RANGE = /\[\s*(\d[\d.a-z]*)\s*[\]:]/g;
/** By the convention for recording rules, whose names have colons and ordinary metrics' have none. */
const RECORDED = /\w:[A-Za-z_]/;
const RATE = /\bi?rate\s*\(/;
const RATIO = /\/\s*(?:(?:on|ignoring|group_left|group_right)\b|\(*\s*[A-Za-z_])/;

/**
 * What is evidently wrong with a PromQL query of a gate whose period is `periodMs`; undefined for what looks like a count.
 * It is no parser: where in doubt, a query is right.
 */
export function promqlProblem(query: string, periodMs: number): PromqlProblem | undefined {
  if (query.length > LONGEST) return undefined;
  const code = query.replaceAll(NO_CODE, '""');
  if (RATE.test(code) && !code.includes("*")) {
    const message = `rate gives a figure for each second, and a gate counts: write ${COUNTING}.`;
    return { message, allowed: COUNTING };
  }
  if (RATIO.test(code)) {
    const message =
      "it divides one count by another, and the gate needs both: one query as requests, the other as bad or good.";
    return { message, allowed: "a query that counts" };
  }
  return rangeProblem(code, periodMs);
}

function rangeProblem(code: string, periodMs: number): PromqlProblem | undefined {
  if (PERIOD_RANGE.test(code)) return undefined;
  const ranges = [...code.matchAll(RANGE)].map(([, range = ""]) => range);
  if (ranges.length > 0) {
    if (ranges.some((range) => rangeMs(range) === periodMs)) return undefined;
    const message = `it counts over ${ranges[0]} in each period of ${formatDuration(periodMs)}, so what happens once is counted more than once, or not at all: write [\${period}].`;
    return { message, allowed: "the range [${period}]" };
  }
  if (code.includes("[") || RECORDED.test(code)) return undefined;
  const message = `it has no range, so it counts nothing within a period: write ${COUNTING}, or last_over_time(…[\${period}]) of what is a count of each period already.`;
  return { message, allowed: COUNTING };
}

const LONG_UNITS_MS: Readonly<Record<string, number>> = { w: 7 * 86_400_000, y: 365 * 86_400_000 };

/** "90s", "1h30m", or seconds without a unit; undefined for what is none of these. */
function rangeMs(range: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(range)) return Number(range) * 1000;
  const parts = range.match(/\d+(?:ms|[smhdwy])/g) ?? [];
  if (parts.join("") !== range) return undefined;
  return parts.reduce((sum, part) => sum + (parseDuration(part) ?? longMs(part)), 0);
}

function longMs(part: string): number {
  return Number.parseInt(part, 10) * (LONG_UNITS_MS[part.slice(-1)] ?? 0);
}
