import fc from "fast-check";
import { expect, test } from "vitest";
import { binomialOf, randomOf } from "../../../../bench/evidence/random.ts";
import type { Arm, TimedArm } from "../../../../src/core/counts.ts";
import { compareVersions } from "../../../../src/evidence/gates/control.ts";
import { judgeCounts } from "../../../../src/evidence/gates/counts-gate.ts";
import type { CountsReading, CountsRule } from "../../../../src/evidence/gates/reading.ts";
import { atMs, CALM, readingOf, ruleOf } from "./readings.ts";

const SEVERITY = { healthy: 0, insufficient: 1, error: 1, regress: 2 } as const;
const SHARES = [0.02, 0.1, 0.5] as const;

const at = (arm: Arm, index: number): TimedArm => ({ ...arm, atMs: atMs(index) });

/** Some periods of both versions; a few bad requests each, or many of both. */
const someReading = fc
  .record({
    share: fc.constantFrom(...SHARES),
    bad: fc.array(fc.tuple(fc.nat(12), fc.nat(40)), { minLength: 1, maxLength: 10 }),
    worst: fc.constantFrom(1, 1, 1, 20),
    isMoved: fc.boolean(),
  })
  .map(({ share, bad, worst, isMoved }): CountsReading => {
    const canary = bad.map(([of], index) => at({ requests: 10_000 * share, bad: of * worst }, index));
    const stable = bad.map(([, of], index) => at({ requests: 10_000 * (1 - share), bad: of * worst }, index));
    return readingOf({ canary, stable: isMoved ? [] : stable });
  });

const someRule = fc
  .record({
    maxPercent: fc.constantFrom(undefined, 0, 0.5, 1, 100),
    insufficientEvidence: fc.constantFrom("promote" as const, "hold" as const),
  })
  .map((over) => ruleOf(over));

test("one more bad request of the new version's never makes a verdict better", () => {
  let worsened = 0;
  fc.assert(
    fc.property(someReading, someRule, fc.nat(9), (reading, rule, nth) => {
      const index = nth % reading.canary.length;
      const canary = reading.canary.map((arm, i) => (i === index ? { ...arm, bad: arm.bad + 1 } : arm));
      const [before, after] = [judgeCounts(reading, rule), judgeCounts({ ...reading, canary }, rule)];
      expect(SEVERITY[after.verdict.kind]).toBeGreaterThanOrEqual(SEVERITY[before.verdict.kind]);
      expect(after.regressedAtMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(
        before.regressedAtMs ?? Number.POSITIVE_INFINITY,
      );
      if (after.verdict.kind !== before.verdict.kind) worsened++;
    }),
    { numRuns: 1_500, seed: 5 },
  );
  expect(worsened).toBeGreaterThan(10);
});

test("of good ones it judges as of bad ones with the versions' arms the other way round", () => {
  fc.assert(
    fc.property(someReading, (reading) => {
      const rule = ruleOf({ maxPercent: undefined, worse: "fewer" });
      const fewer = compareVersions({ ...reading, counted: "good" }, rule, 0.01);
      fc.pre(reading.stable !== undefined && reading.stable.length > 0);
      const turned = { ...reading, canary: reading.stable ?? [], stable: reading.canary };
      const more = compareVersions({ ...turned, counted: "bad" }, { ...rule, worse: "more" }, 0.01);
      const { kind, logEvidence, logHealth, canary, stable } = fewer?.comparison ?? {};
      expect(more?.comparison).toMatchObject({
        kind,
        logEvidence,
        logHealth,
        canary: stable,
        stable: canary,
      });
    }),
    { seed: 5 },
  );
});

/** Every period as two of half its length. */
const halved = (arms: readonly TimedArm[]): readonly TimedArm[] =>
  arms.flatMap(({ requests, bad }, index) => {
    const half = Math.floor(bad / 2);
    return [
      at({ requests: requests / 2, bad: half }, 2 * index),
      at({ requests: requests / 2, bad: bad - half }, 2 * index + 1),
    ];
  });

test("finer periods of the same counts at the same shares say the same", () => {
  fc.assert(
    fc.property(someReading, someRule, (reading, rule) => {
      fc.pre(reading.stable?.length !== 0);
      const finer = { ...reading, canary: halved(reading.canary), stable: halved(reading.stable ?? []) };
      const [coarse, fine] = [judgeCounts(reading, rule).verdict, judgeCounts(finer, rule).verdict];
      const { rateRatio: coarseRatio = -1, ...counts } = coarse.counts ?? { requests: 0, bad: 0 };
      const { rateRatio: fineRatio = -1, ...fineCounts } = fine.counts ?? { requests: 0, bad: 0 };
      expect(fineCounts).toEqual(counts);
      expect(fineRatio).toBeCloseTo(coarseRatio, 9);
      const weight = (of: CountsReading) =>
        compareVersions({ ...of, counted: "bad" }, rule, rule.alpha)?.comparison;
      expect(weight(finer)?.logHealth).toBeCloseTo(weight(reading)?.logHealth ?? -1, 6);
      // Where periods end decides how the budget is spent, and so when evidence near the threshold is a regression.
      if (coarse.kind !== "regress" && fine.kind !== "regress")
        expect(fine.isIncident).toBe(coarse.isIncident);
    }),
    { seed: 5 },
  );
});

test("no data is never healthy, whatever is known of the old version", () => {
  fc.assert(
    fc.property(someReading, someRule, fc.nat(99), (reading, rule, requests) => {
      const good = [at({ requests, bad: 0 }, 0)];
      expect(judgeCounts({ ...reading, canary: good }, rule).verdict.kind).toBe("insufficient");
      expect(judgeCounts({ ...reading, canary: [] }, rule).verdict.kind).toBe("insufficient");
    }),
    { seed: 5 },
  );
});

const RELEASES = 2_000;
const PERIODS = 15;

/** Of good releases, those called a regression at any look: a regression by either test stays one. */
function falseAlarms(rule: CountsRule, simulate: (random: () => number) => CountsReading): number {
  const random = randomOf(11);
  return Array.from({ length: RELEASES }, () => judgeCounts(simulate(random), rule)).filter(
    ({ verdict }) => verdict.kind === "regress",
  ).length;
}

function armsOf(requests: number, rate: number, random: () => number): readonly TimedArm[] {
  return Array.from({ length: PERIODS }, (_, index) =>
    at({ requests, bad: binomialOf(requests, rate, random) }, index),
  );
}

const ALPHA = 0.05;

test.each([
  ["beside the old version", { maxPercent: undefined, tolerance: 1 }, 200, 1_800, 0.01, 0.01],
  ["beside the old version, just at what is tolerated", { maxPercent: undefined }, 500, 500, 0.012, 0.01],
  ["beside it and a limit just kept", { tolerance: 1 }, 200, 1_800, 0.01, 0.01],
  ["before it, just at what is tolerated", { maxPercent: undefined }, 1_000, 0, 0.0024, 0.001],
] as const)(
  "of good releases %s at most α are a regression",
  (_name, over, canaryRequests, stableRequests, canaryRate, stableRate) => {
    const alarms = falseAlarms(ruleOf({ alpha: ALPHA, ...over }), (random) =>
      readingOf({
        canary: armsOf(canaryRequests, canaryRate, random),
        stable: stableRequests === 0 ? [] : armsOf(stableRequests, stableRate, random),
        history: CALM.map(() => ({ requests: 1_000, bad: binomialOf(1_000, stableRate, random) })),
      }),
    );
    const spread = Math.sqrt(ALPHA * (1 - ALPHA) * RELEASES);
    expect(alarms).toBeLessThan(ALPHA * RELEASES + 3 * spread);
    expect(alarms).toBeGreaterThan(0);
  },
);
