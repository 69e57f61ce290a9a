import { describe, expect, test } from "vitest";
import { medianOf, quantileOf, seededRandom, shuffled } from "../../../bench/statistics.ts";

describe("medianOf", () => {
  test.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[10, 2, 4, 1], 3],
  ])("of %j is %d", (values, median) => {
    expect(medianOf(values)).toBe(median);
  });

  test("of nothing is an error, not a number", () => {
    expect(() => medianOf([])).toThrow("no values");
  });
});

describe("quantileOf", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ])("%d of 1 to 100 is %d", (quantile, value) => {
    expect(quantileOf(hundred, quantile)).toBe(value);
  });

  test("of nothing is an error", () => {
    expect(() => quantileOf([], 0.5)).toThrow("no values");
  });
});

describe("seededRandom", () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 1000 }, random);
  };

  test("gives the same numbers for the same seed, and others for another", () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("stays in [0, 1) and fills it", () => {
    const numbers = draw(20_260_105);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
      expect(inside).toBeGreaterThan(60);
    }
  });
});

test("shuffled keeps every item and follows what is drawn", () => {
  const drawn = [0.9, 0.1, 0.5];
  expect(shuffled(["a", "b", "c"], () => drawn.shift() ?? 0)).toEqual(["b", "c", "a"]);
});
