import { expect, test } from "vitest";
import { capacityFor } from "../../../src/core/capacity.ts";
import { taskSet } from "./world.ts";

const set = (healthyCount: number, computedDesiredCount = 0) =>
  taskSet({ id: "ecs-svc/1", healthyCount, computedDesiredCount });
const anywhere = { zones: [] };

test.each([
  ["full size", 4, 4, 100, "enough"],
  ["one short of full size", 3, 4, 100, "short"],
  ["a share rounds up to whole tasks", 2, 3, 34, "enough"],
  ["a share rounds up to whole tasks: one is too few", 1, 3, 34, "short"],
  ["no share still needs one", 0, 4, 0, "short"],
  ["a service of no tasks needs one, too", 0, 0, 100, "short"],
  ["more than asked for", 9, 4, 100, "enough"],
] as const)("%s: %s healthy of %s at %s %% is %s", (_name, healthy, desired, percent, expected) => {
  expect(capacityFor(anywhere, set(healthy), desired, percent).kind).toBe(expected);
});

test("a set's own computed count has to be healthy, though the share asks for less", () => {
  expect(capacityFor(anywhere, set(1, 2), 4, 25)).toEqual({
    kind: "short",
    reason: "1 of 2 targets healthy",
  });
});

test("what is missing is told with the load balancer's reasons", () => {
  const seen = { ...set(1), unhealthyReasons: ["Target.Timeout", "Target.ResponseCodeMismatch"] };
  expect(capacityFor(anywhere, seen, 4, 100)).toEqual({
    kind: "short",
    reason: "1 of 4 targets healthy (Target.Timeout, Target.ResponseCodeMismatch)",
  });
});

test("every zone needs a healthy target where traffic stays in its zone", () => {
  const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
  expect(capacityFor({ zones }, set(4), 4, 100)).toMatchObject({
    kind: "short",
    reason: expect.stringContaining("eu-west-1c (cross-zone"),
  });
  expect(capacityFor({ zones }, { ...set(4), healthyZones: zones }, 4, 100).kind).toBe("enough");
});
