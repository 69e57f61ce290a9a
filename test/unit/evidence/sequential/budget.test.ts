import fc from "fast-check";
import { expect, test } from "vitest";
import { logThresholds } from "../../../../src/evidence/sequential/budget.ts";
import { REGRESSION } from "../../../../src/evidence/sequential/mixture.ts";
import { logWealths } from "../../../../src/evidence/sequential/wealth.ts";

interface Trials {
  readonly trials: number;
  readonly chance: number;
}

const someTrials: fc.Arbitrary<Trials[]> = fc.oneof(
  fc.array(fc.record({ trials: fc.nat(40), chance: fc.double({ min: 0.005, max: 0.9, noNaN: true }) }), {
    minLength: 1,
    maxLength: 8,
  }),
  fc
    .record({
      trials: fc.integer({ min: 1, max: 3 }),
      chance: fc.double({ min: 0.01, max: 0.7, noNaN: true }),
    })
    .map((block) => Array.from({ length: 30 }, () => block)),
);

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

/** P(E ever reaches the threshold of its block): all ways with the same number of hits have the same E. */
function chanceOfRejection(blocks: readonly Trials[], thresholds: readonly number[]): number {
  let rejected = 0;
  let alive = [1];
  const trialsByChance = new Map<number, number>();
  blocks.forEach(({ trials, chance }, at) => {
    trialsByChance.set(chance, (trialsByChance.get(chance) ?? 0) + trials);
    const after = new Array<number>(alive.length + trials).fill(0);
    alive.forEach((way, before) => {
      for (let hits = 0; hits <= trials; hits++) {
        const chanceOfHits = choose(trials, hits) * chance ** hits * (1 - chance) ** (trials - hits);
        after[before + hits] = (after[before + hits] ?? 0) + way * chanceOfHits;
      }
    });
    alive = after.map((way, total) => {
      const draws = [...trialsByChance].map((block, index) => ({
        trials: block[1],
        chance: block[0],
        hits: index === 0 ? total : 0,
      }));
      const logWealth = logWealths(draws, REGRESSION).at(-1) ?? Number.NaN;
      const isRejected = logWealth >= (thresholds[at] ?? Number.NaN);
      if (isRejected) rejected += way;
      return isRejected ? 0 : way;
    });
  });
  return rejected;
}

const thresholdsOf = (blocks: readonly Trials[], alpha: number): readonly number[] =>
  logThresholds(
    blocks.map((block) => ({ ...block, hits: 0 })),
    REGRESSION,
    { alpha },
  );

test("of every way that hits can fall, at most α is rejected", () => {
  fc.assert(
    fc.property(someTrials, fc.constantFrom(0.2, 0.05, 0.01, 0.0001), (blocks, alpha) => {
      expect(chanceOfRejection(blocks, thresholdsOf(blocks, alpha))).toBeLessThanOrEqual(alpha * (1 + 1e-9));
    }),
    { numRuns: 40 },
  );
});

test.each([
  ["one by one, as on equal arms", 90, 1, 0.5],
  ["a few at a time, on a tenth", 40, 10, 0.1],
  ["many at a time, on a tenth", 12, 60, 0.1],
  ["on a hundredth", 40, 20, 0.01],
] as const)(
  "hits %s: α is kept, and more of it used than by a threshold of 1/α",
  (_how, count, trials, chance) => {
    const blocks = Array.from({ length: count }, () => ({ trials, chance }));
    const alpha = 0.01;
    const used = chanceOfRejection(blocks, thresholdsOf(blocks, alpha));
    const plain = chanceOfRejection(
      blocks,
      blocks.map(() => -Math.log(alpha)),
    );
    expect(used).toBeLessThanOrEqual(alpha);
    expect(used).toBeGreaterThan(1.3 * plain);
  },
);

test("where thresholds are at their highest, α is kept", () => {
  const blocks = Array.from({ length: 300 }, () => ({ trials: 1, chance: 0.5 }));
  const thresholds = thresholdsOf(blocks, 0.2);
  expect(Math.max(...thresholds)).toBeCloseTo(Math.log(2 / 0.2), 2);
  expect(chanceOfRejection(blocks, thresholds)).toBeLessThanOrEqual(0.2);
});

test("thresholds never exceed 2/α, and later blocks do not change earlier ones", () => {
  fc.assert(
    fc.property(someTrials, someTrials, fc.constantFrom(0.1, 0.01), (blocks, more, alpha) => {
      const thresholds = thresholdsOf([...blocks, ...more], alpha);
      expect(Math.max(...thresholds)).toBeLessThanOrEqual(Math.log(2 / alpha) + 1e-9);
      expect(thresholds.slice(0, blocks.length)).toEqual(thresholdsOf(blocks, alpha));
    }),
  );
});

test("many trials of many blocks stay within bounds, and finite", () => {
  const blocks = Array.from({ length: 200 }, () => ({ trials: 600, chance: 0.5 }));
  const thresholds = thresholdsOf(blocks, 0.01);
  expect(Math.min(...thresholds)).toBeGreaterThanOrEqual(Math.log(25) - 1e-9);
  expect(Math.max(...thresholds)).toBeLessThanOrEqual(Math.log(200) + 1e-9);
});
