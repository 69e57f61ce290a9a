import { binomial, type Chances, convolved } from "./binomial.ts";
import type { Draw } from "./draw.ts";
import type { Mixture } from "./mixture.ts";

/** How much more than the threshold E is expected to be when it first passes it: hits are whole. */
const OVERSHOOT = 2;

/** Thresholds are at least 1 / (LEAST · α): evidence below that is none, even where it could be afforded. */
export const LEAST = 4;

/** A way for the hits to fall is dropped once its part of the budget is less than this: see `trimmed`. */
const NEGLIGIBLE = 1e-10;

export interface Budget {
  /** False alarms allowed in all, for ever: 0.01 is one good canary in a hundred. */
  readonly alpha: number;
  /** Variance of the counts over their mean, 1 or more: a trial then counts as 1 / dispersion of one. */
  readonly dispersion?: number;
}

/**
 * The first draw, from 0, after which E reaches its threshold; undefined when none does. Hardly any good canary comes near
 * the least of all thresholds, and without that there is no need to work them out.
 *
 * @param logWealths ln E after each draw: see logWealths
 */
export function firstRejected(
  draws: readonly (Draw | undefined)[],
  logWealths: readonly number[],
  mixture: Mixture,
  budget: Budget,
): number | undefined {
  const least = Math.log(1 / (LEAST * budget.alpha));
  const last = logWealths.findLastIndex((logWealth) => logWealth >= least);
  if (last < 0) return undefined;
  let at = 0;
  for (const logThreshold of logThresholdsOf(draws.slice(0, last + 1), mixture, budget)) {
    if ((logWealths[at] ?? 0) >= logThreshold) return at;
    at++;
  }
  return undefined;
}

/**
 * ln of what E must reach after each draw, 1/(2α) at first and between 1/(4α) and 2/α later, so that a null hypothesis that is
 * true is ever rejected with chance α at most. The plain 1/α spends far less than α, since E passes it by a leap.
 *
 * Given the trials, the hits so far are a sum of binomials at the null hypothesis' edge, and E grows with them. So the
 * chance of each way that has not been rejected yet is known. With `spent` = P(rejected so far), the threshold h is the
 * smallest within these bounds for which
 *
 *     spent + P(E ≥ h now) + mean(E where E < h) / min(2h, 2/α) ≤ α.
 *
 * The last term pays for all that is to come: by Ville's inequality from here on, rejecting at the threshold in its
 * divisor costs no more than that. Such an h exists at first, and from one draw to the next, since the mean of E stays
 * the same. Exact, at the edge, where hits are binomial given trials and the trials to come do not answer to the hits
 * so far; below the edge hits are fewer. With dispersion it is as empirical as the dispersion is.
 */
export function logThresholds(
  draws: readonly (Draw | undefined)[],
  mixture: Mixture,
  budget: Budget,
): readonly number[] {
  return [...logThresholdsOf(draws, mixture, budget)];
}

function* logThresholdsOf(
  draws: readonly (Draw | undefined)[],
  mixture: Mixture,
  { alpha, dispersion = 1 }: Budget,
): Generator<number, void> {
  const bets = mixture.map(({ ratio, stake }) => ({ ratio, logAtNone: Math.log(stake) }));
  let ways: Ways = { from: 0, chances: Float64Array.of(1), left: alpha };
  let trialsSoFar = 0;
  let logThreshold = -Math.log(OVERSHOOT * alpha);
  for (const draw of draws) {
    const trialsBefore = Math.round(trialsSoFar / dispersion);
    trialsSoFar += draw?.trials ?? 0;
    const trials = Math.round(trialsSoFar / dispersion) - trialsBefore;
    // Once no way is left that could be rejected, nothing changes any more.
    if (draw && trials > 0 && ways.chances.length > 0) {
      for (const bet of bets) bet.logAtNone -= trials * Math.log1p(draw.chance * (bet.ratio - 1));
      const drawn = { ...ways, ...convolved(ways, binomial(trials, draw.chance)) };
      const wealths = wealthsOf(drawn, bets);
      const cut = cutOf(drawn, wealths, alpha);
      ways = trimmed(cut.kept, wealths, alpha);
      logThreshold = Math.log(ways.chances.length === 0 ? 1 / (LEAST * alpha) : cut.threshold);
    }
    yield logThreshold;
  }
}

/** The ways for the hits to fall that have not been rejected. */
interface Ways extends Chances {
  /** Of the budget. */
  readonly left: number;
}

interface TiltedBet {
  readonly ratio: number;
  /** ln of stake times wealth, had there been no hit. */
  logAtNone: number;
}

/**
 * E for each number of hits, and for one more than those. From the top down: there E is at most about 1 over the least
 * chance that is kept, while at the bottom it may be less than a double can hold, and nothing is as good.
 */
function wealthsOf({ from, chances }: Chances, bets: readonly TiltedBet[]): Float64Array {
  const wealths = new Float64Array(chances.length + 1);
  for (const { ratio, logAtNone } of bets) {
    let wealth = Math.exp(logAtNone + (from + chances.length) * Math.log(ratio));
    const perHitLess = 1 / ratio;
    for (let index = chances.length; index >= 0; index--) {
      wealths[index] = (wealths[index] ?? 0) + wealth;
      wealth *= perHitLess;
    }
  }
  return wealths;
}

/** What is kept below the lowest cut that the budget affords, the future being paid for, and the threshold between. */
function cutOf(
  { from, chances, left }: Ways,
  wealths: Float64Array,
  alpha: number,
): { readonly kept: Ways; readonly threshold: number } {
  const lowest = 1 / (LEAST * alpha);
  const highest = OVERSHOOT / alpha;
  const wealthAt = (index: number): number => wealths[index] ?? 0;
  let at = chances.length;
  let spent = 0;
  let kept = 0;
  for (let index = 0; index < at; index++) kept += (chances[index] ?? 0) * wealthAt(index);
  for (let index = at - 1; index >= 0 && wealthAt(index) >= lowest; index--) {
    const chance = chances[index] ?? 0;
    const [spentHere, keptHere] = [spent + chance, kept - chance * wealthAt(index)];
    const futureHere = keptHere / (left - spentHere);
    if (spentHere >= left || futureHere > Math.min(OVERSHOOT * wealthAt(index), highest)) break;
    [at, spent, kept] = [index, spentHere, keptHere];
  }
  const least = Math.max(lowest, kept / (left - spent) / OVERSHOOT, wealthAt(at - 1));
  // Between what is kept and what is not, so that rounding does not decide.
  const threshold = least < wealthAt(at) ? Math.sqrt(least * wealthAt(at)) : least;
  return {
    kept: { from, chances: chances.subarray(0, at), left: left - spent },
    threshold: Math.min(threshold, highest),
  };
}

/**
 * Without the ways that hardly anything can come of, their price taken off the budget: at the top those that hardly ever
 * happen, and at the bottom those whose E is so small that they will hardly ever reach the least threshold (Ville's
 * inequality again). After about a thousand expected hits none is left, and what is to come costs nothing.
 */
function trimmed({ from, chances, left }: Ways, wealths: Float64Array, alpha: number): Ways {
  let price = 0;
  let last = chances.length;
  for (; last > 0 && (chances[last - 1] ?? 0) < NEGLIGIBLE * alpha; last--) price += chances[last - 1] ?? 0;
  let first = 0;
  for (; first < last; first++) {
    const mean = (chances[first] ?? 0) * (wealths[first] ?? 0);
    if (mean >= NEGLIGIBLE) break;
    price += LEAST * alpha * mean;
  }
  return { from: from + first, chances: chances.subarray(first, last), left: left - price };
}
