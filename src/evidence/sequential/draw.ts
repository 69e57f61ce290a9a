import type { Arm, Block } from "../../core/counts.ts";

/**
 * What one block says: of `trials`, `hits` went against the canary, where at the edge of the null hypothesis each
 * would with `chance`. Where the canary is `ratio` times as bad as that, the odds are `ratio` times as high.
 */
export interface Draw {
  readonly trials: number;
  readonly hits: number;
  /** In (0, 1). */
  readonly chance: number;
}

/**
 * Two arms: the trials are the bad requests of both, and a hit is one of the canary's. Given how many there were in
 * a block they fall on the canary with chance s·r / (s·r + 1 − s), s being its realised share of the requests and r
 * its rate of bad requests over stable's (Lindon & Malek, Anytime-Valid Inference for Multinomial Count Data, 2022).
 * So whatever hits both arms alike cancels out. A block without requests to one of the arms compares nothing.
 *
 * @param tolerance the largest rate ratio that is still no regression, above 0: 1, or more to forgive
 */
export function drawOfArms({ canary, stable }: Block, tolerance: number): Draw | undefined {
  if (canary.requests <= 0 || stable.requests <= 0) return undefined;
  const odds = (tolerance * canary.requests) / stable.requests;
  return { trials: canary.bad + stable.bad, hits: canary.bad, chance: odds / (1 + odds) };
}

/**
 * One arm against a known limit: the trials are its requests, a hit is a bad one.
 *
 * @param limit the share of bad requests that is still allowed, in (0, 1)
 */
export function drawOfObjective({ requests, bad }: Arm, limit: number): Draw | undefined {
  if (requests <= 0) return undefined;
  return { trials: requests, hits: Math.min(bad, requests), chance: limit };
}
