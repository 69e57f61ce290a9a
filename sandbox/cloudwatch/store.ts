import { type Distribution, distributionOf, merge, type StatisticSet } from "./distribution.ts";

/** A metric is its namespace, its name and its whole set of dimensions. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Datapoint {
  /** Start of the period. */
  readonly atMs: number;
  readonly distribution: Distribution;
}

/** Which datapoints to read. */
export interface Window {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly periodMs: number;
  /** Periods start at multiples of `periodMs` from here. */
  readonly originMs: number;
  /** Samples can be read when their own period ended before this. */
  readonly visibleMs: number;
}

export interface Series extends MetricId {
  readonly unit: string;
}

const retentionMs = 3 * 60 * 60 * 1000;

interface Bucket {
  readonly startMs: number;
  readonly periodMs: number;
  /** Present while its period lasts, then packed into `packed`. */
  open: Map<number, number>;
  packed: Distribution | undefined;
  readonly sets: StatisticSet[];
}

interface StoredSeries extends Series {
  /** By start, in the order in which they were begun. */
  readonly buckets: Map<number, Bucket>;
  newest: Bucket | undefined;
}

/** All samples of the last three hours, in buckets of the period in which they are published. */
export class MetricStore {
  readonly #series = new Map<string, StoredSeries>();

  /** `count` samples of `value` at `atMs`, published in periods of `periodMs`. */
  add(id: MetricId, unit: string, atMs: number, periodMs: number, value: number, count = 1): void {
    const { open } = this.#bucket(id, unit, atMs, periodMs);
    open.set(value, (open.get(value) ?? 0) + count);
  }

  /** Samples of which only these sums are known. */
  addSet(id: MetricId, unit: string, atMs: number, periodMs: number, set: StatisticSet): void {
    this.#bucket(id, unit, atMs, periodMs).sets.push(set);
  }

  /** The metric with exactly these dimensions. */
  find(id: MetricId): Series | undefined {
    return this.#series.get(keyOf(id));
  }

  /** Every metric of which something can be read. */
  all(visibleMs: (series: Series) => number): readonly Series[] {
    return [...this.#series.values()].filter((series) =>
      [...series.buckets.values()].some((bucket) => isVisible(bucket, visibleMs(series))),
    );
  }

  /**
   * The metric's datapoints, oldest first; periods without a sample are left out. A period shorter than the
   * one in which the metric is published gives one point for each of the latter.
   */
  read(id: MetricId, window: Window): readonly Datapoint[] {
    const series = this.#series.get(keyOf(id));
    if (!series) return [];
    const parts = new Map<number, Distribution[]>();
    for (const bucket of series.buckets.values()) {
      if (bucket.startMs < window.startMs || bucket.startMs >= window.endMs) continue;
      if (!isVisible(bucket, window.visibleMs)) continue;
      const periodMs = Math.max(window.periodMs, bucket.periodMs);
      const sinceMs = bucket.startMs - window.originMs;
      const atMs = window.originMs + Math.floor(sinceMs / periodMs) * periodMs;
      parts.set(atMs, [...(parts.get(atMs) ?? []), distributionIn(bucket)]);
    }
    return [...parts]
      .sort(([a], [b]) => a - b)
      .map(([atMs, distributions]) => ({ atMs, distribution: merge(distributions) }));
  }

  #bucket(id: MetricId, unit: string, atMs: number, periodMs: number): Bucket {
    const series = this.#stored(id, unit);
    const startMs = Math.floor(atMs / periodMs) * periodMs;
    const known = series.buckets.get(startMs);
    if (known) {
      unpack(known);
      return known;
    }
    const bucket: Bucket = { startMs, periodMs, open: new Map(), packed: undefined, sets: [] };
    for (const old of series.buckets.values()) {
      if (old.startMs >= startMs - retentionMs) break;
      series.buckets.delete(old.startMs);
    }
    if (series.newest) distributionIn(series.newest);
    series.newest = bucket;
    series.buckets.set(startMs, bucket);
    return bucket;
  }

  #stored(id: MetricId, unit: string): StoredSeries {
    const key = keyOf(id);
    const known = this.#series.get(key);
    if (known) return known;
    const { namespace, name, dimensions } = id;
    const series: StoredSeries = {
      namespace,
      name,
      dimensions: { ...dimensions },
      unit,
      buckets: new Map(),
      newest: undefined,
    };
    this.#series.set(key, series);
    return series;
  }
}

/** Packs the bucket: sorted arrays are an eighth of a map's size. */
function distributionIn(bucket: Bucket): Distribution {
  bucket.packed ??= distributionOf(bucket.open, bucket.sets);
  bucket.open = new Map();
  return bucket.packed;
}

function unpack(bucket: Bucket): void {
  const { packed } = bucket;
  if (!packed) return;
  for (const [index, value] of packed.values.entries()) bucket.open.set(value, packed.counts[index] ?? 0);
  bucket.packed = undefined;
}

function isVisible(bucket: Bucket, visibleMs: number): boolean {
  return bucket.startMs + bucket.periodMs <= visibleMs;
}

function keyOf(id: MetricId): string {
  const dimensions = Object.entries(id.dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([id.namespace, id.name, dimensions]);
}
