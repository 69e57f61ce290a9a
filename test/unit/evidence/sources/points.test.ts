import fc from "fast-check";
import { expect, test } from "vitest";
import { totalOf } from "../../../../src/core/counts.ts";
import {
  armsOf,
  completePeriods,
  inParts,
  type Point,
  recentPeriods,
} from "../../../../src/evidence/sources/points.ts";

const PERIODS = { fromMs: 60_000, toMs: 300_000, periodMs: 60_000 };
const point = (atMs: number, value: number): Point => ({ atMs, value });

test.each([
  ["ends in the middle of one", 30_000, 200_000, 0, 60_000, 180_000],
  ["ends with one", 60_000, 240_000, 0, 60_000, 240_000],
  ["ends with one that is still added to", 60_000, 240_000, 1, 60_000, 180_000],
  ["is shorter than the lag", 60_000, 100_000, 90_000, 60_000, 60_000],
])("whole periods of a window that %s", (_, historyFromMs, toMs, lagMs, from, to) => {
  const window = { historyFromMs, fromMs: toMs, toMs, periodMs: 60_000 };
  expect(completePeriods(window, lagMs)).toEqual({ fromMs: from, toMs: to, periodMs: 60_000 });
});

test.each([
  ["an hour of short ones", 10_000_000, 60_000, 60],
  ["twelve of long ones", 100_000_000, 3_600_000, 12],
])("a check looks at %s", (_, nowMs, periodMs, least) => {
  const { fromMs, toMs } = recentPeriods(nowMs, periodMs, 15_000);
  expect((toMs - fromMs) / periodMs).toBe(least);
  expect(toMs).toBeLessThanOrEqual(nowMs - 15_000);
  expect(toMs).toBeGreaterThan(nowMs - 15_000 - periodMs);
});

test("parts cover all periods once, and none is much shorter than another", () => {
  expect(inParts(PERIODS, 3)).toEqual([
    { ...PERIODS, toMs: 180_000 },
    { ...PERIODS, fromMs: 180_000 },
  ]);
  expect(inParts({ ...PERIODS, toMs: 60_000 }, 3)).toEqual([]);
});

test("points go to the period that they fall into, and those outside go nowhere", () => {
  const requests = [
    point(59_999, 7),
    point(60_000, 1),
    point(119_999, 2),
    point(240_000, 4),
    point(300_000, 9),
  ];
  expect(armsOf(requests, [point(119_000, 1)], PERIODS)).toEqual([
    { atMs: 60_000, requests: 3, bad: 1 },
    { atMs: 240_000, requests: 4, bad: 0 },
  ]);
});

test("periods without requests are left out, however that is said", () => {
  expect(armsOf([point(60_000, 0), point(120_000, -0.4), point(180_000, 0.2)], [], PERIODS)).toEqual([]);
});

test("no more are bad than there are", () => {
  expect(armsOf([point(60_000, 2.4)], [point(60_000, 2.6)], PERIODS)).toEqual([
    { atMs: 60_000, requests: 3, bad: 3 },
  ]);
});

test("queries that do not fit are refused", () => {
  const requests = [point(60_000, 10)];
  expect(() => armsOf(requests, [point(60_000, 20)], PERIODS)).not.toThrow();
  expect(() => armsOf(requests, [point(60_000, 22)], PERIODS)).toThrow(
    /do not fit: 22 .* and 10 by `requests`/,
  );
  expect(() => armsOf([], [point(60_000, 100)], PERIODS)).toThrow(/do not fit/);
});

test("rounding keeps every total, at every length of a prefix", () => {
  const value = fc.double({ min: 0, max: 50, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
      const points = values.map((one, index) => point(index * 60_000, one));
      const arms = armsOf(points, [], { fromMs: 0, toMs: values.length * 60_000, periodMs: 60_000 });
      const exact = values.reduce((sum, one) => sum + one, 0);
      expect(Math.abs(totalOf(arms).requests - exact)).toBeLessThanOrEqual(0.5 + 1e-6);
      expect(arms.every(({ requests }) => Number.isInteger(requests) && requests > 0)).toBe(true);
    }),
  );
});

test("what is counted so far does not change with what comes later", () => {
  const value = fc.double({ min: 0, max: 5, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 50 }), (values) => {
      const points = values.map((one, index) => point(index * 60_000, one));
      const periods = { fromMs: 0, toMs: values.length * 60_000, periodMs: 60_000 };
      const before = armsOf(points, [], { ...periods, toMs: periods.toMs - 60_000 });
      expect(armsOf(points, [], periods).slice(0, before.length)).toEqual(before);
    }),
  );
});
