/** Chances of the numbers from `from` on. */
export interface Chances {
  readonly from: number;
  readonly chances: Float64Array;
}

/** Far below any error budget, above what a double can no longer tell from nothing beside 1. */
const NEGLIGIBLE = 1e-15;

/**
 * The binomial distribution, but for tails whose terms are below 1e-15 of its peak.
 *
 * @param chance in (0, 1)
 */
export function binomial(trials: number, chance: number): Chances {
  const odds = chance / (1 - chance);
  const mode = Math.min(trials, Math.floor((trials + 1) * chance));
  const below: number[] = [];
  let sum = 1;
  for (let hits = mode, term = 1; hits > 0; hits--) {
    term *= hits / ((trials - hits + 1) * odds);
    if (term < NEGLIGIBLE) break;
    sum += term;
    below.push(term);
  }
  const above: number[] = [];
  for (let hits = mode, term = 1; hits < trials; hits++) {
    term *= ((trials - hits) * odds) / (hits + 1);
    if (term < NEGLIGIBLE) break;
    sum += term;
    above.push(term);
  }
  const chances = new Float64Array(below.length + 1 + above.length);
  for (let index = 0; index < below.length; index++) {
    chances[below.length - 1 - index] = (below[index] ?? 0) / sum;
  }
  chances[below.length] = 1 / sum;
  for (let index = 0; index < above.length; index++) {
    chances[below.length + 1 + index] = (above[index] ?? 0) / sum;
  }
  return { from: mode - below.length, chances };
}

/** Of the sum of two independent numbers. Neither need sum up to 1. */
export function convolved(left: Chances, right: Chances): Chances {
  const [a, b] = [left.chances, right.chances];
  const chances = new Float64Array(Math.max(0, a.length + b.length - 1));
  // The inner loop's steps do not wait for each other.
  for (let j = 0; j < b.length; j++) {
    const chance = b[j] ?? 0;
    for (let i = 0; i < a.length; i++) chances[i + j] = (chances[i + j] ?? 0) + (a[i] ?? 0) * chance;
  }
  return { from: left.from + right.from, chances };
}
