import fc from "fast-check";
import { expect, test } from "vitest";
import { firstRejected, logThresholds } from "../../../../src/evidence/sequential/budget.ts";
import type { Draw } from "../../../../src/evidence/sequential/draw.ts";
import { REGRESSION } from "../../../../src/evidence/sequential/mixture.ts";
import { logWealths } from "../../../../src/evidence/sequential/wealth.ts";

const someDraws: fc.Arbitrary<Draw[]> = fc
  .record({
    chance: fc.double({ min: 0.01, max: 0.6, noNaN: true }),
    draws: fc.array(fc.record({ trials: fc.nat(12), lucky: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      minLength: 1,
      maxLength: 25,
    }),
  })
  .map(({ chance, draws }) =>
    draws.map(({ trials, lucky }) => ({ trials, chance, hits: Math.round(trials * lucky) })),
  );

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

/** The definition, with every way for the hits to fall, and nothing carried from draw to draw. */
function plainThresholds(draws: readonly Draw[], alpha: number): readonly number[] {
  let ways = new Map([[0, 1]]);
  let spent = 0;
  let threshold = 1 / (2 * alpha);
  return draws.map(({ trials, chance }, at) => {
    if (trials === 0) return Math.log(threshold);
    const after = new Map<number, number>();
    for (const [before, way] of ways) {
      for (let hits = 0; hits <= trials; hits++) {
        const chanceOfHits = choose(trials, hits) * chance ** hits * (1 - chance) ** (trials - hits);
        after.set(before + hits, (after.get(before + hits) ?? 0) + way * chanceOfHits);
      }
    }
    const so = draws.slice(0, at + 1).map((draw) => ({ ...draw, hits: 0 }));
    const wealthAt = (hits: number): number =>
      Math.exp(logWealths([{ trials: 0.5, chance: 1e-300, hits }, ...so], REGRESSION).at(-1) ?? Number.NaN);
    const hits = [...after.keys()].sort((a, b) => b - a);
    const keptBelow = (cut: number): number =>
      hits.filter((one) => one < cut).reduce((sum, one) => sum + (after.get(one) ?? 0) * wealthAt(one), 0);
    const chanceFrom = (cut: number): number =>
      hits.filter((one) => one >= cut).reduce((sum, one) => sum + (after.get(one) ?? 0), 0);
    let cut = (hits[0] ?? 0) + 1;
    for (const one of hits) {
      const [now, wealth] = [spent + chanceFrom(one), wealthAt(one)];
      const price = keptBelow(one) / Math.min(2 * wealth, 2 / alpha);
      if (wealth < 1 / (4 * alpha) || now + price > alpha) break;
      cut = one;
    }
    spent += chanceFrom(cut);
    const below = hits.find((one) => one < cut);
    const least = Math.max(
      1 / (4 * alpha),
      keptBelow(cut) / (alpha - spent) / 2,
      below === undefined ? 0 : wealthAt(below),
    );
    threshold = Math.min(2 / alpha, least < wealthAt(cut) ? Math.sqrt(least * wealthAt(cut)) : least);
    ways = new Map([...after].filter(([one]) => one < cut));
    return Math.log(threshold);
  });
}

test("what is dropped, carried and charged leaves the thresholds as they are by definition", () => {
  fc.assert(
    fc.property(someDraws, fc.constantFrom(0.1, 0.01, 0.0005), (draws, alpha) => {
      const plain = plainThresholds(draws, alpha);
      logThresholds(draws, REGRESSION, { alpha }).forEach((threshold, index) => {
        expect(threshold).toBeCloseTo(plain[index] ?? Number.NaN, 6);
      });
    }),
    { numRuns: 60 },
  );
});

test("the first rejected draw is the first whose evidence reaches its threshold", () => {
  let rejected = 0;
  fc.assert(
    fc.property(someDraws, fc.constantFrom(0.2, 0.01), (draws, alpha) => {
      const wealths = logWealths(draws, REGRESSION);
      const thresholds = logThresholds(draws, REGRESSION, { alpha });
      const at = wealths.findIndex((wealth, draw) => wealth >= (thresholds[draw] ?? Number.NaN));
      expect(firstRejected(draws, wealths, REGRESSION, { alpha })).toBe(at < 0 ? undefined : at);
      if (at >= 0) rejected++;
    }),
    { seed: 3 },
  );
  expect(rejected).toBeGreaterThan(5);
});

test("a thousand draws of many trials end with the least threshold, and take no time to speak of", () => {
  const draws = Array.from({ length: 1_000 }, () => ({ trials: 400, hits: 0, chance: 0.01 }));
  const thresholds = logThresholds(draws, REGRESSION, { alpha: 0.01 });
  expect(thresholds.at(-1)).toBeCloseTo(Math.log(25), 9);
});
