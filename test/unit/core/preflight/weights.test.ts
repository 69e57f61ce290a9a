import { describe, expect, test } from "vitest";
import { weightProblems } from "../../../../src/core/preflight/weights.ts";
import { infrastructure } from "../infrastructure.ts";
import { BLUE, GREEN, RULE, route, spec, THIRD } from "../world.ts";

const PRODUCTION = [{ kind: "listener-rule", arn: RULE }] as const;
const beside = (blue: number, third: number) => [
  route(0, 0, { weights: [...route(blue, 0).weights, { groupArn: THIRD, weight: third }] }),
];
const problems = (strategy: string, routes: readonly ReturnType<typeof route>[], more = {}) =>
  weightProblems(
    spec({ strategy, ...more }),
    [BLUE, GREEN],
    PRODUCTION,
    infrastructure({ routes, desiredCount: 4 }),
  );

describe("weights beside a third group that cannot say the first step", () => {
  test.each([
    ["a canary of 5 % in 19 parts", "canary", beside(19, 1), 1],
    ["a canary of 5 % in 20 parts", "canary", beside(20, 1), 0],
    ["a canary of 1 to 0, beside 1", "canary", beside(1, 1), 1],
    ["a third group of weight 0 has no part in it", "canary", beside(1, 0), 0],
    ["alone the two are written as percentages", "canary", [route(1, 0)], 0],
    ["blue-green needs one", "blue-green", beside(1, 1), 0],
    ["a quarter in three parts", "rolling", beside(3, 1), 1],
    ["a quarter in four parts", "rolling", beside(4, 1), 0],
  ])("%s", (_what, strategy, routes, count) => {
    expect(problems(strategy, routes)).toHaveLength(count);
  });

  test("say how many parts would do, and keep nobody from rolling back", () => {
    expect(problems("canary", beside(10, 90))).toEqual([
      {
        subject: RULE,
        message:
          "this service's weights there sum to 10, beside other groups: a step of 5 % cannot be said in whole weights",
        hint: "Multiply all of the action's weights, so that this service's sum to at least 20.",
        onlyRelease: true,
      },
    ]);
  });
});
