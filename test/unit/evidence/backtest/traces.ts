import { poisson, type Random, randomOf } from "../../../../bench/evidence/random.ts";
import type { Trace, TraceArm, TracePeriod } from "../../../../src/evidence/backtest/trace.ts";

/** A rollout to be made up: `history` periods of the old version alone, then `canary` periods of both. */
export interface Recipe {
  readonly seed: number;
  readonly history: number;
  readonly canary: number;
  readonly periodSeconds?: number;
  /** Requests in a period, of both versions together; may change with the period, which is 0 at the canary's first. */
  readonly requests: (period: number) => number;
  /** The canary's share of them, 0-1. */
  readonly share: (period: number) => number;
  /** Shares of the old version's that fail, and that are slow. */
  readonly errors: (period: number) => number;
  readonly slow?: number | undefined;
  /** How many times those of the old version the canary has. */
  readonly errorRatio?: number;
  readonly slowRatio?: number;
  /** In so many of its first periods the canary has twenty times as many errors. */
  readonly coldPeriods?: number;
  /** In how large clusters errors come. */
  readonly cluster?: number;
}

/** The same trace for the same recipe. `t` is 0 where the canary begins. */
export function traceOf(recipe: Recipe): Trace {
  const random = randomOf(recipe.seed);
  const periodMs = 1000 * (recipe.periodSeconds ?? 60);
  const periods = Array.from({ length: recipe.history + recipe.canary }, (_, index): TracePeriod => {
    const period = index - recipe.history;
    const atMs = period * periodMs;
    const requests = recipe.requests(period);
    if (period < 0) return { atMs, stable: armOf(recipe, period, requests, 1, 1, random) };
    const share = recipe.share(period);
    const errorRatio = (recipe.errorRatio ?? 1) * (period < (recipe.coldPeriods ?? 0) ? 20 : 1);
    return {
      atMs,
      stable: armOf(recipe, period, requests * (1 - share), 1, 1, random),
      canary: armOf(recipe, period, requests * share, errorRatio, recipe.slowRatio ?? 1, random),
    };
  });
  return { periods, periodMs, canaryFromMs: 0, hasStable: true, hasSlow: recipe.slow !== undefined };
}

function armOf(
  { errors: errorsAt, slow, cluster = 1 }: Recipe,
  period: number,
  mean: number,
  errorRatio: number,
  slowRatio: number,
  random: Random,
): TraceArm {
  const requests = poisson(mean, random);
  const bad = (share: number, size: number): number =>
    Math.min(requests, size * poisson((requests * share) / size, random));
  const errors = bad(errorsAt(period) * errorRatio, cluster);
  return { requests, errors, ...(slow === undefined ? {} : { slow: bad(slow * slowRatio, 1) }) };
}
