import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import {
  BLUE,
  flipped,
  freshSet,
  GREEN,
  LISTENER,
  MINUTE_MS,
  NOW_MS,
  observation,
  origin,
  plan,
  promoted,
  ROLLOUT,
  route,
  SECOND_MS,
  service,
  stableSet,
  staged,
  taskSet,
} from "../world.ts";

const finish = (seen: Observation, nowMs = NOW_MS) => decide(plan(), "finish", seen, {}, nowMs);
const SHIFTED = { shifted: ROLLOUT, step: { weightPercent: 100, atMs: NOW_MS - 60 * MINUTE_MS } };
const primary = freshSet({ status: "PRIMARY" });
const oldSet = (more: Parameters<typeof stableSet>[0]) => stableSet({ status: "ACTIVE", ...more });
const retiring = (more: Parameters<typeof stableSet>[0]) => promoted({ taskSets: [oldSet(more), primary] });

describe("refuses what is not promoted", () => {
  test.each([
    ["staged", staged(), /0 % of the traffic and is ACTIVE/],
    ["baking", flipped(NOW_MS), /100 % of the traffic and is ACTIVE/],
    ["at 37 %", promoted({ routes: [route(63, 37)] }), /37 % of the traffic and is PRIMARY/],
    [
      "flipped on one of two routes",
      promoted({ routes: [route(0, 100), route(100, 0, { kind: "listener", arn: LISTENER })] }),
      /0 % of the traffic/,
    ],
  ])("%s", (_name, seen, reason) => {
    expect(finish(seen)).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(reason),
      hint: "Run the promote phase first.",
    });
  });

  test("a new version that has died since it was promoted", () => {
    const dead = freshSet({ status: "PRIMARY", healthyCount: 0 });
    expect(finish(promoted({ taskSets: [oldSet({}), dead] })).kind).not.toBe("scale-task-set");
  });
});

describe("the old version", () => {
  test.each([
    ["a deregistration delay", plan({ drainMs: 30 * SECOND_MS }), 30 * SECOND_MS],
    ["settle, where that is longer", plan({ drainMs: 0 }), 10 * SECOND_MS],
  ])("drains for %s after the flip", (_name, on, drainMs) => {
    const atMs = NOW_MS - drainMs;
    const seen = (sinceMs: number) =>
      promoted({ service: service({ shifted: ROLLOUT, step: { weightPercent: 100, atMs: sinceMs } }) });
    expect(decide(on, "finish", seen(atMs + 1), {}, NOW_MS)).toMatchObject({
      kind: "wait",
      untilMs: NOW_MS + 1,
    });
    expect(decide(on, "finish", seen(atMs), {}, NOW_MS)).toMatchObject({
      kind: "scale-task-set",
      taskSetArn: stableSet().arn,
      scalePercent: 0,
    });
  });

  test("drains anew where nothing says when it lost its weight", () => {
    expect(finish(promoted({ service: service({ shifted: ROLLOUT }) }))).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:step": "100@2026-01-05T09:00:00.000Z" },
    });
  });

  test("is waited for while its tasks stop, and for no longer than timeouts.finish", () => {
    const stopping = retiring({ scalePercent: 0, computedDesiredCount: 0, runningCount: 1, pendingCount: 1 });
    expect(finish(stopping)).toMatchObject({
      kind: "wait",
      reason: "the old version still has 2 tasks, stopping",
      untilMs: NOW_MS + 30 * MINUTE_MS,
    });
    expect(finish(stopping, NOW_MS + 30 * MINUTE_MS)).toMatchObject({
      kind: "refuse",
      reason: "not finished within 30m: the old version still has 2 tasks, stopping",
    });
  });

  test("is deleted without force once it has no task", () => {
    expect(finish(retiring({ scalePercent: 0, runningCount: 0 }))).toMatchObject({
      kind: "delete-task-set",
      taskSetArn: stableSet().arn,
      force: false,
    });
  });
});

describe("a sticky route", () => {
  const sticky = promoted({ routes: [route(0, 100, { sticky: true })] });

  test("loses the old group first, since a pinned client outlives weight 0", () => {
    expect(finish(sticky)).toMatchObject({
      kind: "set-weights",
      to: [{ groupArn: GREEN, weight: 100 }],
    });
  });

  test("then remembers the group, and the drain counts from there", () => {
    const out = promoted({ routes: [route(undefined, 100, { sticky: true })] });
    expect(finish(out)).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:step": "100@2026-01-05T09:00:00.000Z", "sluice:idle-group": BLUE },
    });
    const remembered = {
      ...out,
      service: service({ shifted: ROLLOUT, idleGroup: BLUE, step: { weightPercent: 100, atMs: NOW_MS } }),
    };
    expect(finish(remembered)).toMatchObject({ kind: "wait", untilMs: NOW_MS + 30 * SECOND_MS });
  });
});

describe("after the old version", () => {
  const history = ["orders:2", "orders:1"];
  const alone = (more: Partial<Observation>) =>
    observation({
      taskSets: [primary],
      routes: [route(0, 100)],
      service: service({ history }),
      ...more,
    });

  test("waits for a set that is DRAINING, within timeouts.finish", () => {
    const leaving = alone({ taskSets: [primary, oldSet({ status: "DRAINING" })], service: service(SHIFTED) });
    expect(finish(leaving)).toMatchObject({ kind: "wait", reason: "task set ecs-svc/1 is DRAINING" });
    expect(finish(leaving, NOW_MS + 30 * MINUTE_MS)).toMatchObject({ kind: "refuse" });
  });

  test("clears its own tags and leaves those that others need", () => {
    expect(
      finish(alone({ service: service({ ...SHIFTED, aborted: "run-1", idleGroup: BLUE, history }) })),
    ).toMatchObject({
      kind: "untag-service",
      keys: ["sluice:shifted", "sluice:step"],
    });
  });

  test("writes down what serves, and what did before", () => {
    expect(finish(alone({ service: service({ ...SHIFTED, history: ["orders:1"] }) }))).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:history": "orders:2 orders:1" },
    });
  });

  test("is finished", () => {
    expect(finish(alone({}))).toMatchObject({ kind: "reached", reason: "orders:2 serves alone" });
  });

  test("is finished, too, where the next release has begun before the tags were cleared", () => {
    const next = taskSet({ id: "ecs-svc/3", origin: origin({ rollout: "run-3", replaces: "ecs-svc/2" }) });
    const seen = alone({ taskSets: [primary, next], service: service(SHIFTED) });
    expect(finish(seen)).toMatchObject({
      kind: "reached",
      reason: "orders:2 serves, and rollout run-3 has begun to replace it",
    });
    expect(decide(plan(), "promote", seen, {}, NOW_MS)).toMatchObject({ kind: "refuse" });
  });

  test("leaves another rollout's tags alone", () => {
    expect(finish(alone({ service: service({ ...SHIFTED, shifted: "run-3", history }) }))).toMatchObject({
      kind: "reached",
    });
  });
});
