import { binomial, type Chances, convolved } from "./binomial.ts";
import { logThresholds } from "./budget.ts";
import type { Draw } from "./draw.ts";
import { REGRESSION } from "./mixture.ts";
import { logWealths } from "./wealth.ts";

/** Once a regression is as sure as this to be caught, nobody asks how much surer it can get. */
export const SURE = 0.99;
/** Most are caught soon: only so many blocks are looked at first, then four times as many. */
const FIRST_LOOK = 2;
/** Of more in a block, several are taken as one: they tell everything at once, and would take long to compute. */
const MOST_HITS = 300;

/** What is expected of each block, in fractions, its hits those of the regression. */
export interface Expected {
  readonly draw: Draw;
  /** The misses are bad requests of a control, and random like the hits; of an objective they are all other requests. */
  readonly hasControl: boolean;
}

/** Three numbers that have a normal one's mean, variance and next three moments (Gauss and Hermite), and their weights. */
const LUCK = [
  { deviations: -Math.sqrt(3), weight: 1 / 6 },
  { deviations: 0, weight: 2 / 3 },
  { deviations: Math.sqrt(3), weight: 1 / 6 },
];
const MEAN = [{ deviations: 0, weight: 1 }];

/**
 * The chance that a regression has been called one by the end of each block, 0-1 and never falling: at most `blocks` of
 * them, fewer once it is as good as certain, none where it is no worse than allowed. The canary's bad requests are taken
 * as Poisson numbers, exactly; stable's as more than expected all along, as many, or fewer; thresholds at the mean.
 * Deterministic.
 *
 * @param dispersion bad requests come in clusters of so many: one of them is then as good as one request
 */
export function chancesToCatch(
  { draw: given, hasControl }: Expected,
  { alpha, dispersion = 1 }: { readonly alpha: number; readonly dispersion?: number },
  blocks: number,
): readonly number[] {
  const per = Math.max(dispersion, given.hits / MOST_HITS);
  const draw = { trials: given.trials / per, hits: given.hits / per, chance: given.chance };
  if (draw.hits <= draw.chance * draw.trials) return [];
  for (let length = Math.min(FIRST_LOOK, blocks); ; length = Math.min(4 * length, blocks)) {
    const draws = Array.from({ length }, () => draw);
    const thresholds = logThresholds(draws, REGRESSION, { alpha });
    const chances = averaged(
      (hasControl ? LUCK : MEAN).map(({ deviations, weight }) => ({
        weight,
        chances: caught(draw, thresholds, deviations),
      })),
      length,
    );
    if (length >= blocks || chances.length < length) return chances;
  }
}

/** The block, from 1, by whose end the chance is `atLeast`; undefined where it never is. */
export function blocksUntil(chances: readonly number[], atLeast: number): number | undefined {
  const index = chances.findIndex((chance) => chance >= atLeast);
  return index < 0 ? undefined : index + 1;
}

interface Weighted {
  readonly weight: number;
  readonly chances: readonly number[];
}

/** Up to where it is sure. */
function averaged(all: readonly Weighted[], length: number): readonly number[] {
  const chances: number[] = [];
  for (let index = 0; index < length && (chances.at(-1) ?? 0) < SURE; index++) {
    chances.push(
      all.reduce((sum, one) => sum + one.weight * (one.chances[index] ?? one.chances.at(-1) ?? 0), 0),
    );
  }
  return chances;
}

/** @param deviations by how many standard deviations there are more misses than expected, by the end of each block */
function caught(draw: Draw, thresholds: readonly number[], deviations: number): readonly number[] {
  const arriving = poisson(draw.hits);
  const chances: number[] = [];
  let alive: Chances = { from: 0, chances: Float64Array.of(1) };
  let cut = 0;
  for (const [index, threshold] of thresholds.entries()) {
    const expected = (index + 1) * (draw.trials - draw.hits);
    const misses = Math.max(0, expected + deviations * Math.sqrt(expected));
    alive = convolved(alive, arriving);
    cut = cutAt(draw.chance, misses, threshold, cut);
    alive = { from: alive.from, chances: alive.chances.slice(0, Math.max(0, cut - alive.from)) };
    const left = alive.chances.reduce((sum, chance) => sum + chance, 0);
    chances.push(Math.min(1, Math.max(chances.at(-1) ?? 0, 1 - left)));
    if (1 - left >= SURE) break;
  }
  return chances;
}

/** The fewest hits beside so many misses that reach the threshold; looked for from those of the block before. */
function cutAt(chance: number, misses: number, logThreshold: number, before: number): number {
  const reaches = (count: number): boolean => {
    const [wealth = 0] = logWealths([{ trials: count + misses, hits: count, chance }], REGRESSION);
    return wealth >= logThreshold;
  };
  let cut = before;
  while (cut > 0 && reaches(cut - 1)) cut--;
  while (!reaches(cut)) cut++;
  return cut;
}

/** So many trials that their number does not matter. */
const MANY = 1e6;

function poisson(mean: number): Chances {
  const trials = Math.ceil(Math.max(MANY, 100 * mean));
  return binomial(trials, mean / trials);
}
