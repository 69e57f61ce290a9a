import fc from "fast-check";
import { expect, test } from "vitest";
import {
  limitOf,
  PERCENTILES,
  type Percentiles,
  secondsText,
  slowArms,
  slowWords,
} from "../../../src/aws/cloudwatch-counts-slow.ts";

const at0 = (value: number | undefined) => new Map(value === undefined ? [] : [[0, value]]);

/** Percentiles of one period, as [percent, seconds]. */
const percentiles = (...known: readonly (readonly [number, number])[]): Percentiles =>
  known.map(([percent, seconds]) => [percent, at0(seconds)]);

function badOf(
  requests: number,
  counted: { readonly above?: number; readonly upTo?: number },
  limit = 0.3,
  known: Percentiles = [],
) {
  const times = { timed: at0(requests), above: at0(counted.above), upTo: at0(counted.upTo) };
  return slowArms(times, known, limit).map(({ bad }) => bad);
}

test("the limit weighs periods by their answers, and is rounded up to three digits", () => {
  const timed = new Map([
    [0, 300],
    [1, 100],
    [2, 50],
  ]);
  const p99 = new Map([
    [0, 0.1],
    [1, 0.5],
  ]);
  expect(limitOf(timed, p99)).toBe(0.2);
  expect(limitOf(timed, new Map([[0, 0.31101]]))).toBe(0.312);
  expect(limitOf(timed, new Map([[0, 0.312]]))).toBe(0.312);
  expect(limitOf(timed, new Map([[0, 0.0042301]]))).toBe(0.00424);
  expect(limitOf(timed, new Map([[0, 12.341]]))).toBe(12.4);
  expect(limitOf(timed, new Map())).toBeUndefined();
});

test("a limit is never below the percentile that it comes from", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 100, noNaN: true }), (seconds) => {
      const limit = limitOf(at0(10), at0(seconds)) ?? 0;
      expect(limit).toBeGreaterThanOrEqual(seconds * (1 - 1e-9));
      expect(limit).toBeLessThanOrEqual(Math.max(seconds * 1.0101, seconds + 2e-6));
      expect(secondsText(limit)).toMatch(/^\d+(\.\d{1,6})?$/);
    }),
  );
});

test.each([
  [0.312, false, "took longer than 312 ms"],
  [0.00424, false, "took longer than 4.24 ms"],
  [0.3, true, "took longer than 300 ms (estimated from percentiles)"],
  [1, false, "took longer than 1 s"],
  [1.25, false, "took longer than 1.25 s"],
])("%s s in words", (seconds, isEstimated, words) => {
  expect(slowWords(seconds, isEstimated)).toBe(words);
});

test("counted is counted: what is above, else what is not up to the limit", () => {
  expect(badOf(100, { above: 7 })).toEqual([7]);
  expect(badOf(100, { upTo: 93 })).toEqual([7]);
  expect(badOf(100, { above: 101 })).toEqual([100]);
  expect(badOf(0, { above: 0 })).toEqual([]);
});

test.each<[string, number, Percentiles, number[]]>([
  ["on a percentile", 0.3, percentiles([50, 0.1], [90, 0.3], [99, 0.5]), [100]],
  ["between two", 0.4, percentiles([50, 0.1], [90, 0.3], [99, 0.5]), [55]],
  ["above all", 0.6, percentiles([0, 0.1], [99, 0.5], [100, 0.55]), [0]],
  ["below all", 0.05, percentiles([0, 0.1], [99, 0.5], [100, 0.55]), [1000]],
  ["between p99.9 and the maximum", 0.6, percentiles([99.9, 0.5], [100, 1]), [1]],
  ["between the extremes alone", 0.3, percentiles([0, 0.1], [100, 0.5]), []],
  ["nothing known", 0.3, [], []],
])("estimated of a thousand: %s", (_name, limit, known, expected) => {
  expect(badOf(1000, {}, limit, known)).toEqual(expected);
});

test("estimates fall as the limit rises, and are near what was really slower", () => {
  const sample = fc.array(fc.double({ min: 0.001, max: 5, noNaN: true }), { minLength: 200, maxLength: 400 });
  fc.assert(
    fc.property(sample, (seconds) => {
      const sorted = [...seconds].sort((one, other) => one - other);
      const rank = (percent: number) =>
        sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
      const known: Percentiles = PERCENTILES.map(([percent]) => [percent, at0(rank(percent))]);
      const estimates = [0.001, 0.1, 1, 3, 5].map((limit) => badOf(sorted.length, {}, limit, known)[0] ?? 0);
      expect(estimates).toEqual([...estimates].sort((one, other) => other - one));
      const above = sorted.filter((one) => one > rank(90)).length;
      expect(Math.abs((badOf(sorted.length, {}, rank(90), known)[0] ?? 0) - above)).toBeLessThan(
        0.06 * sorted.length,
      );
    }),
    { numRuns: 50 },
  );
});
