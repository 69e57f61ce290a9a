import type { Arm } from "../../core/counts.ts";
import { judgeObjective } from "../sequential/objective.ts";
import { BETA } from "./control.ts";

/** What a fixed limit says of one version. */
export interface LimitJudgement {
  readonly kind: "regress" | "healthy" | "insufficient";
  /** Chance of as much evidence from a version that keeps to it. */
  readonly anytimeP: number;
  /** ln of the evidence that it keeps to it. */
  readonly logHealth: number;
  readonly regressedAtBlock?: number;
}

/**
 * One version's bad requests against what is allowed of a hundred, below 100. Where none is, the first is one too many:
 * there is no chance to be ruled out.
 *
 * @param history the old version's periods from before, for how much counts vary
 */
export function judgeLimit(
  arms: readonly Arm[],
  history: readonly Arm[],
  maxPercent: number,
  alpha: number,
): LimitJudgement {
  if (maxPercent > 0) return judgeObjective(arms, history, { limit: maxPercent / 100, alpha, beta: BETA });
  const at = arms.findIndex(({ bad }) => bad > 0);
  return at < 0
    ? { kind: "insufficient", anytimeP: 1, logHealth: 0 }
    : { kind: "regress", anytimeP: 0, logHealth: 0, regressedAtBlock: at };
}
