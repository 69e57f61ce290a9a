import { expect, test } from "vitest";
import { Pace } from "../../../src/phases/pace.ts";

const middle = () => 0.5;

test("looks every two seconds when alone", () => {
  const pace = new Pace(middle);
  expect([pace.next(false), pace.next(false)]).toEqual([2_000, 2_000]);
});

test("doubles with each throttling, up to forty seconds, and comes back slowly", () => {
  const pace = new Pace(middle);
  expect(Array.from({ length: 6 }, () => pace.next(true))).toEqual([
    4_000, 8_000, 16_000, 32_000, 40_000, 40_000,
  ]);
  expect([pace.next(false), pace.next(false)]).toEqual([30_000, 22_500]);
  for (let look = 0; look < 20; look++) pace.next(false);
  expect(pace.next(false)).toBe(2_000);
});

test.each([
  [0, 1_800],
  [1, 2_200],
])("is jittered by a tenth: chance %s makes %s ms", (chance, expected) => {
  expect(new Pace(() => chance).next(false)).toBeCloseTo(expected);
});
