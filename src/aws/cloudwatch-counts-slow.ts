import type { TimedArm } from "../core/counts.ts";
import type { Points } from "./metric-points.ts";

/** What CloudWatch says of one target group's response times, period by period. */
export interface TimePoints {
  /** Answers that were timed. */
  readonly timed: Points;
  /** Of these, the ones above the limit and those up to it; neither where it keeps no distribution. */
  readonly above: Points;
  readonly upTo: Points;
}

/** Seconds below which so many percent of a period's answers took, by percentage: "Minimum" is 0, "Maximum" 100. */
export type Percentiles = readonly (readonly [percent: number, seconds: Points])[];

/** A percentage, and the statistic that has it. */
export const PERCENTILES = [
  [0, "Minimum"],
  [50, "p50"],
  [75, "p75"],
  [90, "p90"],
  [95, "p95"],
  [98, "p98"],
  [99, "p99"],
  [99.5, "p99.5"],
  [99.9, "p99.9"],
  [100, "Maximum"],
] as const;

const DIGITS = 3;

/**
 * What is slow, in seconds, where only a version's past can say: the mean of its periods' 99th percentiles, each weighing
 * as much as it had answers, rounded up to three digits. Undefined where there is none. Pure.
 */
export function limitOf(timed: Points, p99: Points): number | undefined {
  let weight = 0;
  let sum = 0;
  for (const [atMs, seconds] of p99) {
    const answers = timed.get(atMs) ?? 0;
    weight += answers;
    sum += answers * seconds;
  }
  return weight === 0 ? undefined : roundedUp(sum / weight);
}

/** Whether every period that has answers says how many of them were slow. */
export function isCounted({ timed, above, upTo }: TimePoints): boolean {
  return [...timed].every(([atMs, answers]) => answers === 0 || above.has(atMs) || upTo.has(atMs));
}

/**
 * The periods that had answers, in order; slow ones are bad. Where nothing was counted, they are estimated from
 * percentiles; periods without these are left out. Pure.
 */
export function slowArms(
  { timed, above, upTo }: TimePoints,
  percentiles: Percentiles,
  limitSeconds: number,
): readonly TimedArm[] {
  return [...timed]
    .sort(([one], [other]) => one - other)
    .flatMap(([atMs, requests]) => {
      const rest = upTo.get(atMs);
      const slow =
        above.get(atMs) ??
        (rest === undefined ? undefined : requests - rest) ??
        estimate(requests, percentiles, atMs, limitSeconds);
      if (requests === 0 || slow === undefined) return [];
      return [{ atMs, requests, bad: Math.min(requests, Math.max(0, Math.round(slow))) }];
    });
}

/** Between two percentiles, answers are taken to be spread evenly. Undefined where only the extremes are known, and do not settle it. */
function estimate(
  requests: number,
  percentiles: Percentiles,
  atMs: number,
  limitSeconds: number,
): number | undefined {
  const known = percentiles.flatMap(([percent, seconds]) => {
    const value = seconds.get(atMs);
    return value === undefined ? [] : [{ percent, seconds: value }];
  });
  const upTo = known.findLast(({ seconds }) => seconds <= limitSeconds);
  const above = known.find(({ seconds }) => seconds > limitSeconds);
  if (!above) return known.at(-1)?.percent === 100 ? 0 : undefined;
  if (!upTo) return above.percent === 0 ? requests : undefined;
  if (upTo.percent === 0 && above.percent === 100) return undefined;
  const share = (limitSeconds - upTo.seconds) / (above.seconds - upTo.seconds);
  const percent = upTo.percent + share * (above.percent - upTo.percent);
  return (requests * (100 - percent)) / 100;
}

/** "took longer than 312 ms" */
export function slowWords(limitSeconds: number, isEstimated: boolean): string {
  const milliseconds = Number((limitSeconds * 1000).toPrecision(12));
  const limit = milliseconds < 1000 ? `${milliseconds} ms` : `${Number((milliseconds / 1000).toFixed(3))} s`;
  return `took longer than ${limit}${isEstimated ? " (estimated from percentiles)" : ""}`;
}

/** As statistics have it, which know no exponents: "TC(0.312:)". */
export function secondsText(seconds: number): string {
  return String(Number(seconds.toFixed(6)));
}

function roundedUp(seconds: number): number {
  if (seconds <= 0) return 0;
  const unit = Math.max(10 ** (Math.floor(Math.log10(seconds)) - DIGITS + 1), 1e-6);
  return Number((Math.ceil(Number((seconds / unit).toPrecision(12))) * unit).toFixed(6));
}
