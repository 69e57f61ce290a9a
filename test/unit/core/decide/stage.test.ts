import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import {
  BLUE,
  freshSet,
  GREEN,
  LISTENER,
  MINUTE_MS,
  NOW_MS,
  observation,
  plan,
  ROLLOUT,
  route,
  service,
  spec,
  stableSet,
  staged,
  stop,
  THIRD,
  testRoute,
} from "../world.ts";

const stage = (seen: Observation, nowMs = NOW_MS) => decide(plan(), "stage", seen, {}, nowMs);
const short = { healthyCount: 2, unhealthyReasons: ["Target.FailedHealthChecks"] };

describe("begins", () => {
  test("at full size, in the group that does not serve", () => {
    expect(stage(observation())).toMatchObject({
      kind: "create-task-set",
      groupArn: GREEN,
      stableArn: stableSet().arn,
      scalePercent: 100,
    });
  });

  test("in blue when green serves", () => {
    const green = observation({ taskSets: [stableSet({ targetGroupArn: GREEN })], routes: [route(0, 100)] });
    expect(stage(green)).toMatchObject({ kind: "create-task-set", groupArn: BLUE });
  });

  test("not while somebody else's weights stand", () => {
    expect(stage(observation({ routes: [route(63, 37)] }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/orders-blue 63, orders-green 37; somebody else changed it/),
    });
  });

  test("not where one of several routes sends users elsewhere", () => {
    const routes = [route(100, 0), route(0, 100, { kind: "listener", arn: LISTENER })];
    expect(stage(observation({ routes }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringContaining(LISTENER),
    });
  });

  test.each([undefined, THIRD])("not where the serving set is in group %s", (targetGroupArn) => {
    expect(stage(observation({ taskSets: [stableSet({ targetGroupArn })] }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/not registered in either target group/),
    });
  });

  test("by hanging a group that a rollback took out on the route again, at weight 0", () => {
    const routes = [route(100, undefined, { sticky: true })];
    expect(stage(observation({ routes }))).toMatchObject({
      kind: "set-weights",
      to: [
        { groupArn: BLUE, weight: 100 },
        { groupArn: GREEN, weight: 0 },
      ],
    });
  });

  test("with third groups as they were", () => {
    const third = { groupArn: THIRD, weight: 50 };
    const weights = [third, { groupArn: BLUE, weight: 30 }];
    expect(stage(observation({ routes: [route(0, 0, { weights })] }))).toMatchObject({
      to: [third, { groupArn: BLUE, weight: 30 }, { groupArn: GREEN, weight: 0 }],
    });
  });
});

describe("waits", () => {
  const starting = staged({ taskSets: [stableSet(), freshSet(short)] });
  const createdAtMs = freshSet().createdAtMs;

  test("for every target, and says which health reasons hold it up", () => {
    expect(stage(starting)).toEqual({
      kind: "wait",
      reason: "2 of 4 targets healthy (Target.FailedHealthChecks)",
      untilMs: createdAtMs + 15 * MINUTE_MS,
    });
  });

  test.each([
    ["a millisecond before timeouts.stage is over", -1, "wait"],
    ["at timeouts.stage", 0, "roll-back"],
  ] as const)("%s: %s ms, %s", (_name, afterMs, kind) => {
    expect(stage(starting, createdAtMs + 15 * MINUTE_MS + afterMs).kind).toBe(kind);
  });

  test("in vain: the roll-back says for how long and for what", () => {
    expect(stage(starting, NOW_MS + 60 * MINUTE_MS)).toMatchObject({
      kind: "roll-back",
      gate: "health",
      reason: expect.stringMatching(
        /not healthy within 15m: 2 of 4 targets healthy \(Target.FailedHealthChecks\)/,
      ),
    });
  });

  test("for more tasks when the desired count grew", () => {
    const grown = freshSet({ computedDesiredCount: 6, healthyCount: 4 });
    const seen = staged({ service: service({}, 6), taskSets: [stableSet(), grown] });
    expect(stage(seen)).toMatchObject({ kind: "wait", reason: "4 of 6 targets healthy" });
  });

  test.each([
    ["two own stops", [stop(), stop()], "wait"],
    ["a third own stop", [stop(), stop(), stop()], "roll-back"],
    [
      "any number of Spot stops",
      Array.from({ length: 9 }, () => stop({ stopCode: "SpotInterruption" })),
      "wait",
    ],
    [
      "one image that cannot be pulled",
      [stop({ stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: not found" })],
      "roll-back",
    ],
  ] as const)("%s → %s", (_name, stops, kind) => {
    expect(stage(staged({ taskSets: [stableSet(), freshSet({ ...short, stops })] }))).toMatchObject(
      kind === "wait" ? { kind } : { kind, gate: "tasks" },
    );
  });
});

describe("ends", () => {
  test("when all are healthy and the test route leads to them", () => {
    expect(stage(staged())).toMatchObject({
      kind: "reached",
      reason: expect.stringMatching(/orders-green with 4 tasks, at weight 0/),
    });
  });

  test("not before the test route leads there", () => {
    expect(stage(staged({ testRoute: testRoute(BLUE) }))).toMatchObject({
      kind: "set-weights",
      route: { arn: testRoute(BLUE).arn },
      to: [{ groupArn: GREEN, weight: 1 }],
    });
  });

  test("where it already has traffic of its own making", () => {
    const seen = staged({ service: service({ shifted: ROLLOUT }), routes: [route(0, 100)] });
    expect(stage(seen)).toMatchObject({ kind: "reached" });
  });

  test("in a refusal where it has traffic of somebody else's making", () => {
    expect(stage(staged({ routes: [route(63, 37)] }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/has shifted none; somebody else changed the weights/),
    });
  });

  test("in a refusal where its weight was taken away again", () => {
    const tags = { shifted: ROLLOUT, step: { weightPercent: 100, atMs: NOW_MS } };
    expect(stage(staged({ service: service(tags) }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/taken back/),
    });
  });
});

test("a batch that has become a larger part of the service grows while it is staged, and while it is verified", () => {
  const batches = { strategy: "rolling", batch: { size: 2 }, "smoke-checks": [{ path: "/" }] } as const;
  const rolling = plan({ spec: spec(batches) });
  const halved = staged({
    service: service({}, 2),
    taskSets: [
      stableSet({ computedDesiredCount: 2, healthyCount: 2 }),
      freshSet({ scalePercent: 50, computedDesiredCount: 1, healthyCount: 1 }),
    ],
  });
  for (const phase of ["stage", "verify"] as const) {
    expect(decide(rolling, phase, halved, {}, NOW_MS)).toMatchObject({
      kind: "scale-task-set",
      scalePercent: 100,
      reason: "2 of 2 tasks of the new version for 100 % of the traffic",
    });
  }
});
