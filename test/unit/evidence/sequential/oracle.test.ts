import { expect, test } from "vitest";
import type { Block } from "../../../../src/core/counts.ts";
import { logThresholds } from "../../../../src/evidence/sequential/budget.ts";
import { type Draw, drawOfArms } from "../../../../src/evidence/sequential/draw.ts";
import { healthOf, REGRESSION } from "../../../../src/evidence/sequential/mixture.ts";
import { logWealths } from "../../../../src/evidence/sequential/wealth.ts";
import oracle from "./oracle/values.json" with { type: "json" };

const cases = oracle.cases.map((one) => ({
  ...one,
  blocks: one.blocks.map(({ canary, stable }): Block => ({ canary: armOf(canary), stable: armOf(stable) })),
}));

function armOf([requests = 0, bad = 0]: number[]) {
  return { requests, bad };
}

/** The fewest hits that reach the threshold after the last of these draws, with however many before. */
function cutOf(draws: readonly (Draw | undefined)[], logThreshold: number): number | undefined {
  const trials = draws.reduce((sum, draw) => sum + (draw?.trials ?? 0), 0);
  for (let hits = 0; hits <= trials; hits++) {
    const moved = draws.map((draw, index) => draw && { ...draw, hits: index === 0 ? hits : 0 });
    const logWealth = logWealths(moved, REGRESSION).at(-1) ?? Number.NaN;
    if (logWealth >= logThreshold) return hits;
  }
  return undefined;
}

test.each(cases.map((one, index) => [index, one] as const))(
  "case %d is what an independent computation says",
  (_index, one) => {
    const draws = one.blocks.map((block) => drawOfArms(block, one.tolerance));
    const healthDraws = one.blocks.map((block) => drawOfArms(block, 2 * one.tolerance));
    logWealths(draws, REGRESSION, one.dispersion).forEach((value, index) => {
      expect(value).toBeCloseTo(one.logEvidence[index] ?? Number.NaN, 10);
    });
    logWealths(healthDraws, healthOf(2), one.dispersion).forEach((value, index) => {
      expect(value).toBeCloseTo(one.logHealth[index] ?? Number.NaN, 10);
    });
    const thresholds = logThresholds(draws, REGRESSION, { alpha: oracle.alpha });
    const cuts = thresholds.map((threshold, index) => cutOf(draws.slice(0, index + 1), threshold) ?? null);
    expect(cuts).toEqual(one.cuts);
  },
);
