import type { Arm, TimedArm } from "../../core/counts.ts";

/** What a source said of both versions: complete periods, in order, from the step's weight on. */
export interface CountsReading {
  readonly canary: readonly TimedArm[];
  /** Undefined where there is no old version: a service's first deployment. */
  readonly stable: readonly TimedArm[] | undefined;
  /** The old version's periods before the step, in order, as far back as was asked for. */
  readonly history: readonly Arm[];
  /** How long each period is. */
  readonly periodMs: number;
  /**
   * What is counted, as a verb: "failed", "took longer than 312 ms". Where fewer is worse, what the good ones do:
   * "ordered", "were good".
   */
  readonly fault: string;
}

/** What a gate on counts goes by, its part of the error budget worked out. */
export interface CountsRule {
  /** "errors", "latency", a ratio's name */
  readonly gate: string;
  readonly tolerance: number;
  /** The absolute objective: bad requests allowed of a hundred; undefined where there is none. */
  readonly maxPercent: number | undefined;
  readonly minRequests: number;
  /** Whether more or fewer of what is counted as `bad` is worse: a ratio of good ones is worse when it falls. */
  readonly worse: "more" | "fewer";
  /** Of this gate alone, in this window; the comparison and the objective share it. */
  readonly alpha: number;
  readonly insufficientEvidence: "promote" | "hold" | "roll-back";
  readonly isDryRun: boolean;
}
