import { type Arm, type Block, totalOf } from "../../src/core/counts.ts";
import { geometric, poisson, type Random } from "./random.ts";

export const CANARY_SECONDS = 1_800;
/** As much as the gates ask their source for, of periods of a minute. */
const HISTORY_SECONDS = 7_200;

/** A canary of half an hour, after two hours of stable alone. Seconds count from its start. */
export interface Scenario {
  readonly name: string;
  readonly requestsPerSecond: (second: number) => number;
  /** The canary's share of the requests, in (0, 1). */
  readonly share: (second: number) => number;
  /** Bad requests of a good version, as a share. */
  readonly badShare: (second: number) => number;
  /** Mean size of the clusters in which bad requests come, all of a cluster to one arm; sizes are geometric. */
  readonly meanCluster: number;
  /** How many times its later rate of bad requests a canary has while it is cold. Left out: it never is. */
  readonly coldRatio?: (second: number) => number;
}

export interface Canary {
  readonly periodSeconds: number;
  readonly history: readonly Arm[];
  readonly blocks: readonly Block[];
}

/** A canary whose rate of bad requests is `ratio` times a good one's from its first request on. */
export function simulate(scenario: Scenario, ratio: number, periodSeconds: number, random: Random): Canary {
  const { requestsPerSecond, badShare, meanCluster, coldRatio } = scenario;
  const arm = (requests: number, share: number): Arm => {
    const counted = poisson(requests, random);
    return { requests: counted, bad: badOf(counted * Math.min(1, share), meanCluster, random) };
  };
  const history = secondsFrom(-HISTORY_SECONDS, 0, periodSeconds).map((second) =>
    arm(requestsPerSecond(second) * periodSeconds, badShare(second)),
  );
  const blocks = secondsFrom(0, CANARY_SECONDS, periodSeconds).map((second) => {
    const requests = requestsPerSecond(second) * periodSeconds;
    const share = scenario.share(second);
    return {
      canary: arm(requests * share, badShare(second) * ratio * (coldRatio?.(second) ?? 1)),
      stable: arm(requests * (1 - share), badShare(second)),
    };
  });
  return { periodSeconds, history, blocks };
}

function badOf(mean: number, meanCluster: number, random: Random): number {
  const clusters = poisson(mean / meanCluster, random);
  if (meanCluster === 1) return clusters;
  let bad = 0;
  for (let cluster = 0; cluster < clusters; cluster++) bad += geometric(meanCluster, random);
  return bad;
}

function secondsFrom(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: (to - from) / step }, (_, index) => from + index * step);
}

/** The same canary, as it is seen in longer periods. */
export function seenEvery(periodSeconds: number, canary: Canary): Canary {
  if (canary.periodSeconds === periodSeconds) return canary;
  const count = periodSeconds / canary.periodSeconds;
  return {
    periodSeconds,
    history: grouped(canary.history, count).map(totalOf),
    blocks: grouped(canary.blocks, count).map((blocks) => ({
      canary: totalOf(blocks.map((block) => block.canary)),
      stable: totalOf(blocks.map((block) => block.stable)),
    })),
  };
}

function grouped<T>(items: readonly T[], count: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / count) }, (_, index) =>
    items.slice(index * count, (index + 1) * count),
  );
}
