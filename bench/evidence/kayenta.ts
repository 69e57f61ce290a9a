import type { Arm } from "../../src/core/counts.ts";
import { type Canary, seenEvery } from "./canary.ts";
import type { Look } from "./peers.ts";
import { binomialOf, randomOf } from "./random.ts";

/** A point of a metric each 10 s, which is more than most have: 50 points then take 8 minutes. */
const POINT_SECONDS = 10;
const LEAST_POINTS = 50;
const MINUTE = 60;
/** Of the estimated shift: less than that is forgiven. */
const TOLERANCE = 0.25;

/**
 * Netflix's automated canary analysis of one metric, the bad share: at each look it takes all points so far of the
 * canary and of a baseline of the canary's size. A canary is bad when the lower end of the confidence interval of
 * Mann and Whitney's shift, with corrections for ties and continuity, is above a quarter of the estimated shift. So the
 * score is the normal deviate with that quarter taken off the canary; it is above the limit exactly when that end is.
 * By the source of Kayenta's MannWhitneyClassifier and its R-derived test; the metric's other checks are left out.
 *
 * The baseline is drawn from stable's requests.
 */
export function kayentaLooks(canary: Canary, everyMinutes: number): readonly Look[] {
  const { blocks } = seenEvery(POINT_SECONDS, canary);
  const random = randomOf(1);
  const shareOf = ({ requests, bad }: Arm): number => (requests === 0 ? 0 : bad / requests);
  const points = blocks.map((block) => {
    const requests = Math.min(block.canary.requests, block.stable.requests);
    const chance = requests / Math.max(1, block.stable.requests);
    const bad = binomialOf(block.stable.bad, chance, random);
    return { canary: shareOf(block.canary), baseline: shareOf({ requests, bad }) };
  });
  const looks: Look[] = [];
  const step = (everyMinutes * MINUTE) / POINT_SECONDS;
  for (let count = step; count <= points.length; count += step) {
    if (count < LEAST_POINTS) continue;
    const seen = points.slice(0, count);
    const score = scoreOf(
      seen.map((point) => point.canary),
      seen.map((point) => point.baseline),
    );
    looks.push({ second: count * POINT_SECONDS, score });
  }
  return looks;
}

export function scoreOf(canary: readonly number[], baseline: readonly number[]): number {
  const shift = Math.abs(shiftOf(canary, baseline));
  return deviateOf(
    canary.map((value) => value - TOLERANCE * shift),
    baseline,
  );
}

/** Hodges and Lehmann's estimate: the middle of all differences. */
export function shiftOf(canary: readonly number[], baseline: readonly number[]): number {
  const differences = new Float64Array(canary.length * baseline.length);
  canary.forEach((a, i) => {
    baseline.forEach((b, j) => {
      differences[i * baseline.length + j] = a - b;
    });
  });
  differences.sort();
  const middle = differences.length / 2;
  return ((differences[Math.floor(middle)] ?? 0) + (differences[Math.ceil(middle) - 1] ?? 0)) / 2;
}

/** How far the canary's rank sum is above what it would be by chance, in its standard deviations. */
export function deviateOf(canary: readonly number[], baseline: readonly number[]): number {
  const all = [
    ...canary.map((value) => ({ value, isCanary: true })),
    ...baseline.map((value) => ({ value, isCanary: false })),
  ].sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from + 1;
    while (to < all.length && all[to]?.value === all[from]?.value) to++;
    // Ranks from + 1 … to, of which each gets the mean.
    const canaries = all.slice(from, to).filter(({ isCanary }) => isCanary).length;
    rankSum += (canaries * (from + 1 + to)) / 2;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const [n, m] = [canary.length, baseline.length];
  const excess = rankSum - (n * (n + 1)) / 2 - (n * m) / 2;
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  return variance === 0 ? 0 : (excess - 0.5 * Math.sign(excess)) / Math.sqrt(variance);
}
