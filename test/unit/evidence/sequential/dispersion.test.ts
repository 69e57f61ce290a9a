import fc from "fast-check";
import { expect, test } from "vitest";
import { poisson, randomOf } from "../../../../bench/evidence/random.ts";
import type { Arm } from "../../../../src/core/counts.ts";
import { dispersionOf, historyMsFor } from "../../../../src/evidence/sequential/dispersion.ts";
import { anArm } from "./arbitrary.ts";

const random = randomOf(20_261_121);

/** Blocks whose bad requests come in clusters of one size; `badAt` is their mean number at block `index` of `count`. */
function history(count: number, cluster: number, badAt: (index: number) => number): readonly Arm[] {
  return Array.from({ length: count }, (_, index) => {
    const requests = 900 + (index % 5) * 50;
    return { requests, bad: cluster * poisson(((requests / 1_000) * badAt(index)) / cluster, random) };
  });
}

test.each([
  ["independent ones", 1, () => 4, 1, 1.15],
  ["independent ones, rare", 1, () => 0.05, 1, 1.3],
  ["clusters of 3", 3, () => 6, 2.5, 3.5],
  ["clusters of 10", 10, () => 5, 8, 12],
  ["clusters of 10, rare", 10, () => 0.5, 7.5, 13],
  ["a day's curve", 1, (index: number) => 20 + 15 * Math.sin(index / 100), 1, 1.15],
] as const)("%s", (_name, cluster, badAt, least, most) => {
  const dispersion = dispersionOf(history(2_000, cluster, badAt));
  expect(dispersion).toBeGreaterThanOrEqual(least);
  expect(dispersion).toBeLessThan(most);
});

test("stable's blocks since the rollout began count where there is little history, and only there", () => {
  const calm = Array.from({ length: 40 }, () => ({ requests: 1_000, bad: 3 }));
  const wild = Array.from({ length: 40 }, (_, index) => ({ requests: 1_000, bad: index % 4 === 0 ? 20 : 0 }));
  expect(dispersionOf(calm, wild)).toBe(1);
  expect(dispersionOf(calm.slice(0, 5), wild)).toBeGreaterThan(5);
  expect(dispersionOf([], wild)).toBeGreaterThan(5);
});

test("one bad request of a night's two is no cluster", () => {
  const day = Array.from({ length: 60 }, (_, index) => ({ requests: 1_000, bad: index % 2 }));
  const night = { requests: 2, bad: 1 };
  expect(dispersionOf([...day, night, ...day])).toBeLessThan(1.5);
});

test.each([
  ["independent ones", 1, 8],
  ["clusters of 3", 3, 15],
])("an outage in the history does not blind the test: %s", (_name, cluster, most) => {
  const before = history(120, cluster, (index) => (index >= 50 && index < 55 ? 400 : 5));
  expect(dispersionOf(before)).toBeLessThan(most);
});

test("it is finite and never below 1, whatever was counted", () => {
  expect(dispersionOf([])).toBe(1);
  fc.assert(
    fc.property(fc.array(anArm), fc.array(anArm), (before, since) => {
      const dispersion = dispersionOf(before, since);
      expect(dispersion).toBeGreaterThanOrEqual(1);
      expect(dispersion).toBeLessThan(Number.POSITIVE_INFINITY);
    }),
  );
});

test("history is an hour, and 120 blocks where that is longer", () => {
  expect(historyMsFor(1_000)).toBe(3_600_000);
  expect(historyMsFor(60_000)).toBe(7_200_000);
});
