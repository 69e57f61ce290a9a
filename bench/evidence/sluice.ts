import type { Arm } from "../../src/core/counts.ts";
import { firstRejected } from "../../src/evidence/sequential/budget.ts";
import { compare } from "../../src/evidence/sequential/comparison.ts";
import { dispersionOf, historyMsFor } from "../../src/evidence/sequential/dispersion.ts";
import { drawOfArms } from "../../src/evidence/sequential/draw.ts";
import { logWealths } from "../../src/evidence/sequential/wealth.ts";
import { type Canary, seenEvery } from "./canary.ts";

export const ALPHA = 0.01;

/** After how many seconds a canary is taken back; undefined when it never is. */
export type Rule = (canary: Canary) => number | undefined;

/** As much history as the gates ask their source for. */
const latest = (history: readonly Arm[], periodSeconds: number): readonly Arm[] =>
  history.slice(-historyMsFor(periodSeconds * 1_000) / (periodSeconds * 1_000));

/** The sequential test on periods of this length, with as much history as the gates have; the warm-up does not count. */
export function sequential(periodSeconds: number, tolerance: number, warmUpSeconds = 0): Rule {
  return (canary) => {
    const { history, blocks } = seenEvery(periodSeconds, canary);
    const cold = Math.ceil(warmUpSeconds / periodSeconds);
    const rule = { alpha: ALPHA, beta: ALPHA, tolerance, excess: 2 };
    const { regressedAtBlock } = compare(blocks.slice(cold), latest(history, periodSeconds), rule);
    return regressedAtBlock === undefined ? undefined : (cold + regressedAtBlock + 1) * periodSeconds;
  };
}

/** The same, had it known beforehand how bad a bad canary is: what not knowing it costs is the difference. */
export function informed(periodSeconds: number, ratio: number): Rule {
  const mixture = [{ ratio, stake: 1 }];
  return (canary) => {
    const { history, blocks } = seenEvery(periodSeconds, canary);
    const dispersion = dispersionOf(latest(history, periodSeconds));
    const draws = blocks.map((block) => drawOfArms(block, 1));
    const wealths = logWealths(draws, mixture, dispersion);
    const at = firstRejected(draws, wealths, mixture, { alpha: ALPHA, dispersion });
    return at === undefined ? undefined : (at + 1) * periodSeconds;
  };
}
