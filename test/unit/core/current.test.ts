import { describe, expect, test } from "vitest";
import { asBegun, rolloutMeant } from "../../../src/core/current.ts";
import { stepsOf } from "../../../src/core/steps.ts";
import { APP, infrastructure } from "./infrastructure.ts";
import { GREEN, origin, spec } from "./world.ts";

const set = (rollout: string, status = "PRIMARY") => ({
  id: `ecs-svc/${rollout}`,
  status,
  targetGroupArn: GREEN,
  container: APP,
  origin: origin({ rollout, strategy: "canary" }),
});
const atRest = infrastructure({ taskSets: [set("r1")] });
const underWay = infrastructure({ taskSets: [set("r1"), set("r2", "ACTIVE")], unfinished: ["r2"] });
const left = infrastructure({ taskSets: [set("r1")], tags: { shifted: "r2" } });

describe("the rollout meant", () => {
  test.each([
    ["promote", "r7", underWay, "r7"],
    ["promote", "current", underWay, "r2"],
    ["promote", "current", atRest, undefined],
    ["watch", "current", underWay, "r2"],
    ["watch", "current", atRest, undefined],
    ["finish", "current", underWay, "r2"],
    ["finish", "current", atRest, "r1"],
    ["finish", "current", infrastructure({ taskSets: [set("r1"), set("r0")] }), undefined],
    ["finish", "current", infrastructure({ taskSets: [set("r1"), set("r0", "DRAINING")] }), "r1"],
    ["sweep", "8001", underWay, "r2"],
    ["sweep", "current", left, "r2"],
    ["sweep", "current", atRest, undefined],
  ])("by %s of %s", (phase, rollout, infra, meant) => {
    expect(rolloutMeant(phase, rollout, infra)).toBe(meant);
  });
});

test("its steps are those of the strategy that it began with", () => {
  const greens = spec({ strategy: "blue-green" });
  expect(stepsOf(asBegun(greens, "r2", underWay), 4)).toHaveLength(4);
  expect(asBegun(greens, "r9", underWay)).toBe(greens);
});
