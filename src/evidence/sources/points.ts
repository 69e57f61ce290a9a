import type { TimedArm } from "../../core/counts.ts";
import { SluiceError } from "../../core/errors.ts";
import type { MetricWindow } from "../../core/metric-source.ts";
import { formatDuration } from "../../core/spec/duration.ts";

/** How many of something were counted from `atMs` on, as a source has it: not always a whole number. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** Whole periods, each beginning at a multiple of the period; `toMs` is the end of the last one. */
export interface Periods {
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
}

const HOUR_MS = 3_600_000;

/** More bad ones than this beside all that were counted is no noise of a source that estimates. */
const NOISE = { share: 1.1, count: 10 };

/** The window's periods that ended at least `lagMs` ago. */
export function completePeriods(window: MetricWindow, lagMs: number): Periods {
  const { historyFromMs, toMs, periodMs } = window;
  const fromMs = Math.ceil(historyFromMs / periodMs) * periodMs;
  const endMs = Math.floor((toMs - lagMs) / periodMs) * periodMs;
  return { fromMs, toMs: Math.max(fromMs, endMs), periodMs };
}

/** What a source's check looks at: the complete periods of the last hour, or the last twelve where they are longer. */
export function recentPeriods(nowMs: number, periodMs: number, lagMs: number): Periods {
  const toMs = Math.floor((nowMs - lagMs) / periodMs) * periodMs;
  const count = Math.max(12, Math.ceil(HOUR_MS / periodMs));
  return { fromMs: toMs - count * periodMs, toMs, periodMs };
}

/** In words: "the last 1h". */
export function lastOf({ fromMs, toMs }: Periods): string {
  return `the last ${formatDuration(toMs - fromMs)}`;
}

/** The same periods in parts of about the same length, `most` at most: APIs limit what they answer at once. */
export function inParts({ fromMs, toMs, periodMs }: Periods, most: number): readonly Periods[] {
  const count = (toMs - fromMs) / periodMs;
  const lengthMs = Math.ceil(count / Math.ceil(count / most)) * periodMs;
  const parts: Periods[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += lengthMs) {
    parts.push({ fromMs: startMs, toMs: Math.min(toMs, startMs + lengthMs), periodMs });
  }
  return parts;
}

/**
 * Both counts of a version, period by period, those without any left out. Points within a period are added up; those
 * outside of `periods` are dropped. Fractions are rounded so that totals stay right: what one period is rounded by,
 * the next one gets.
 *
 * Throws SluiceError "configuration" where more were bad than there were: the two queries do not fit.
 */
export function armsOf(
  requests: readonly Point[],
  bad: readonly Point[],
  periods: Periods,
): readonly TimedArm[] {
  const all = wholeCounts(requests, periods);
  const wrong = wholeCounts(bad, periods);
  const total = sumOf(all);
  const totalWrong = sumOf(wrong);
  if (totalWrong > NOISE.share * total + NOISE.count) {
    throw new SluiceError(
      "configuration",
      `the queries do not fit: ${totalWrong} were counted by the query for bad or good ones, and ${total} by \`requests\`, which counts all`,
    );
  }
  return [...new Set([...all.keys(), ...wrong.keys()])]
    .sort((one, other) => one - other)
    .map((atMs) => {
      const count = wrong.get(atMs) ?? 0;
      return { atMs, requests: Math.max(all.get(atMs) ?? 0, count), bad: count };
    })
    .filter((arm) => arm.requests > 0);
}

/** By the beginning of their period. Below zero is what a difference of two estimates may give: nothing. */
function wholeCounts(points: readonly Point[], { fromMs, toMs, periodMs }: Periods): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { atMs, value } of points) {
    if (atMs < fromMs || atMs >= toMs) continue;
    const startMs = Math.floor(atMs / periodMs) * periodMs;
    sums.set(startMs, (sums.get(startMs) ?? 0) + value);
  }
  let left = 0;
  const counts = [...sums].sort(([one], [other]) => one - other);
  return new Map(
    counts.map(([atMs, sum]) => {
      const exact = Math.max(0, sum) + left;
      const whole = Math.max(0, Math.round(exact));
      left = exact - whole;
      return [atMs, whole];
    }),
  );
}

function sumOf(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
