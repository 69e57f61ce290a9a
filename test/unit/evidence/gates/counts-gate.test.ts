import { describe, expect, test } from "vitest";
import { judgeCounts } from "../../../../src/evidence/gates/counts-gate.ts";
import type { CountsReading, CountsRule } from "../../../../src/evidence/gates/reading.ts";
import { atMs, CALM, PERIOD_MS, periods, readingOf, ruleOf } from "./readings.ts";

interface Row {
  readonly name: string;
  readonly reading: Partial<CountsReading>;
  readonly rule?: Partial<CountsRule>;
  readonly kind: string;
  readonly reason: string;
  readonly flags?: { readonly basis?: "floor"; readonly isIncident?: true };
}

const NO_LIMIT = { maxPercent: undefined };
const FIRST = { stable: undefined, history: [] };
const BY_FLOOR = "no regression shows, but too little is known to rule one out: it passes by time and volume";

const rows: readonly Row[] = [
  {
    name: "much worse than the old version",
    reading: { canary: periods(1, 480, 12), stable: periods(1, 9_120, 9) },
    kind: "regress",
    reason:
      "12 of 480 requests to the new version failed (2.5 %), allowed are 1 %; 9 of 9,120 to the old version, 25 times the rate; chance of a false alarm below 1 in 50,000,000",
  },
  {
    name: "worse than the old version, and within the limit",
    reading: { canary: periods(3, 3_000, 20), stable: periods(3, 9_000, 9) },
    kind: "regress",
    reason:
      "60 of 9,000 requests to the new version failed (0.67 %), allowed are 1 %; 27 of 27,000 to the old version, 6.7 times the rate; chance of a false alarm below 1 in 1,000,000,000",
  },
  {
    name: "fewer requests than are needed, all of them bad",
    reading: { canary: periods(1, 7, 7), stable: periods(1, 70, 0) },
    kind: "regress",
    reason:
      "7 of 7 requests to the new version failed (100 %), allowed are 1 %; 0 of 70 to the old version; chance of a false alarm below 1 in 50,000,000",
  },
  {
    name: "no better than the old version by proof",
    reading: { canary: periods(30, 1_000, 1), stable: periods(30, 9_000, 9) },
    kind: "healthy",
    reason:
      "30 of 30,000 requests to the new version failed (0.1 %), allowed are 1 %; 270 of 270,000 to the old version, about the same rate; 2.4 times the rate is ruled out, but for a chance below 1 in 100,000",
  },
  {
    name: "too little to prove it, enough to pass",
    reading: { canary: periods(3, 1_000, 1), stable: periods(3, 9_000, 9) },
    kind: "healthy",
    reason: `3 of 3,000 requests to the new version failed (0.1 %), allowed are 1 %; 27 of 27,000 to the old version, about the same rate; ${BY_FLOOR}`,
    flags: { basis: "floor" },
  },
  {
    name: "too little to prove it, where that holds",
    reading: { canary: periods(3, 1_000, 1), stable: periods(3, 9_000, 9) },
    rule: { insufficientEvidence: "hold" },
    kind: "insufficient",
    reason:
      "3 of 3,000 requests to the new version failed (0.1 %), allowed are 1 %; 27 of 27,000 to the old version, about the same rate; no regression shows, but too little is known to rule one out",
  },
  {
    name: "fewer requests than are needed",
    reading: { canary: periods(1, 99, 0), stable: periods(1, 900, 0) },
    kind: "insufficient",
    reason: "99 requests to the new version so far; 100 are needed to judge",
  },
  {
    name: "the first request is a bad one",
    reading: { canary: periods(1, 1, 1), stable: periods(1, 70, 0) },
    kind: "insufficient",
    reason: "1 request to the new version so far, 1 of them failed; 100 are needed to judge",
  },
  {
    name: "nothing at all",
    reading: {},
    kind: "insufficient",
    reason: "0 requests to the new version so far; 100 are needed to judge",
  },
  {
    name: "above the limit, by chance perhaps",
    reading: { canary: periods(1, 100, 2), ...FIRST },
    kind: "insufficient",
    reason: "2 of 100 requests to the new version failed (2 %), allowed are 1 %; that may still be chance",
  },
  {
    name: "worse than the old version, by chance perhaps",
    reading: { canary: periods(1, 1_000, 4), stable: periods(1, 9_000, 3) },
    kind: "insufficient",
    reason:
      "4 of 1,000 requests to the new version failed (0.4 %), allowed are 1 %; 3 of 9,000 to the old version, 12 times the rate; that may still be chance",
  },
  {
    name: "a first deployment, below the limit by proof",
    reading: { canary: periods(3, 1_000, 1), ...FIRST },
    kind: "healthy",
    reason:
      "3 of 3,000 requests to the new version failed (0.1 %), allowed are 1 %; a break of that limit is ruled out, but for a chance below 1 in 50,000,000",
  },
  {
    name: "a first deployment without a limit has nothing against it",
    reading: { canary: periods(1, 100, 50), ...FIRST },
    rule: NO_LIMIT,
    kind: "healthy",
    reason: `50 of 100 requests to the new version failed (50 %); ${BY_FLOOR}`,
    flags: { basis: "floor" },
  },
  {
    name: "a first deployment above the limit",
    reading: { canary: periods(1, 1_000, 40), ...FIRST },
    kind: "regress",
    reason:
      "40 of 1,000 requests to the new version failed (4 %), allowed are 1 %; chance of a false alarm below 1 in 1,000,000,000",
  },
  {
    name: "none allowed, one bad",
    reading: { canary: periods(1, 1, 1), ...FIRST },
    rule: { maxPercent: 0 },
    kind: "regress",
    reason:
      "1 of 1 requests to the new version failed (100 %), allowed are 0 %; chance of a false alarm below 1 in 1,000,000,000",
  },
  {
    name: "all allowed, nothing to compare with",
    reading: { canary: periods(1, 200, 200), ...FIRST },
    rule: { maxPercent: 100 },
    kind: "healthy",
    reason: `200 of 200 requests to the new version failed (100 %); ${BY_FLOOR}`,
    flags: { basis: "floor" },
  },
  {
    name: "both above the limit, as always",
    reading: {
      canary: periods(10, 1_000, 30),
      stable: periods(10, 9_000, 270),
      history: CALM.map((arm) => ({ ...arm, bad: 270 })),
    },
    kind: "insufficient",
    reason:
      "300 of 10,000 requests to the new version failed (3 %), allowed are 1 %; 2,700 of 90,000 to the old version, about the same rate; the old version breaks that limit, too (2,700 of 90,000): not this release's fault",
    flags: { isIncident: true },
  },
  {
    name: "both much worse than before",
    reading: { canary: periods(3, 1_000, 100), stable: periods(3, 9_000, 900) },
    kind: "insufficient",
    reason:
      "300 of 3,000 requests to the new version failed (10 %), allowed are 1 %; 2,700 of 27,000 to the old version, about the same rate; the old version itself is 100 times as bad as before the step: an incident, not this release's fault",
    flags: { isIncident: true },
  },
  {
    name: "both were much worse for a while, which leaves more bad ones than are allowed",
    reading: {
      canary: [...periods(3, 1_000, 100), ...periods(20, 1_000, 1, 3)],
      stable: [...periods(3, 9_000, 900), ...periods(20, 9_000, 9, 3)],
    },
    kind: "insufficient",
    reason:
      "320 of 23,000 requests to the new version failed (1.4 %), allowed are 1 %; 2,880 of 207,000 to the old version, about the same rate; an incident of both versions, which has passed, may explain it",
  },
  {
    name: "both much worse than before, and the new version more so",
    reading: { canary: periods(3, 1_000, 400), stable: periods(3, 9_000, 900) },
    kind: "regress",
    reason:
      "1,200 of 3,000 requests to the new version failed (40 %), allowed are 1 %; 2,700 of 27,000 to the old version, 4 times the rate; chance of a false alarm below 1 in 1,000,000,000",
  },
  {
    name: "the old version is much worse than before, and a release that mends it is not",
    reading: { canary: periods(3, 1_000, 1), stable: periods(3, 9_000, 900) },
    kind: "healthy",
    reason:
      "3 of 3,000 requests to the new version failed (0.1 %), allowed are 1 %; 2,700 of 27,000 to the old version, 0.01 times the rate; 2.4 times the rate is ruled out, but for a chance below 1 in 1,000,000,000; the old version itself is 100 times as bad as before the step, the new one is not",
  },
  {
    name: "all users moved: much worse than the old version before",
    reading: { canary: periods(3, 9_000, 80), stable: [] },
    kind: "regress",
    reason:
      "240 of 27,000 requests to the new version failed (0.89 %), allowed are 1 %; 108 of 108,000 to the old version before the step, 8.9 times the rate; chance of a false alarm below 1 in 1,000,000,000; one version after the other proves less than both at the same time",
  },
  {
    name: "all users moved: twice the rate of before is tolerated, and a straggler is no control",
    reading: { canary: periods(3, 9_000, 18), stable: periods(1, 2, 0) },
    kind: "healthy",
    reason:
      "54 of 27,000 requests to the new version failed (0.2 %), allowed are 1 %; 108 of 108,000 to the old version before the step, 2 times the rate; 4.8 times the rate is ruled out, but for a chance below 1 in 500,000; one version after the other proves less than both at the same time",
  },
  {
    name: "all users moved, and nothing is known from before",
    reading: { canary: periods(3, 100, 0), stable: [], history: [] },
    kind: "healthy",
    reason: `0 of 300 requests to the new version failed (0 %), allowed are 1 %; ${BY_FLOOR}`,
    flags: { basis: "floor" },
  },
];

test.each(rows)("$name: $kind", ({ reading, rule = {}, kind, reason, flags = {} }) => {
  const { verdict } = judgeCounts(readingOf(reading), ruleOf(rule));
  const { counts, ...rest } = verdict;
  expect(rest).toEqual({ kind, gate: "errors", reason, ...flags });
});

test.each([
  ["exactly the share allowed", 100, 1, 100, "healthy"],
  ["one more than that may be chance", 100, 2, 100, "insufficient"],
  ["a WebSocket's upgrade among the first requests", 71, 1, 50, "insufficient"],
  ["exactly the share allowed of few", 50, 0.5, 100, "insufficient"],
  ["two bad ones of few", 10, 2, 100, "insufficient"],
  ["a share of many, by a hair", 100_000, 1_001, 100, "insufficient"],
  ["a share of many", 100_000, 1_500, 100, "regress"],
  ["a share of many, allowed", 100_000, 1_000, 100, "healthy"],
])("%s: %s requests, %s bad, %s needed to judge: %s", (_name, requests, bad, min, kind) => {
  const reading = readingOf({ canary: periods(1, requests, bad), ...FIRST });
  expect(judgeCounts(reading, ruleOf({ minRequests: min })).verdict.kind).toBe(kind);
});

describe("fewer of what is counted is worse", () => {
  const ORDERS = CALM.map((arm) => ({ ...arm, bad: 300 }));
  const rule = ruleOf({ gate: "orders", worse: "fewer", maxPercent: undefined });
  const judge = (bad: number, stableBad: number, over: Partial<CountsRule> = {}) =>
    judgeCounts(
      readingOf({
        canary: periods(5, 1_000, bad),
        stable: periods(5, 9_000, stableBad),
        history: ORDERS,
        fault: "ordered",
      }),
      { ...rule, ...over },
    ).verdict;

  test("half the orders are a regression", () => {
    expect(judge(15, 300)).toEqual({
      kind: "regress",
      gate: "orders",
      reason:
        "75 of 5,000 requests to the new version ordered (1.5 %); 1,500 of 45,000 to the old version, 0.45 times the rate; chance of a false alarm below 1 in 2,000,000",
      counts: {
        requests: 5_000,
        bad: 75,
        otherRequests: 45_000,
        otherBad: 1_500,
        rateRatio: expect.closeTo(0.45),
        neededRequests: 100,
        isGood: true,
      },
    });
  });

  test.each([
    ["as many", 33, 300, "healthy"],
    ["twice as many", 66, 300, "healthy"],
    ["none", 0, 300, "regress"],
    ["none of either, an incident of both", 0, 0, "insufficient"],
    ["a third of either, an incident of both", 10, 90, "insufficient"],
  ])("%s: %s of 1,000 beside %s of 9,000: %s", (_name, bad, stableBad, kind) => {
    const verdict = judge(bad, stableBad);
    expect(verdict.kind).toBe(kind);
    expect(verdict.isIncident).toBe(kind === "insufficient" ? true : undefined);
  });

  test("before and after: half as many is tolerated, a third is not", () => {
    const moved = (bad: number) =>
      judgeCounts(readingOf({ canary: periods(5, 9_000, bad), history: ORDERS, fault: "ordered" }), rule);
    expect(moved(150).verdict.kind).toBe("healthy");
    expect(moved(90).verdict).toMatchObject({
      kind: "regress",
      reason: expect.stringContaining(
        "6,000 of 180,000 to the old version before the step, 0.3 times the rate",
      ),
    });
  });

  test("a limit is of those that are not good", () => {
    expect(judge(20, 180, { maxPercent: 97, tolerance: 2 })).toMatchObject({
      kind: "insufficient",
      reason: expect.stringContaining(
        "100 of 5,000 requests to the new version ordered (2 %), needed are 3 %",
      ),
    });
    expect(judge(20, 180, { maxPercent: 98.5, tolerance: 2 }).kind).toBe("healthy");
  });

  test("where most are good, the others are compared: 10 % fewer of 99 % are ten times as bad", () => {
    const reading = readingOf({
      canary: periods(5, 1_000, 900),
      stable: periods(5, 9_000, 8_910),
      history: CALM.map((arm) => ({ ...arm, bad: 8_910 })),
      fault: "were good",
    });
    expect(judgeCounts(reading, { ...rule, maxPercent: 5 }).verdict).toMatchObject({
      kind: "regress",
      reason:
        "4,500 of 5,000 requests to the new version were good (90 %), needed are 95 %; 44,550 of 45,000 to the old version, 10 times the rate of the others; chance of a false alarm below 1 in 1,000,000,000",
      counts: { requests: 5_000, bad: 500, otherBad: 450, allowedPercent: 5 },
    });
  });
});

describe("what a verdict comes with", () => {
  test("counts of both versions, the limit and what is needed", () => {
    const reading = readingOf({ canary: periods(2, 200, 1), stable: periods(2, 1_800, 3) });
    expect(judgeCounts(reading, ruleOf()).verdict.counts).toEqual({
      requests: 400,
      bad: 2,
      otherRequests: 3_600,
      otherBad: 6,
      rateRatio: expect.closeTo(3),
      allowedPercent: 1,
      neededRequests: 100,
    });
  });

  test("a dry run says so, and judges the same", () => {
    const reading = readingOf({ canary: periods(1, 480, 12), stable: periods(1, 9_120, 9) });
    const { verdict } = judgeCounts(reading, ruleOf());
    expect(judgeCounts(reading, ruleOf({ isDryRun: true })).verdict).toEqual({ ...verdict, isDryRun: true });
  });

  test("the end of the period at which it became a regression, by whichever test was first", () => {
    const canary = [...periods(4, 1_000, 1), ...periods(6, 1_000, 12, 5)];
    const stable = [...periods(5, 9_000, 9), ...periods(5, 9_000, 9, 5)];
    const compared = judgeCounts(readingOf({ canary, stable }), ruleOf(NO_LIMIT));
    expect(compared.verdict.kind).toBe("regress");
    expect(compared.regressedAtMs).toBe(atMs(5) + PERIOD_MS);
    const limited = judgeCounts(readingOf({ canary: periods(2, 100, 50, 3), ...FIRST }), ruleOf());
    expect(limited.regressedAtMs).toBe(atMs(3) + PERIOD_MS);
    expect(judgeCounts(readingOf({ canary: periods(4, 1_000, 1), stable }), ruleOf()).regressedAtMs).toBe(
      undefined,
    );
  });

  test("the first period from which any look finds a regression", () => {
    const canary = [...periods(6, 1_000, 1), ...periods(6, 1_000, 5, 6)];
    const stable = periods(12, 9_000, 9);
    const upTo = (count: number) => {
      const reading = readingOf({ canary: canary.slice(0, count), stable: stable.slice(0, count) });
      return judgeCounts(reading, ruleOf());
    };
    const first = Array.from({ length: 13 }, (_, count) => upTo(count)).findIndex(
      ({ verdict }) => verdict.kind === "regress",
    );
    expect(first).toBeGreaterThan(6);
    expect(upTo(12).regressedAtMs).toBe(atMs(first - 1) + PERIOD_MS);
  });
});
