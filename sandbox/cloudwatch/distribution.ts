/** How often each value was seen in some stretch of time, and what is known only as a sum of many. */
export interface Distribution {
  /** Ascending and distinct; `counts[i]` belongs to `values[i]`. */
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Published as StatisticValues: their single samples are unknown. */
  readonly sets: readonly StatisticSet[];
}

export interface StatisticSet {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** The distribution of these samples, given as value and count. */
export function distributionOf(
  samples: Iterable<readonly [value: number, count: number]>,
  sets: readonly StatisticSet[] = [],
): Distribution {
  const counted = new Map<number, number>();
  for (const [value, count] of samples) counted.set(value, (counted.get(value) ?? 0) + count);
  const sorted = [...counted].sort(([a], [b]) => a - b);
  return {
    values: Float64Array.from(sorted, ([value]) => value),
    counts: Float64Array.from(sorted, ([, count]) => count),
    sets,
  };
}

/** All samples of several distributions as one. */
export function merge(parts: readonly Distribution[]): Distribution {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  return distributionOf(
    parts.flatMap((part) => [...samplesOf(part)]),
    parts.flatMap(({ sets }) => sets),
  );
}

/** The samples by ascending value. */
export function* samplesOf(distribution: Distribution): Generator<readonly [value: number, count: number]> {
  for (const [index, value] of distribution.values.entries()) yield [value, distribution.counts[index] ?? 0];
}

/** Count, sum and extremes over samples and sets alike; undefined when there is nothing. */
export function summarize(distribution: Distribution): StatisticSet | undefined {
  const sets = [...distribution.sets];
  for (const [value, count] of samplesOf(distribution)) {
    sets.push({ sampleCount: count, sum: value * count, minimum: value, maximum: value });
  }
  if (sets.length === 0) return undefined;
  return sets.reduce((total, set) => ({
    sampleCount: total.sampleCount + set.sampleCount,
    sum: total.sum + set.sum,
    minimum: Math.min(total.minimum, set.minimum),
    maximum: Math.max(total.maximum, set.maximum),
  }));
}
