import { type Distribution, samplesOf, summarize } from "./distribution.ts";

/** A statistic as CloudWatch names it: "Sum", "p99.9", "TC(0.3:)", "tm90", "PR(:0.3)". */
export type Statistic =
  | { readonly kind: "simple"; readonly of: SimpleStatistic }
  | { readonly kind: "percentile"; readonly percent: number }
  | { readonly kind: "between"; readonly of: RangeStatistic; readonly bounds: Bounds };

type SimpleStatistic = "SampleCount" | "Sum" | "Average" | "Minimum" | "Maximum";

/** Mean, count, sum, percentage of the samples within bounds, and the mean with the others pulled to them. */
type RangeStatistic = "TM" | "TC" | "TS" | "PR" | "WM";

/** The low bound is exclusive, the high one inclusive; in the unit of the metric, or percent of the samples. */
interface Bounds {
  readonly kind: "values" | "percents";
  readonly low: number;
  readonly high: number;
}

const simpleStatistics: readonly string[] = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"];
const number = "(\\d+(?:\\.\\d{1,10})?)";
const percentile = new RegExp(`^p${number}$`);
const short = new RegExp(`^(tm|tc|ts|wm)${number}$`);
const long = new RegExp(`^(TM|TC|TS|PR|WM)\\((?:${number}(%)?)?:(?:${number}(%)?)?\\)$`);

/** Undefined when CloudWatch has no such statistic. Source: "CloudWatch statistics definitions". */
export function parseStatistic(text: string): Statistic | undefined {
  if (isSimple(text)) return { kind: "simple", of: text };
  if (text === "IQM") return { kind: "between", of: "TM", bounds: { kind: "percents", low: 25, high: 75 } };
  const [, percent] = percentile.exec(text) ?? [];
  if (percent !== undefined) {
    return Number(percent) <= 100 ? { kind: "percentile", percent: Number(percent) } : undefined;
  }
  const [, name, high] = short.exec(text) ?? [];
  if (name !== undefined)
    return between(name.toUpperCase(), { kind: "percents", low: 0, high: Number(high) });
  return parseLong(text);
}

function parseLong(text: string): Statistic | undefined {
  const [match, name, low, lowPercent, high, highPercent] = long.exec(text) ?? [];
  if (match === undefined || name === undefined || (low === undefined && high === undefined))
    return undefined;
  const inPercent = lowPercent !== undefined || highPercent !== undefined;
  const mixed = (low !== undefined && !lowPercent) || (high !== undefined && !highPercent);
  if (inPercent && (mixed || name === "PR")) return undefined;
  const lowest = inPercent ? 0 : Number.NEGATIVE_INFINITY;
  const highest = inPercent ? 100 : Number.POSITIVE_INFINITY;
  return between(name, {
    kind: inPercent ? "percents" : "values",
    low: low === undefined ? lowest : Number(low),
    high: high === undefined ? highest : Number(high),
  });
}

function between(name: string, bounds: Bounds): Statistic | undefined {
  if (!isRange(name) || bounds.low >= bounds.high) return undefined;
  if (bounds.kind === "percents" && bounds.high > 100) return undefined;
  return { kind: "between", of: name, bounds };
}

/**
 * The statistic of these samples; undefined when there is none, as for a percentile of samples that were
 * published as sums only. Percentiles are exact (nearest rank), where CloudWatch approximates.
 */
export function evaluate(statistic: Statistic, distribution: Distribution): number | undefined {
  if (statistic.kind === "simple") return simple(statistic.of, distribution);
  if (distribution.sets.length > 0 || distribution.values.length === 0) return undefined;
  if (statistic.kind === "percentile") return percentileOf(distribution, statistic.percent);
  return ranged(statistic.of, statistic.bounds, distribution);
}

function simple(of: SimpleStatistic, distribution: Distribution): number | undefined {
  const total = summarize(distribution);
  if (!total) return undefined;
  switch (of) {
    case "SampleCount":
      return total.sampleCount;
    case "Sum":
      return total.sum;
    case "Average":
      return total.sum / total.sampleCount;
    case "Minimum":
      return total.minimum;
    case "Maximum":
      return total.maximum;
  }
}

function percentileOf(distribution: Distribution, percent: number): number | undefined {
  const rank = (percent / 100) * countOf(distribution);
  let seen = 0;
  for (const [value, count] of samplesOf(distribution)) {
    seen += count;
    if (seen >= rank) return value;
  }
  return distribution.values.at(-1);
}

function ranged(of: RangeStatistic, bounds: Bounds, distribution: Distribution): number | undefined {
  const all = countOf(distribution);
  const [count, sum] = within(distribution, bounds);
  switch (of) {
    case "TC":
      return count;
    case "PR":
      return (count / all) * 100;
    case "TS":
      return sum;
    case "TM":
      return count === 0 ? undefined : sum / count;
    case "WM":
      return winsorizedMean(distribution, bounds);
  }
}

/** Count and sum of the samples within bounds; a bound in percent may cut through equal samples. */
function within(distribution: Distribution, bounds: Bounds): readonly [count: number, sum: number] {
  const all = countOf(distribution);
  const [from, to] = [(bounds.low / 100) * all, (bounds.high / 100) * all];
  let [seen, total, sum] = [0, 0, 0];
  for (const [value, count] of samplesOf(distribution)) {
    const inside = value > bounds.low && value <= bounds.high ? count : 0;
    const overlap = Math.max(0, Math.min(seen + count, to) - Math.max(seen, from));
    const counted = bounds.kind === "values" ? inside : overlap;
    total += counted;
    sum += counted * value;
    seen += count;
  }
  return [total, sum];
}

function winsorizedMean(distribution: Distribution, bounds: Bounds): number {
  const inPercent = bounds.kind === "percents";
  const low = inPercent ? (percentileOf(distribution, bounds.low) ?? 0) : bounds.low;
  const high = inPercent ? (percentileOf(distribution, bounds.high) ?? 0) : bounds.high;
  let sum = 0;
  for (const [value, count] of samplesOf(distribution)) sum += Math.min(Math.max(value, low), high) * count;
  return sum / countOf(distribution);
}

function countOf(distribution: Distribution): number {
  return distribution.counts.reduce((sum, count) => sum + count, 0);
}

function isSimple(text: string): text is SimpleStatistic {
  return simpleStatistics.includes(text);
}

function isRange(text: string): text is RangeStatistic {
  return ["TM", "TC", "TS", "PR", "WM"].includes(text);
}
