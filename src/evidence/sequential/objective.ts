import { type Arm, totalOf } from "../../core/counts.ts";
import { dispersionOf } from "./dispersion.ts";
import { drawOfObjective } from "./draw.ts";
import { type Certainty, type Judgement, judge } from "./judge.ts";
import { healthOf } from "./mixture.ts";

export interface ObjectiveRule extends Certainty {
  /** The share of bad requests that is allowed, in (0, 1): 0.01 of "99 % succeed". */
  readonly limit: number;
}

export interface ObjectiveJudgement extends Judgement {
  readonly limit: number;
  readonly canary: Arm;
}

/** Health is shown against the limit itself, by bets on half of it and less. */
const HEALTHY_BELOW = 2;

/**
 * One version against a fixed limit. It cannot tell a bad canary from an incident of everything: where there is a
 * control, compare as well.
 *
 * @param history stable's blocks, of the same length, from before: see dispersionOf
 */
export function judgeObjective(
  blocks: readonly Arm[],
  history: readonly Arm[],
  rule: ObjectiveRule,
): ObjectiveJudgement {
  const draws = blocks.map((block) => drawOfObjective(block, rule.limit));
  const judgement = judge(
    {
      ofRegression: draws,
      ofHealth: draws,
      health: healthOf(HEALTHY_BELOW),
      dispersion: dispersionOf(history),
    },
    rule,
  );
  return { ...judgement, limit: rule.limit, canary: totalOf(blocks) };
}
