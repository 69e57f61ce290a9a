/** Requests of one version in one period of a trace. */
export interface TraceArm {
  readonly requests: number;
  readonly errors: number;
  /** Of all lines of a trace, or of none. */
  readonly slow?: number;
}

export interface TracePeriod {
  /** When it began, from the trace's own origin. */
  readonly atMs: number;
  /** Absent is without requests. */
  readonly stable?: TraceArm;
  readonly canary?: TraceArm;
}

/** A rollout as it was: what each version got, period by period. Periods that are not there were without requests. */
export interface Trace {
  /** In order, at whole numbers of periods from the first one. One of them at least has a canary. */
  readonly periods: readonly TracePeriod[];
  readonly periodMs: number;
  /** Where the first period with a canary begins: what was before is stable's history. */
  readonly canaryFromMs: number;
  readonly hasStable: boolean;
  readonly hasSlow: boolean;
}

/** The trace as it is written: JSON lines with `t` in seconds, one a period. */
export function formatTrace({ periods }: Pick<Trace, "periods">): string {
  return periods
    .map(({ atMs, stable, canary }) => `${JSON.stringify({ t: atMs / 1000, stable, canary })}\n`)
    .join("");
}
