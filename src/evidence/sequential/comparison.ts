import { type Arm, type Block, totalOf } from "../../core/counts.ts";
import { dispersionOf } from "./dispersion.ts";
import { drawOfArms } from "./draw.ts";
import { type Certainty, type Judgement, judge } from "./judge.ts";
import { healthOf } from "./mixture.ts";
import { riseOf } from "./rise.ts";

/**
 * What the canary is held against: stable's requests of the same time, or the old version's from before, which had other
 * visitors and another hour of the day, and proves less.
 */
export type Control = "concurrent" | "before";

export interface ComparisonRule extends Certainty {
  /** The largest rate of bad requests, over the control's, that is still no regression: 1, or more to forgive. */
  readonly tolerance: number;
  /** Healthy is what is shown to be less than this many times as bad as tolerated. Above 1. */
  readonly excess: number;
}

export interface Comparison extends Judgement {
  readonly control: Control;
  readonly canary: Arm;
  readonly stable: Arm;
  /** The canary's rate over the control's, as estimated; undefined while that may be anything. */
  readonly rateRatio: number | undefined;
  /** The rate, over the control's, that `healthy` rules out. */
  readonly excludable: number;
  /** How many times its own former rate the concurrent control has, where that is certain: an incident of both. */
  readonly stableRise?: number;
}

/**
 * The canary beside stable, block by block.
 *
 * @param blocks all complete ones since the rollout's first step, in order; ones without requests to an arm say nothing
 * @param history stable's own blocks, of the same length, from before: see dispersionOf. With fewer than it
 *   needs, the dispersion is estimated anew with each block, and a verdict may change with it
 */
export function compare(blocks: readonly Block[], history: readonly Arm[], rule: ComparisonRule): Comparison {
  const stable = blocks.map((block) => block.stable);
  const compared = compareArms(blocks, dispersionOf(history, stable), rule);
  const stableRise = riseOf(stable, history);
  return { ...compared, control: "concurrent", ...(stableRise ? { stableRise } : {}) };
}

/**
 * The new version beside the old one before it: after the flip of a blue-green rollout, or a rolling one. Each block of
 * the old version is used once, `perBlock` of them for each of the new version's, the latest first; when they are used
 * up there is nothing left to compare with. The same hour tells nothing apart from a change of visitors, so tolerate more.
 *
 * @param before the old version's blocks, in order
 */
export function compareWithBefore(
  after: readonly Arm[],
  before: readonly Arm[],
  rule: ComparisonRule & { readonly perBlock: number },
): Comparison {
  const blocks = besideBefore(after, before, rule.perBlock);
  return { ...compareArms(blocks, dispersionOf(before), rule), control: "before" };
}

/** The blocks that compareWithBefore compares. */
export function besideBefore(
  after: readonly Arm[],
  before: readonly Arm[],
  perBlock: number,
): readonly Block[] {
  const latestFirst = [...before].reverse();
  return after.map((canary, index) => {
    const from = index * perBlock;
    return { canary, stable: totalOf(latestFirst.slice(from, from + perBlock)) };
  });
}

function compareArms(
  blocks: readonly Block[],
  dispersion: number,
  rule: ComparisonRule,
): Omit<Comparison, "control"> {
  const judgement = judge(
    {
      ofRegression: blocks.map((block) => drawOfArms(block, rule.tolerance)),
      ofHealth: blocks.map((block) => drawOfArms(block, rule.tolerance * rule.excess)),
      health: healthOf(rule.excess),
      dispersion,
    },
    rule,
  );
  return {
    ...judgement,
    canary: totalOf(blocks.map(({ canary }) => canary)),
    stable: totalOf(blocks.map(({ stable }) => stable)),
    rateRatio: rateRatioOf(blocks),
    excludable: rule.tolerance * rule.excess,
  };
}

/**
 * Mantel and Haenszel's (1959) ratio of rates, each block weighed by what it can tell: a sum over both arms would take a
 * change of the canary's share together with one of the error rate for a difference (Simpson's paradox).
 */
export function rateRatioOf(blocks: readonly Block[]): number | undefined {
  let canary = 0;
  let stable = 0;
  for (const block of blocks) {
    const requests = block.canary.requests + block.stable.requests;
    if (requests === 0) continue;
    canary += (block.canary.bad * block.stable.requests) / requests;
    stable += (block.stable.bad * block.canary.requests) / requests;
  }
  return stable === 0 ? undefined : canary / stable;
}
