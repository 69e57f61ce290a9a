import type { Judgement } from "./judge.ts";

/**
 * The error budget of each metric, so that all of them together give no more than `alpha` false alarms, however they
 * depend on each other (Boole's inequality).
 *
 * @param weights of the metrics, above 0: what matters more may have more of the budget
 */
export function shareBudget(alpha: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => (alpha * weight) / sum);
}

/** Of all metrics: one regression is one, and only all of them are healthy together. No metric is no evidence. */
export function overall(judgements: readonly Pick<Judgement, "kind">[]): Judgement["kind"] {
  if (judgements.some(({ kind }) => kind === "regress")) return "regress";
  if (judgements.length > 0 && judgements.every(({ kind }) => kind === "healthy")) return "healthy";
  return "insufficient";
}
