/** One way in which the null hypothesis may be wrong, and the stake put on it. Stakes of a mixture sum up to 1. */
export interface Bet {
  /** Odds of a hit over those at the edge of the null hypothesis: above 1 looks for a regression, below 1 for health. */
  readonly ratio: number;
  readonly stake: number;
}

export type Mixture = readonly Bet[];

const BETS = 16;
const LEAST_RATIO = 1.4;
const MOST_RATIO = 32;

/**
 * Bets on a canary that is worse: 16 ratios from 1.4 to 32, evenly spaced by logarithm. What a mixture costs at a true
 * ratio r is about ln(1 / stake on what cannot be told from r by the time that r is detected). The rarer the hits, the
 * more nearly that takes ln(1/α) / (r·ln r − r + 1) expected at r = 1, so the width of what cannot be told from r is the
 * square root of (r·ln r − r + 1) / r, and stakes go by its inverse: the price is then the same for every ratio.
 * Larger regressions than 32 are caught by the bets on 32 in the same few hits.
 */
export const REGRESSION: Mixture = normalised(
  spaced(LEAST_RATIO, MOST_RATIO, BETS).map((ratio) => ({
    ratio,
    stake: Math.sqrt(ratio / (ratio * Math.log(ratio) - ratio + 1)),
  })),
);

/**
 * Bets against a canary that is `excess` times as bad as is allowed, or worse: half of the stake on one that is
 * exactly as bad as is allowed, the other half spread from a quarter of that to the middle between the two.
 */
export function healthOf(excess: number): Mixture {
  const rest = spaced(1 / (4 * excess), 1 / Math.sqrt(excess), 6);
  return [{ ratio: 1 / excess, stake: 0.5 }, ...rest.map((ratio) => ({ ratio, stake: 0.5 / rest.length }))];
}

function spaced(from: number, to: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from * (to / from) ** (index / (count - 1)));
}

function normalised(bets: Mixture): Mixture {
  const sum = bets.reduce((total, { stake }) => total + stake, 0);
  return bets.map(({ ratio, stake }) => ({ ratio, stake: stake / sum }));
}
