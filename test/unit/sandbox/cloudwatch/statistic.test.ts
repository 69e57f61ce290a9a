import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distributionOf, merge } from "../../../../sandbox/cloudwatch/distribution.ts";
import { evaluate, parseStatistic } from "../../../../sandbox/cloudwatch/statistic.ts";

const samples = (...values: number[]) => distributionOf(values.map((value) => [value, 1]));
const hundred = samples(...Array.from({ length: 100 }, (_, index) => index + 1));

function evaluated(name: string, distribution = hundred): number | undefined {
  const statistic = parseStatistic(name);
  if (!statistic) throw new Error(`${name} is no statistic`);
  return evaluate(statistic, distribution);
}

test.each([
  ["SampleCount", 100],
  ["Sum", 5050],
  ["Average", 50.5],
  ["Minimum", 1],
  ["Maximum", 100],
  ["p50", 50],
  ["p99.5", 100],
  ["p100", 100],
  ["p0", 1],
  ["TC(90:)", 10],
  ["TC(:90)", 90],
  ["TC(10:20)", 10],
  ["PR(:25)", 25],
  ["PR(25:)", 75],
  ["tm90", 45.5],
  ["TM(25%:75%)", 50.5],
  ["IQM", 50.5],
  ["TM(50:60)", 55.5],
  ["tc90", 90],
  ["TC(99.5%:)", 0.5],
  ["TS(90%:)", 955],
  ["ts10", 55],
  ["wm50", 37.75],
  ["WM(40:60)", 50.1],
])("%s of 1 to 100 is %d", (name, expected) => {
  expect(evaluated(name)).toBeCloseTo(expected, 9);
});

test.each([
  "sum",
  "p101",
  "p",
  "P99",
  "TC()",
  "TC(:)",
  "TC(3)",
  "TC(10%:3)",
  "PR(1%:2%)",
  "TC(5:4)",
  "tm101",
  "x",
])("%s is no statistic", (name) => {
  expect(parseStatistic(name)).toBeUndefined();
});

describe("bounds", () => {
  test("the low bound is exclusive and the high one inclusive", () => {
    expect(evaluated("TC(0.3:)", samples(0.3, 0.3, 0.31))).toBe(1);
    expect(evaluated("PR(:0.3)", samples(0.3, 0.3, 0.31, 0.4))).toBe(50);
  });

  test("a count of nothing is 0, a mean of nothing does not exist", () => {
    expect(evaluated("TC(5:)", samples(1, 2))).toBe(0);
    expect(evaluated("TM(5:)", samples(1, 2))).toBeUndefined();
  });
});

test("sums that were published without samples have no percentiles", () => {
  const sums = distributionOf([[1, 1]], [{ sampleCount: 4, sum: 10, minimum: 0, maximum: 5 }]);
  expect([evaluated("Sum", sums), evaluated("SampleCount", sums), evaluated("Maximum", sums)]).toEqual([
    11, 5, 5,
  ]);
  expect(evaluated("p50", sums)).toBeUndefined();
});

const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 });

test("a percentile is a sample with at least that share of the samples at or below it", () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (list, percent) => {
      const value = evaluated(`p${percent}`, samples(...list));
      const below = list.filter((item) => item < Number(value)).length;
      const notAbove = list.filter((item) => item <= Number(value)).length;
      expect(list).toContain(value);
      expect(notAbove / list.length).toBeGreaterThanOrEqual(percent / 100 - 1e-9);
      expect(below / list.length).toBeLessThan(percent / 100);
    }),
  );
});

test("splitting samples over buckets changes no statistic", () => {
  fc.assert(
    fc.property(values, values, (one, other) => {
      const merged = merge([samples(...one), samples(...other)]);
      for (const name of ["Sum", "SampleCount", "p90", "TC(10:30)", "tm80", "PR(:20)"]) {
        expect(evaluated(name, merged)).toEqual(evaluated(name, samples(...one, ...other)));
      }
    }),
  );
});
