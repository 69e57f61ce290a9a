import type { WeightedRoute } from "./moves.ts";
import type { GroupWeight, ObservedRoute } from "./observation.ts";

/**
 * The share of this service's traffic that `groupArn` has on a route, 0-100: its weight against that of the
 * service's two groups. Other groups in the action have their own share and are none of our business.
 * Undefined when neither group has any weight.
 */
export function sharePercent(
  route: { readonly weights: readonly GroupWeight[] },
  groups: readonly string[],
  groupArn: string,
): number | undefined {
  const ours = route.weights.filter((entry) => groups.includes(entry.groupArn));
  const total = ours.reduce((sum, entry) => sum + entry.weight, 0);
  const own = ours.find((entry) => entry.groupArn === groupArn)?.weight ?? 0;
  return total === 0 ? undefined : (100 * own) / total;
}

/**
 * The whole weight list with `groupArn` at `percent` of the service's share and the other of `groups` at the
 * rest. Third groups keep their weights and places. Alone in the action, the two are written as percentages, or
 * as the smallest ratio that is exact; beside others, their sum stays what it was, and `groupArn` gets at most
 * what was asked for, but never nothing, unless neither had any weight beside them.
 */
export function withShare(
  weights: readonly GroupWeight[],
  groups: readonly [string, string],
  groupArn: string,
  percent: number,
): readonly GroupWeight[] {
  const thirds = weights.some((entry) => !groups.includes(entry.groupArn) && entry.weight > 0);
  const sum = weights.reduce(
    (total, entry) => total + (groups.includes(entry.groupArn) ? entry.weight : 0),
    0,
  );
  const total = thirds ? sum : exactTotal(percent);
  const own =
    percent === 0 ? 0 : Math.min(total, Math.max(1, Math.floor((total * percent) / 100 + ROUNDING)));
  const weightOf = (arn: string): number => (arn === groupArn ? own : total - own);
  const present = weights.map((entry) =>
    groups.includes(entry.groupArn) ? { ...entry, weight: weightOf(entry.groupArn) } : entry,
  );
  const missing = groups.filter((arn) => !weights.some((entry) => entry.groupArn === arn));
  return [...present, ...missing.map((arn) => ({ groupArn: arn, weight: weightOf(arn) }))];
}

/** Of numbers that only floating point keeps from being whole. */
const ROUNDING = 1e-6;
const LARGEST_WEIGHT = 999;

/** The sum nearest to 100, else the smallest above it, at which a percentage is a whole weight. */
function exactTotal(percent: number): number {
  const isExact = (total: number): boolean => {
    const own = (total * percent) / 100;
    return Math.abs(own - Math.round(own)) < ROUNDING && own >= ROUNDING;
  };
  if (percent === 0) return 100;
  for (let total = 100; total > 1; total--) if (isExact(total)) return total;
  for (let total = 101; total <= LARGEST_WEIGHT; total++) if (isExact(total)) return total;
  return LARGEST_WEIGHT;
}

/** A route's weights, without what else was seen of it. */
export function asWeighted({ kind, arn, weights }: ObservedRoute): WeightedRoute {
  return { kind, arn, weights };
}

/** The same list without one group: nobody is sent there any more, pinned clients included. */
export function withoutGroup(weights: readonly GroupWeight[], groupArn: string): readonly GroupWeight[] {
  return weights.filter((entry) => entry.groupArn !== groupArn);
}

export function sameWeights(a: readonly GroupWeight[], b: readonly GroupWeight[]): boolean {
  const key = (weights: readonly GroupWeight[]): string =>
    weights
      .map((entry) => `${entry.groupArn}=${entry.weight}`)
      .sort()
      .join(" ");
  return key(a) === key(b);
}

/** For people: "orders-blue 100, orders-green 0". */
export function formatWeights(weights: readonly GroupWeight[]): string {
  return (
    weights.map((entry) => `${groupName(entry.groupArn)} ${entry.weight}`).join(", ") || "no target group"
  );
}

/** "25 %", "33.3 %". */
export function formatPercent(percent: number): string {
  return `${Number(percent.toFixed(1))} %`;
}

/** "orders-blue" of a target group's ARN. */
export function groupName(groupArn: string): string {
  return groupArn.split("/")[1] ?? groupArn;
}

/** The largest and the smallest share that a group has over all routes: safety looks at one, progress at the other. */
export function shareRange(
  routes: readonly ObservedRoute[],
  groups: readonly string[],
  groupArn: string,
): { readonly smallest: number; readonly largest: number } {
  const shares = routes.map((route) => sharePercent(route, groups, groupArn) ?? 0);
  if (shares.length === 0) return { smallest: 0, largest: 0 };
  return { smallest: Math.min(...shares), largest: Math.max(...shares) };
}
