/** Requests of one version, and how many of them were bad: failed, slow, … */
export interface Arm {
  readonly requests: number;
  readonly bad: number;
}

/** An arm of one period of a metric source, which began at `atMs`. */
export interface TimedArm extends Arm {
  readonly atMs: number;
}

/** One period of a metric source, of both versions at the same time. Shares may differ from block to block. */
export interface Block {
  readonly canary: Arm;
  readonly stable: Arm;
}

/** All arms as one. */
export function totalOf(arms: readonly Arm[]): Arm {
  return arms.reduce(
    (sum, { requests, bad }) => ({ requests: sum.requests + requests, bad: sum.bad + bad }),
    { requests: 0, bad: 0 },
  );
}
