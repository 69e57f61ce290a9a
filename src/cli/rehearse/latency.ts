/** Each bucket is this much wider than the one before: quantiles are exact to within 2 %. */
const GROWTH = 1.02;
const SMALLEST_MS = 0.1;

/** Latencies in logarithmic buckets: small, mergeable, and exact enough to be read by people. */
export class LatencyHistogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const bucket = Math.max(0, Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(GROWTH)));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
  }

  merge(other: LatencyHistogram): void {
    for (const [bucket, count] of other.#buckets) {
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
    }
    this.#count += other.#count;
  }

  /** The latency that a share `quantile` (0-1) stays within, at most 2 % too high; null of nothing. */
  quantileMs(quantile: number): number | null {
    let left = Math.max(1, Math.ceil(quantile * this.#count));
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return round(SMALLEST_MS * GROWTH ** bucket);
    }
    return null;
  }
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
