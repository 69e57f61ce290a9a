import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatWeights,
  groupName,
  sameWeights,
  sharePercent,
  shareRange,
  withoutGroup,
  withShare,
} from "../../../src/core/weights.ts";
import { BLUE, GREEN, route, THIRD } from "./world.ts";

const GROUPS = [BLUE, GREEN] as const;
const third = { groupArn: THIRD, weight: 50 };

describe("sharePercent", () => {
  test.each([
    ["all", route(0, 100), 100],
    ["none", route(100, 0), 0],
    ["of weights that are not percentages", route(1, 3), 75],
    [
      "beside a third group, which has its own share",
      route(0, 0, { weights: [third, ...route(5, 15).weights] }),
      75,
    ],
    ["where the other group is not on the route", route(undefined, 7), 100],
    ["where it is not on the route itself", route(100, undefined), 0],
    ["where neither has any", route(0, 0), undefined],
  ])("%s", (_name, seen, expected) => {
    expect(sharePercent(seen, GROUPS, GREEN)).toBe(expected);
  });
});

describe("withShare", () => {
  test("writes percentages where the two groups are alone, whatever was there", () => {
    expect(withShare(route(3, 1).weights, GROUPS, GREEN, 37)).toEqual(route(63, 37).weights);
  });

  test("puts a missing group at the end", () => {
    expect(withShare(route(100, undefined).weights, GROUPS, BLUE, 100)).toEqual(route(100, 0).weights);
  });

  test("keeps a third group of weight 0 without taking it for a share of anybody's", () => {
    const idle = { groupArn: THIRD, weight: 0 };
    expect(withShare([idle, ...route(1, 0).weights], GROUPS, GREEN, 100)).toEqual([
      idle,
      ...route(0, 100).weights,
    ]);
  });

  const lists = fc.record({
    blue: fc.integer({ min: 0, max: 999 }),
    green: fc.integer({ min: 0, max: 999 }),
    third: fc.integer({ min: 0, max: 999 }),
  });

  /** Beside a third group; the sum that is left for the two is small in many. */
  const sums = fc.record({
    blue: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 999 })),
    green: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 999 })),
    third: fc.integer({ min: 1, max: 999 }),
  });

  test("keeps third groups and the sum beside them, and never leaves 0-999", () => {
    fc.assert(
      fc.property(sums, fc.integer({ min: 0, max: 100 }), (weight, percent) => {
        const other = { groupArn: THIRD, weight: weight.third };
        const [blue, green] = route(weight.blue, weight.green).weights;
        const before = [blue, other, green].filter((entry) => !!entry);
        const after = withShare(before, GROUPS, GREEN, percent);
        expect(after.map((entry) => entry.groupArn)).toEqual([BLUE, THIRD, GREEN]);
        expect(after[1]).toEqual(other);
        expect((after[0]?.weight ?? 0) + (after[2]?.weight ?? 0)).toBe(weight.blue + weight.green);
        expect(after.every((entry) => Number.isInteger(entry.weight) && entry.weight >= 0)).toBe(true);
      }),
    );
  });

  test("gives exactly all or nothing when asked for that", () => {
    fc.assert(
      fc.property(lists, fc.constantFrom(0, 100), (weight, percent) => {
        fc.pre(weight.blue + weight.green > 0);
        const before = [
          { groupArn: THIRD, weight: weight.third },
          ...route(weight.blue, weight.green).weights,
        ];
        const after = withShare(before, GROUPS, GREEN, percent);
        expect(sharePercent({ weights: after }, GROUPS, GREEN)).toBe(percent);
      }),
    );
  });
});

test("withoutGroup leaves the others in their places", () => {
  expect(withoutGroup([third, ...route(100, 0).weights], GREEN)).toEqual([
    third,
    { groupArn: BLUE, weight: 100 },
  ]);
});

test.each([
  ["the same", route(100, 0).weights, route(100, 0).weights, true],
  ["in another order", route(100, 0).weights, route(100, 0).weights.toReversed(), true],
  ["of other weights", route(100, 0).weights, route(99, 1).weights, false],
  ["without one at weight 0", route(100, 0).weights, route(100, undefined).weights, false],
])("weights %s are %s", (_name, one, other, expected) => {
  expect(sameWeights(one, other)).toBe(expected);
});

test("shareRange spans all routes; a route without any weight counts as none", () => {
  expect(shareRange([route(0, 100), route(63, 37)], GROUPS, GREEN)).toEqual({ smallest: 37, largest: 100 });
  expect(shareRange([route(0, 100), route(0, 0)], GROUPS, GREEN)).toEqual({ smallest: 0, largest: 100 });
});

test("weights are told by their groups' names", () => {
  expect(formatWeights(route(100, 0).weights)).toBe("orders-blue 100, orders-green 0");
  expect(formatWeights([])).toBe("no target group");
  expect(groupName("not-an-arn")).toBe("not-an-arn");
});
