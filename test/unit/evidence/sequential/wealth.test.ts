import fc from "fast-check";
import { expect, test } from "vitest";
import type { Block } from "../../../../src/core/counts.ts";
import { drawOfArms, drawOfObjective } from "../../../../src/evidence/sequential/draw.ts";
import { healthOf, type Mixture, REGRESSION } from "../../../../src/evidence/sequential/mixture.ts";
import { logWealths } from "../../../../src/evidence/sequential/wealth.ts";
import { aBlock, someBlocks } from "./arbitrary.ts";

const lastOf = (blocks: readonly Block[], tolerance: number, mixture: Mixture, dispersion = 1): number =>
  logWealths(
    blocks.map((block) => drawOfArms(block, tolerance)),
    mixture,
    dispersion,
  ).at(-1) ?? Number.NaN;

const tolerances = fc.constantFrom(1, 1.2, 2);
const dispersions = fc.constantFrom(1, 2.5, 19);

test("stakes of a mixture sum up to 1, on their side of what is allowed", () => {
  for (const [mixture, isOnItsSide] of [
    [REGRESSION, (ratio: number) => ratio > 1],
    [healthOf(2), (ratio: number) => ratio < 1],
    [healthOf(1.1), (ratio: number) => ratio < 1],
  ] as const) {
    expect(mixture.reduce((sum, { stake }) => sum + stake, 0)).toBeCloseTo(1, 12);
    expect(mixture.every(({ ratio, stake }) => isOnItsSide(ratio) && stake > 0)).toBe(true);
  }
});

test("another bad request of the canary's is more evidence against it, and less for its health", () => {
  fc.assert(
    fc.property(
      someBlocks,
      aBlock,
      tolerances,
      dispersions,
      fc.integer({ min: 1, max: 30 }),
      (before, last, tolerance, dispersion, more) => {
        fc.pre(last.canary.requests > 0 && last.stable.requests > 0);
        const worse = { ...last, canary: { ...last.canary, bad: last.canary.bad + more } };
        const blocks = [last, ...before];
        const worseBlocks = [worse, ...before];
        expect(lastOf(worseBlocks, tolerance, REGRESSION, dispersion)).toBeGreaterThan(
          lastOf(blocks, tolerance, REGRESSION, dispersion),
        );
        const healthOfBlocks = (some: readonly Block[]) =>
          lastOf(some, 2 * tolerance, healthOf(2), dispersion);
        expect(healthOfBlocks(worseBlocks)).toBeLessThan(healthOfBlocks(blocks));
      },
    ),
  );
});

test("any split of the same counts at equal share says the same", () => {
  const aSplit = fc.record({
    units: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
    canaryPerUnit: fc.integer({ min: 1, max: 40 }),
    stablePerUnit: fc.integer({ min: 1, max: 400 }),
    bad: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 6, maxLength: 6 }),
  });
  fc.assert(
    fc.property(
      aSplit,
      tolerances,
      dispersions,
      ({ units, canaryPerUnit, stablePerUnit, bad }, tolerance, dispersion) => {
        const blocks = units.map(
          (unit, index): Block => ({
            canary: { requests: unit * canaryPerUnit, bad: bad[index]?.[0] ?? 0 },
            stable: { requests: unit * stablePerUnit, bad: bad[index]?.[1] ?? 0 },
          }),
        );
        const sum = (pick: (block: Block) => number) =>
          blocks.reduce((total, block) => total + pick(block), 0);
        const whole: Block = {
          canary: { requests: sum((block) => block.canary.requests), bad: sum((block) => block.canary.bad) },
          stable: { requests: sum((block) => block.stable.requests), bad: sum((block) => block.stable.bad) },
        };
        const split = lastOf(blocks, tolerance, REGRESSION, dispersion);
        expect(split).toBeCloseTo(lastOf([whole], tolerance, REGRESSION, dispersion), 8);
      },
    ),
  );
});

test("blocks without traffic to an arm change nothing, whatever they count", () => {
  fc.assert(
    fc.property(someBlocks, fc.nat(1_000), fc.nat(50), (blocks, requests, bad) => {
      const idle = [
        { canary: { requests: 0, bad }, stable: { requests, bad } },
        { canary: { requests, bad }, stable: { requests: 0, bad } },
      ];
      expect(lastOf([...idle, ...blocks, ...idle], 1, REGRESSION)).toBe(lastOf(blocks, 1, REGRESSION));
    }),
  );
  expect(drawOfObjective({ requests: 0, bad: 0 }, 0.01)).toBeUndefined();
});

/** Σ chance · E over all hits of two blocks, whose hits have these chances. */
function meanOfWealth(
  blocks: readonly { readonly requests: readonly [number, number]; readonly bad: number }[],
  tolerance: number,
  mixture: Mixture,
  chanceOf: (
    hits: number,
    block: { readonly requests: readonly [number, number]; readonly bad: number },
  ) => number,
): number {
  const ways = blocks.reduce<{ readonly chance: number; readonly blocks: readonly Block[] }[]>(
    (sofar, block) =>
      sofar.flatMap((way) =>
        Array.from({ length: block.bad + 1 }, (_, hits) => ({
          chance: way.chance * chanceOf(hits, block),
          blocks: [
            ...way.blocks,
            {
              canary: { requests: block.requests[0], bad: hits },
              stable: { requests: block.requests[1], bad: block.bad - hits },
            },
          ],
        })),
      ),
    [{ chance: 1, blocks: [] }],
  );
  return ways.reduce((sum, way) => sum + way.chance * Math.exp(lastOf(way.blocks, tolerance, mixture)), 0);
}

function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

const binomialAt =
  (ratio: number) =>
  (
    hits: number,
    {
      requests: [canary, stable],
      bad,
    }: { readonly requests: readonly [number, number]; readonly bad: number },
  ) => {
    const chance = (ratio * canary) / (ratio * canary + stable);
    return choose(bad, hits) * chance ** hits * (1 - chance) ** (bad - hits);
  };

const small = [
  { requests: [10, 90], bad: 7 },
  { requests: [30, 30], bad: 9 },
  { requests: [50, 7], bad: 5 },
] as const;

test.each([1, 1.2, 2])(
  "at the edge of the null hypothesis E's mean is 1, inside less: tolerance %d",
  (tolerance) => {
    expect(meanOfWealth(small, tolerance, REGRESSION, binomialAt(tolerance))).toBeCloseTo(1, 9);
    expect(meanOfWealth(small, tolerance, REGRESSION, binomialAt(tolerance * 0.8))).toBeLessThan(0.9);
    expect(meanOfWealth(small, tolerance, REGRESSION, binomialAt(tolerance * 1.5))).toBeGreaterThan(1.1);
    expect(meanOfWealth(small, tolerance * 2, healthOf(2), binomialAt(tolerance * 2))).toBeCloseTo(1, 9);
    expect(meanOfWealth(small, tolerance * 2, healthOf(2), binomialAt(tolerance * 3))).toBeLessThan(0.9);
  },
);

test("requests that are yes or no, and not rare, keep E's mean below 1", () => {
  const hypergeometric = (hits: number, { requests: [canary, stable], bad }: (typeof small)[number]) =>
    (choose(canary, hits) * choose(stable, bad - hits)) / choose(canary + stable, bad);
  const mean = meanOfWealth(small, 1, REGRESSION, hypergeometric as Parameters<typeof meanOfWealth>[3]);
  expect(mean).toBeLessThan(1);
  expect(mean).toBeGreaterThan(0.5);
});
