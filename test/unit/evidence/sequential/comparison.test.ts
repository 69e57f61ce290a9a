import fc from "fast-check";
import { expect, test } from "vitest";
import { binomialOf, randomOf } from "../../../../bench/evidence/random.ts";
import type { Arm, Block } from "../../../../src/core/counts.ts";
import { compare, compareWithBefore, rateRatioOf } from "../../../../src/evidence/sequential/comparison.ts";
import { anArm, someBlocks } from "./arbitrary.ts";

const rule = { alpha: 0.01, beta: 0.01, tolerance: 1, excess: 2 };
const calm: readonly Arm[] = Array.from({ length: 60 }, () => ({ requests: 9_000, bad: 9 }));

const blocksOf = (count: number, canary: readonly [number, number], stable: readonly [number, number]) =>
  Array.from(
    { length: count },
    (): Block => ({
      canary: { requests: canary[0], bad: canary[1] },
      stable: { requests: stable[0], bad: stable[1] },
    }),
  );

test.each([
  ["a bad canary", blocksOf(1, [480, 12], [9_120, 9]), "regress", 25.333],
  ["a somewhat bad canary", blocksOf(3, [1_000, 3], [9_000, 4]), "regress", 6.75],
  ["a good one, for long", blocksOf(40, [1_000, 1], [9_000, 9]), "healthy", 1],
  ["a good one, at first", blocksOf(4, [1_000, 1], [9_000, 9]), "insufficient", 1],
  ["never a bad request", blocksOf(400, [1_000, 0], [9_000, 0]), "insufficient", undefined],
  ["an incident of both", blocksOf(3, [1_000, 100], [9_000, 900]), "healthy", 1],
  ["no traffic to the canary", blocksOf(5, [0, 0], [9_000, 9]), "insufficient", undefined],
  ["no traffic to stable", blocksOf(5, [9_000, 300], [0, 0]), "insufficient", undefined],
  ["no blocks", [], "insufficient", undefined],
] as const)("%s", (_name, blocks, kind, rateRatio) => {
  const comparison = compare(blocks, calm, rule);
  expect(comparison.kind).toBe(kind);
  expect(comparison.rateRatio).toEqual(rateRatio && expect.closeTo(rateRatio, 2));
});

test("it says at which block, stays a regression, and judges the same however it is asked", () => {
  const blocks = [...blocksOf(5, [1_000, 1], [9_000, 9]), ...blocksOf(2, [1_000, 12], [9_000, 9])];
  const after = [...blocks, ...blocksOf(60, [1_000, 0], [9_000, 9])];
  expect(compare(blocks.slice(0, 5), calm, rule).kind).toBe("insufficient");
  expect(compare(blocks, calm, rule)).toMatchObject({ kind: "regress", regressedAtBlock: 5 });
  expect(compare(after, calm, rule)).toMatchObject({ kind: "regress", regressedAtBlock: 5 });
});

test("clusters in stable's history, tolerance and a smaller α each ask for more evidence", () => {
  const blocks = blocksOf(3, [1_000, 5], [9_000, 9]);
  const clustered = calm.map((arm, index) => ({ ...arm, bad: index % 6 === 0 ? 54 : 0 }));
  expect(compare(blocks, calm, rule).kind).toBe("regress");
  expect(compare(blocks, clustered, rule)).toMatchObject({ kind: "insufficient" });
  expect(compare(blocks, clustered, rule).dispersion).toBeGreaterThan(10);
  expect(compare(blocks, calm, { ...rule, tolerance: 4 }).kind).toBe("insufficient");
  expect(compare(blocks, calm, { ...rule, alpha: 1e-6 }).kind).toBe("insufficient");
});

test("one more bad request of the canary's never makes a verdict better", () => {
  const severity = { healthy: 0, insufficient: 1, regress: 2 } as const;
  const aShare = fc.constantFrom(0.02, 0.1, 0.5);
  const counts = fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { minLength: 1, maxLength: 12 });
  let worsened = 0;
  fc.assert(
    fc.property(aShare, counts, fc.nat(11), (share, bad, at) => {
      const blocks = bad.map(
        ([canary, stable]): Block => ({
          canary: { requests: 10_000 * share, bad: canary },
          stable: { requests: 10_000 * (1 - share), bad: stable },
        }),
      );
      const worse = blocks.map((block, index) =>
        index === at % blocks.length
          ? { ...block, canary: { ...block.canary, bad: block.canary.bad + 1 } }
          : block,
      );
      const [before, after] = [compare(blocks, calm, rule).kind, compare(worse, calm, rule).kind];
      expect(severity[after]).toBeGreaterThanOrEqual(severity[before]);
      if (after !== before) worsened++;
      expect(compare(worse, calm, rule).anytimeP).toBeLessThanOrEqual(after === "regress" ? rule.alpha : 1);
    }),
    { numRuns: 1_000, seed: 1 },
  );
  expect(worsened).toBeGreaterThan(10);
});

test("without a canary's request it is never healthy, and never a regression", () => {
  fc.assert(
    fc.property(someBlocks, fc.array(anArm), (blocks, history) => {
      const idle = blocks.map(({ stable }) => ({ stable, canary: { requests: 0, bad: 0 } }));
      expect(compare(idle, history, rule).kind).toBe("insufficient");
    }),
  );
});

test("stable's own rise is told once it is more than a doubling, and only with a history to rise from", () => {
  const at = (stableBad: number) => blocksOf(30, [1_000, stableBad / 9], [9_000, stableBad]);
  expect(compare(at(15), calm, rule).stableRise).toBeUndefined();
  expect(compare(at(36), calm, rule).stableRise).toBeCloseTo(4, 1);
  expect(compare(at(36), [], rule).stableRise).toBeUndefined();
});

test("a canary whose share grows while errors do is not blamed for the hour", () => {
  const blocks = [...blocksOf(4, [100, 0], [9_900, 10]), ...blocksOf(4, [5_000, 50], [5_000, 50])];
  expect(rateRatioOf(blocks)).toBeCloseTo(1, 1);
  expect(compare(blocks, calm, rule).kind).not.toBe("regress");
});

test("beside the old version before it, each of whose blocks is used once, and the latest first", () => {
  const before = [...blocksOf(4, [0, 0], [1_000, 400]), ...blocksOf(6, [0, 0], [1_000, 1])].map(
    ({ stable }) => stable,
  );
  const good = Array.from({ length: 3 }, () => ({ requests: 1_000, bad: 1 }));
  const bad = Array.from({ length: 3 }, () => ({ requests: 1_000, bad: 30 }));
  const settings = { ...rule, tolerance: 1.2, perBlock: 2 };
  const quiet = before.slice(4);
  expect(compareWithBefore(bad, quiet, settings)).toMatchObject({ kind: "regress", control: "before" });
  expect(compareWithBefore(good, quiet, settings).kind).not.toBe("regress");
  expect(compareWithBefore(good, before, settings).stable).toEqual({ requests: 6_000, bad: 6 });
  const longer = [...good, ...bad];
  expect(compareWithBefore(longer, quiet, settings)).toMatchObject({ kind: "insufficient" });
});

const GOOD_CANARIES = 1_500;

test.each([
  ["rare, on a twentieth", 1_000, 0.05, 0.001],
  ["common, on half", 200, 0.5, 0.05],
] as const)("of %s good canaries at most α are called a regression", (_name, requests, share, rate) => {
  const random = randomOf(5);
  const alpha = 0.05;
  let alarms = 0;
  for (let canary = 0; canary < GOOD_CANARIES; canary++) {
    const blocks = Array.from({ length: 30 }, (_, index): Block => {
      const [toCanary, toStable] = [Math.round(requests * share), Math.round(requests * (1 - share))];
      // An hour whose errors rise and fall, on both arms.
      const rateNow = rate * (1 + 0.8 * Math.sin(index / 5));
      return {
        canary: { requests: toCanary, bad: binomialOf(toCanary, rateNow, random) },
        stable: { requests: toStable, bad: binomialOf(toStable, rateNow, random) },
      };
    });
    if (compare(blocks, calm, { ...rule, alpha }).kind === "regress") alarms++;
  }
  const spread = Math.sqrt(alpha * (1 - alpha) * GOOD_CANARIES);
  expect(alarms).toBeLessThan(alpha * GOOD_CANARIES + 3 * spread);
  expect(alarms).toBeGreaterThan(0);
});
