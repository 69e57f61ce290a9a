import type { Draw } from "./draw.ts";
import type { Mixture } from "./mixture.ts";

/**
 * ln E after each draw: what 1 staked on the mixture has grown to, were the null hypothesis a fair game.
 *
 *     E = Σ stake · Π (ratio^hits / (1 + chance·(ratio − 1))^trials) ^ (1/dispersion)
 *
 * Without dispersion each factor's mean is at most 1 wherever the null hypothesis holds, so E may be looked at after every
 * block, and for ever: P(E ever ≥ 1/α) ≤ α (Ville 1939; Lindon, Sanden & Shirikian, KDD 2022). Requests that are not
 * Poisson but yes or no are covered at a tolerance of 1: hits are then hypergeometric given the trials, and the mean of a
 * convex function of those is at most the binomial's (Hoeffding 1963, theorem 4). Above 1 it holds where bad ones are rare.
 * E depends on hits and trials of equal chance only by their sums: any split of the same counts gives the same.
 */
export function logWealths(
  draws: readonly (Draw | undefined)[],
  mixture: Mixture,
  dispersion = 1,
): readonly number[] {
  const bets = mixture.map(({ ratio, stake }) => ({
    ratio,
    logRatio: Math.log(ratio),
    logWealth: Math.log(stake),
  }));
  let logWealth = 0;
  return draws.map((draw) => {
    // Most blocks of a second have nothing bad in them, and say nothing.
    if (!draw || draw.trials === 0) return logWealth;
    for (const bet of bets) {
      const gain = draw.hits * bet.logRatio - draw.trials * Math.log1p(draw.chance * (bet.ratio - 1));
      bet.logWealth += gain / dispersion;
    }
    logWealth = logSum(bets);
    return logWealth;
  });
}

/** ln Σ exp(ln wealth), without overflow. */
function logSum(bets: readonly { readonly logWealth: number }[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const { logWealth } of bets) most = Math.max(most, logWealth);
  let sum = 0;
  for (const { logWealth } of bets) sum += Math.exp(logWealth - most);
  return most + Math.log(sum);
}
