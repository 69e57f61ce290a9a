import { describe, expect, test } from "vitest";
import { type Bound, type Figure, misses, ratioOf, renderFigures } from "../../../bench/figure.ts";

const figure = (measured: number, value: number, bound?: Bound): Figure => ({
  name: "requests",
  measured,
  reference: { name: "peer", value },
  unit: "ms",
  ...(bound ? { bound } : {}),
});

describe("misses", () => {
  const atMost: Bound = { kind: "at-most", ratio: 1 };
  const atLeast: Bound = { kind: "at-least", ratio: 4 };

  test.each([
    ["as much as it may be", figure(10, 10, atMost), false],
    ["more than it may be", figure(10.1, 10, atMost), true],
    ["as much as it must be", figure(40, 10, atLeast), false],
    ["less than it must be", figure(39, 10, atLeast), true],
    ["no bound", figure(1000, 1), false],
    ["nothing measured, at most", figure(Number.NaN, 10, atMost), true],
    ["nothing measured, at least", figure(Number.NaN, 10, atLeast), true],
    ["nothing to compare with", figure(0, 0, atMost), true],
  ])("%s", (_name, given, missed) => {
    expect(misses(given)).toBe(missed);
  });
});

test("the ratio is measured over reference", () => {
  expect(ratioOf(figure(3, 2))).toBe(1.5);
});

test("the table has values with their unit, the ratio, and says which bound was missed", () => {
  const table = renderFigures([
    figure(2310.4, 2000, { kind: "at-most", ratio: 1 }),
    figure(41.25, 10, { kind: "at-least", ratio: 4 }),
    figure(0.5, 1),
  ]);
  const rows = table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(rows.slice(2)).toEqual([
    ["requests", "2 310 ms", "2 000 ms", "peer", "1.16", "≤ 1", "MISSED"],
    ["requests", "41.3 ms", "10 ms", "peer", "4.13", "≥ 4", "ok"],
    ["requests", "0.50 ms", "1 ms", "peer", "0.50", "–", ""],
  ]);
});
