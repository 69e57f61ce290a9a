import type { Cohort } from "./steps.ts";

/** Of a rule, not raisable (Quotas for your Application Load Balancers; some accounts still have 6 wildcards). */
const MOST_VALUES = 5;
/** Of one condition (Condition types for listener rules). */
const MOST_VALUES_OF_CONDITION = 3;
export const MOST_WILDCARDS = 5;
const LONGEST_VALUE = 128;

/** Of rules (CreateRule of the ELBv2 API). A default action stands after the last. */
const LAST_PRIORITY = 50_000;

/** What the conditions of a rule take of what it may have. */
export interface ConditionCounts {
  readonly values: number;
  readonly wildcards: number;
}

/** An http-header condition: any of `values` will do, with ALB's wildcards and whatever their case. */
export interface HeaderMatch {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * How a rule recognises a cohort, beside conditions that take `taken`; undefined where that is too much for one
 * rule. There is no cookie condition, so a cookie is looked for in the Cookie header ("a=1; beta=yes; b=2"): as
 * exactly as there is room for. Two patterns a value also match values that only begin so; one ("*beta=yes*")
 * also cookies whose names end so. To match this cookie alone would take four, and a condition has three.
 */
export function matchCohort(cohort: Cohort, taken: ConditionCounts): HeaderMatch | undefined {
  const spellings =
    cohort.kind === "header"
      ? [{ name: cohort.name, values: cohort.values }]
      : cookieSpellings(cohort).map((values) => ({ name: "Cookie", values }));
  return spellings.find(({ values }) => {
    const fits =
      values.length <= MOST_VALUES_OF_CONDITION &&
      taken.values + values.length <= MOST_VALUES &&
      taken.wildcards + countWildcards(values) <= MOST_WILDCARDS;
    return fits && values.every((value) => value.length <= LONGEST_VALUE);
  });
}

/** The most exact first. Cookies are parted by "; " (RFC 6265, 4.2.1). */
function cookieSpellings({ name, values }: Cohort): readonly (readonly string[])[] {
  const pairs = values.map((value) => `${name}=${value}`);
  return [pairs.flatMap((pair) => [`${pair}*`, `*; ${pair}*`]), pairs.map((pair) => `*${pair}*`)];
}

export function countWildcards(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + (value.match(/[*?]/g)?.length ?? 0), 0);
}

/**
 * Free priorities for rules directly before a route, the largest first: no other rule stands between them and
 * it, so none is shadowed and none takes the cohort away. `before`: the route's priority; undefined for a default
 * action. `own`: priorities of the same route's cohort rules, which are in nobody's way; `others`: of all other
 * rules of the listener.
 */
export function freePriorities(
  before: number | undefined,
  own: readonly number[],
  others: readonly number[],
  count: number,
): readonly number[] {
  const end = before ?? LAST_PRIORITY + 1;
  const start = Math.max(0, ...others.filter((priority) => priority < end));
  const free: number[] = [];
  for (let priority = end - 1; priority > start && free.length < count; priority--) {
    if (!own.includes(priority)) free.push(priority);
  }
  return free;
}
