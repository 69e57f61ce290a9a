import { describe, expect, test } from "vitest";
import { decide, type Target } from "../../../../src/core/decide.ts";
import type { Observation, ObservedTaskSet, ServiceTags } from "../../../../src/core/observation.ts";
import type { Plan } from "../../../../src/core/plan.ts";
import { situationOf } from "../../../../src/core/situation.ts";
import type { Evidence } from "../../../../src/core/verdict.ts";
import {
  BLUE,
  flipped,
  GREEN,
  LISTENER,
  MINUTE_MS,
  NOW_MS,
  observation,
  origin,
  plan,
  ROLLOUT,
  route,
  SECOND_MS,
  service,
  spec,
  stop,
  taskSet,
  testRoute,
} from "../world.ts";

const LISTENER_ROUTE = { kind: "listener", arn: LISTENER } as const;

/** The service's first set, of this rollout, not PRIMARY yet. */
const first = (more: Partial<ObservedTaskSet> = {}) =>
  taskSet({
    id: "ecs-svc/1",
    createdAtMs: NOW_MS - 5 * MINUTE_MS,
    origin: origin({ replaces: "none", previousTaskDefinition: "" }),
    ...more,
  });
const other = (more: Partial<ObservedTaskSet> = {}) =>
  first({
    id: "ecs-svc/2",
    createdAtMs: NOW_MS - 4 * MINUTE_MS,
    origin: origin({ replaces: "none", rollout: "run-3", previousTaskDefinition: "" }),
    ...more,
  });
const empty = (more: Partial<Observation> = {}) => observation({ taskSets: [], ...more });
const standing = (more: Partial<Observation> = {}) => observation({ taskSets: [first()], ...more });
const baking = (sinceMs: number, more: Partial<Observation> = {}) =>
  standing({
    service: service({ shifted: ROLLOUT, step: { weightPercent: 100, atMs: sinceMs } }),
    ...more,
  });
const move = (target: Target, seen: Observation, over: Partial<Plan> = {}, evidence: Evidence = {}) =>
  decide(plan(over), target, seen, evidence, NOW_MS);

const HEALTHY: Evidence = { metrics: { kind: "healthy", gate: "errors", reason: "0 of 500 went bad" } };
const THIN: Evidence = { metrics: { kind: "insufficient", gate: "errors", reason: "3 requests so far" } };
const NOTHING_SERVES = expect.stringMatching(/first deployment.*nothing serves/);

describe("situation", () => {
  test.each<[string, readonly ObservedTaskSet[], object]>([
    ["one that replaces nothing", [first()], { kind: "first", fresh: first(), younger: [] }],
    [
      "two that replace nothing: the older is in front",
      [other(), first()],
      { fresh: first(), younger: [other()] },
    ],
    [
      "the PRIMARY is in front of an older one",
      [first(), other({ status: "PRIMARY" })],
      { kind: "first", fresh: { id: "ecs-svc/2" }, younger: [first()] },
    ],
    ["one that is PRIMARY and alone", [first({ status: "PRIMARY" })], { kind: "at-rest" }],
    ["one whose deletion has begun", [first({ status: "DRAINING" })], { kind: "empty" }],
    ["one beside somebody's own", [first(), taskSet({ id: "ecs-svc/9" })], { kind: "unclear" }],
    [
      "one that a later release replaces",
      [first({ status: "PRIMARY" }), taskSet({ id: "ecs-svc/2", origin: origin() })],
      { kind: "under-way", stable: { id: "ecs-svc/1" } },
    ],
  ])("%s", (_name, sets, expected) => {
    expect(situationOf(sets)).toMatchObject(expected);
  });
});

describe("stage", () => {
  test.each(["canary", "blue-green", "rolling"])(
    "of a %s spec begins at full size where the weight is",
    (strategy) => {
      for (const [routes, groupArn] of [
        [[route(100, 0)], BLUE],
        [[route(0, 100), route(0, 100, LISTENER_ROUTE)], GREEN],
      ] as const) {
        expect(move("stage", empty({ routes }), { spec: spec({ strategy }) })).toEqual({
          kind: "create-task-set",
          groupArn,
          stableArn: undefined,
          scalePercent: 100,
          reason: expect.stringContaining(`${strategy} begins with the next release`),
        });
      }
    },
  );

  test.each([
    ["both weighted", [route(60, 40)], "orders-blue 100, orders-green 0"],
    ["neither weighted", [route(0, 0)], "orders-blue 100, orders-green 0"],
    [
      "routes that disagree",
      [route(0, 100), route(50, 50, LISTENER_ROUTE)],
      "orders-green 100, orders-blue 0",
    ],
  ])("refuses where no group has all of the weight, and says what to set: %s", (_name, routes, hint) => {
    expect(move("stage", empty({ routes }))).toMatchObject({
      kind: "refuse",
      hint: expect.stringContaining(hint),
    });
  });

  test("begins beside a set of the same rollout whose deletion has begun", () => {
    expect(move("stage", empty({ taskSets: [first({ status: "DRAINING" })] })).kind).toBe("create-task-set");
  });

  test("waits for every task, as long as timeouts.stage", () => {
    const seen = standing({ taskSets: [first({ healthyCount: 3 })] });
    expect(move("stage", seen)).toEqual({
      kind: "wait",
      reason: "3 of 4 targets healthy",
      untilMs: NOW_MS + 10 * MINUTE_MS,
    });
    const late = standing({ taskSets: [first({ healthyCount: 3, createdAtMs: NOW_MS - 15 * MINUTE_MS })] });
    expect(move("stage", late)).toMatchObject({ kind: "roll-back", gate: "health", hint: NOTHING_SERVES });
  });

  test("gives up when tasks keep stopping", () => {
    const seen = standing({ taskSets: [first({ healthyCount: 3, stops: [stop(), stop(), stop()] })] });
    expect(move("stage", seen)).toMatchObject({ kind: "roll-back", gate: "tasks", hint: NOTHING_SERVES });
  });

  test("ends when all are healthy and the test route leads there", () => {
    expect(move("stage", standing({ testRoute: testRoute(GREEN) }))).toMatchObject({
      kind: "set-weights",
      to: [{ groupArn: BLUE, weight: 1 }],
    });
    expect(move("stage", standing())).toMatchObject({ kind: "reached" });
  });
});

describe("verify, shift and finish", () => {
  test.each<Target>(["verify", "shift", "promote", "finish"])(
    "%s refuses while nothing is staged",
    (target) => {
      expect(move(target, empty())).toMatchObject({
        kind: "refuse",
        hint: expect.stringContaining("stage phase"),
      });
    },
  );

  test("verify asks for smoke checks, and their failure deletes it", () => {
    const checked = {
      spec: spec({ strategy: "canary", "smoke-checks": [{ path: "/" }] }),
      startedAtMs: NOW_MS - MINUTE_MS,
    };
    expect(move("verify", standing(), checked)).toMatchObject({
      kind: "measure",
      question: { kind: "smoke" },
    });
    const failed: Evidence = { smoke: { kind: "regress", gate: "smoke", reason: "GET / said 500" } };
    expect(move("verify", standing(), checked, failed)).toMatchObject({
      kind: "roll-back",
      gate: "smoke",
      hint: NOTHING_SERVES,
    });
    const starting = standing({ taskSets: [first({ healthyCount: 3 })] });
    expect(move("verify", starting, checked)).toMatchObject({ kind: "wait" });
  });

  test("shift is reached: approve steps hold nothing up", () => {
    const held = { spec: spec({ strategy: "canary", steps: [{ approve: true }, { weight: 5 }] }) };
    expect(move("shift", standing(), held)).toMatchObject({ kind: "reached" });
  });

  test("finish refuses before it is PRIMARY", () => {
    expect(move("finish", standing())).toMatchObject({
      kind: "refuse",
      hint: "Run the promote phase first.",
    });
  });
});

describe("promote", () => {
  const OVER_MS = NOW_MS - 11 * MINUTE_MS;

  test("begins the bake with the step of all traffic, once every task is healthy", () => {
    expect(move("promote", standing())).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:shifted": ROLLOUT, "sluice:step": "100@2026-01-05T09:00:00.000Z" },
    });
    const short = standing({ taskSets: [first({ healthyCount: 3 })] });
    expect(move("promote", short)).toMatchObject({ kind: "wait", reason: "3 of 4 targets healthy" });
    const startedAtMs = NOW_MS - 5 * MINUTE_MS;
    expect(move("promote", short, { startedAtMs })).toMatchObject({ kind: "roll-back", gate: "health" });
  });

  test("a step that is on record without a shift of its own does not count as its bake", () => {
    const tags = { step: { weightPercent: 100, atMs: OVER_MS } };
    expect(move("promote", standing({ service: service(tags) })).kind).toBe("tag-service");
  });

  test("measures its errors from the bake's beginning", () => {
    expect(move("promote", baking(OVER_MS))).toMatchObject({
      kind: "measure",
      question: { kind: "metrics", canary: { groupArn: BLUE }, fromMs: OVER_MS },
    });
  });

  test("waits for the end of the bake, whatever the strategy's own steps", () => {
    const canary = { spec: spec({ strategy: "canary", bake: "12m" }) };
    expect(move("promote", baking(NOW_MS), canary, HEALTHY)).toMatchObject({
      kind: "wait",
      untilMs: NOW_MS + 12 * MINUTE_MS + 10 * SECOND_MS,
    });
    expect(move("promote", baking(NOW_MS - MINUTE_MS), {}, THIN)).toMatchObject({ kind: "wait" });
  });

  test("a regression deletes it, and says that nothing serves", () => {
    const bad: Evidence = { metrics: { kind: "regress", gate: "errors", reason: "90 of 100 went bad" } };
    expect(move("promote", baking(NOW_MS), {}, bad)).toEqual({
      kind: "roll-back",
      gate: "errors",
      reason: "90 of 100 went bad",
      hint: NOTHING_SERVES,
    });
  });

  test.each([
    ["good evidence", HEALTHY, /0 of 500 went bad$/],
    [
      "too little evidence",
      THIN,
      /without evidence.*nothing to compare with or go back to: 3 requests so far$/,
    ],
    [
      "CloudWatch that cannot be asked",
      { metrics: { kind: "error", gate: "errors", reason: "denied" } },
      /without evidence.*: denied$/,
    ],
  ] as const)("ends in PRIMARY after the bake: with %s", (_name, evidence, reason) => {
    expect(move("promote", baking(OVER_MS), {}, evidence)).toMatchObject({
      kind: "set-primary",
      taskSetArn: first().arn,
      reason: expect.stringMatching(reason),
    });
  });

  test("tasks that are missing after the bake are no lack of evidence", () => {
    const taskSets = [first({ healthyCount: 3 })];
    expect(move("promote", baking(OVER_MS, { taskSets }), {}, THIN)).toMatchObject({ kind: "wait" });
    const long = baking(NOW_MS - 60 * MINUTE_MS, { taskSets });
    expect(move("promote", long, { startedAtMs: NOW_MS - 20 * MINUTE_MS }, THIN)).toMatchObject({
      kind: "roll-back",
      gate: "health",
    });
    expect(move("promote", long, {}, THIN)).toMatchObject({ kind: "wait" });
  });

  test("is over when it is PRIMARY; finish leaves nothing but the history", () => {
    const taskSets = [first({ status: "PRIMARY" })];
    expect(move("promote", baking(OVER_MS, { taskSets }))).toMatchObject({ kind: "reached" });
    expect(move("finish", baking(OVER_MS, { taskSets }))).toMatchObject({
      tags: { "sluice:history": "orders:1" },
    });
    const tags = { shifted: ROLLOUT, history: ["orders:1"] };
    expect(move("finish", standing({ taskSets, service: service(tags) }))).toMatchObject({
      kind: "untag-service",
      keys: ["sluice:shifted", "sluice:step"],
    });
  });

  test.each<Target>(["stage", "promote"])("%s stops where somebody else moved the weights", (target) => {
    expect(move(target, standing({ routes: [route(100, 0), route(50, 50, LISTENER_ROUTE)] }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringContaining(LISTENER),
      hint: expect.stringContaining("Give orders-blue all"),
    });
  });
});

describe("two at once", () => {
  const both = (more: Partial<Observation> = {}) => observation({ taskSets: [other(), first()], ...more });

  test("the younger withdraws, and is refused afterwards", () => {
    expect(move("stage", both(), { rollout: "run-3" })).toMatchObject({
      kind: "delete-task-set",
      taskSetArn: other().arn,
      force: true,
    });
    expect(move("stage", standing(), { rollout: "run-3" })).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/rollout run-2 is under way/),
    });
  });

  test("the older waits for that before its bake, and goes back if it never comes", () => {
    const waiting = move("promote", both());
    expect(waiting).toMatchObject({ kind: "wait", reason: expect.stringContaining("run-3") });
    expect(move("promote", both(), { startedAtMs: NOW_MS - 5 * MINUTE_MS }).kind).toBe("roll-back");
  });

  test.each<Target>(["promote", "finish"])(
    "%s deletes no PRIMARY for one that does not withdraw",
    (target) => {
      const taskSets = [other(), first({ status: "PRIMARY" })];
      expect(move(target, observation({ taskSets }))).toMatchObject({ kind: "wait" });
      const late = { startedAtMs: NOW_MS - 5 * MINUTE_MS };
      expect(move(target, observation({ taskSets }), late)).toMatchObject({ kind: "refuse" });
      expect(move("rollback", observation({ taskSets }))).toMatchObject({ kind: "refuse" });
    },
  );

  test.each([
    ["queue", "wait"],
    ["refuse", "refuse"],
    ["take-back", "tag-service"],
  ])("superseding: %s", (superseding, kind) => {
    const run3 = { rollout: "run-3", spec: spec({ superseding }) };
    expect(move("stage", standing(), run3)).toMatchObject({ kind });
  });

  test("taking back goes on until the other one is gone", () => {
    const run3 = { rollout: "run-3", spec: spec({ superseding: "take-back" }) };
    const aborted = (more: Partial<Observation>) =>
      move("stage", standing({ service: service({ aborted: ROLLOUT, shifted: ROLLOUT }), ...more }), run3);
    expect(aborted({})).toMatchObject({ kind: "delete-task-set", taskSetArn: first().arn });
    expect(aborted({ taskSets: [first({ status: "DRAINING" })] })).toMatchObject({ kind: "wait" });
    expect(aborted({ taskSets: [] })).toMatchObject({ kind: "untag-service" });
  });
});

describe("rollback", () => {
  const ABORTED = { aborted: ROLLOUT };

  test("marks it, deletes it, waits until it is gone, clears its tags, and says that nothing serves", () => {
    const sequence: readonly [Observation, object][] = [
      [baking(NOW_MS), { kind: "tag-service", tags: { "sluice:aborted": ROLLOUT } }],
      [
        standing({ service: service({ ...ABORTED, shifted: ROLLOUT }) }),
        { kind: "delete-task-set", force: true },
      ],
      [
        empty({
          taskSets: [first({ status: "DRAINING" })],
          service: service({ ...ABORTED, shifted: ROLLOUT }),
        }),
        { kind: "wait" },
      ],
      [
        empty({ service: service({ ...ABORTED, shifted: ROLLOUT }) }),
        { kind: "untag-service", keys: ["sluice:shifted", "sluice:step"] },
      ],
      [
        empty({ service: service(ABORTED) }),
        {
          kind: "reached",
          reason: "the first deployment is deleted; there was nothing to go back to; nothing serves now",
        },
      ],
    ];
    for (const [seen, expected] of sequence) expect(move("rollback", seen)).toMatchObject(expected);
  });

  test("touches no weight, whatever the routes say", () => {
    const seen = standing({ routes: [route(50, 50, { sticky: true })], service: service(ABORTED) });
    expect(move("rollback", seen)).toMatchObject({ kind: "delete-task-set" });
  });

  test("refuses once it is PRIMARY: nothing stood before it", () => {
    expect(move("rollback", standing({ taskSets: [first({ status: "PRIMARY" })] }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/first deployment.*nothing stood before orders:1/),
    });
  });

  test("leaves another one's first deployment alone", () => {
    expect(move("rollback", standing(), { rollout: "run-9" })).toMatchObject({
      kind: "reached",
      reason: expect.stringContaining("stays as it is"),
    });
  });

  test("takes back the younger of two as well", () => {
    const seen = observation({ taskSets: [first(), other()], service: service({ aborted: "run-3" }) });
    expect(move("rollback", seen, { rollout: "run-3" })).toMatchObject({ taskSetArn: other().arn });
  });

  test("of a later release refuses where somebody emptied the service", () => {
    const tags = { shifted: ROLLOUT, history: ["orders:7"] };
    expect(move("rollback", empty({ service: service(tags) }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/nothing serves.*orders:7 was the last/),
    });
  });

  test("has been here: a phase that is still at work deletes what it finds of its own, and ends", () => {
    for (const target of ["stage", "promote"] as const) {
      expect(move(target, standing({ service: service(ABORTED) }))).toMatchObject({
        kind: "delete-task-set",
      });
      expect(move(target, empty({ service: service(ABORTED) }))).toMatchObject({
        kind: "refuse",
        reason: expect.stringContaining("was taken back"),
      });
    }
  });
});

test("begins only when nothing is left of what had begun to shift before", () => {
  const tags = { shifted: "run-0", step: { weightPercent: 25, atMs: NOW_MS }, aborted: "run-0" };
  expect(move("stage", empty({ service: service(tags) }))).toMatchObject({
    kind: "untag-service",
    keys: ["sluice:shifted", "sluice:step"],
  });
});

describe("somebody deleted the later release that had become PRIMARY", () => {
  const earlier = first({ origin: origin({ replaces: "none", rollout: "run-1" }) });
  const left = (tags: ServiceTags, more: Partial<Observation> = {}) =>
    observation({ taskSets: [earlier], service: service({ shifted: ROLLOUT, ...tags }), ...more });
  const half = { step: { weightPercent: 100, atMs: NOW_MS } };

  test("the first version, that is not PRIMARY any more, is proven all the same", () => {
    expect(situationOf([earlier], { shifted: ROLLOUT })).toMatchObject({ kind: "at-rest" });
    expect(situationOf([earlier], { shifted: "run-1" })).toMatchObject({ kind: "first" });
    expect(situationOf([earlier], {})).toMatchObject({ kind: "first" });
  });

  test("a rollback gives it all traffic, makes it PRIMARY, and only then forgets the later one", () => {
    const taken = { aborted: ROLLOUT, step: { weightPercent: 0, atMs: NOW_MS } };
    expect(move("rollback", left(half, { routes: [route(0, 100)] }))).toMatchObject({
      kind: "set-weights",
      to: route(100, 0).weights,
    });
    expect(move("rollback", left(taken))).toMatchObject({ kind: "set-primary", taskSetArn: earlier.arn });
    const primary = [{ ...earlier, status: "PRIMARY" as const }];
    expect(move("rollback", left(taken, { taskSets: primary }))).toMatchObject({ kind: "untag-service" });
  });

  test("nothing deletes it", () => {
    for (const target of ["stage", "shift", "promote", "finish", "rollback"] as const)
      for (const rollout of [ROLLOUT, "run-1"])
        expect(move(target, left(half, { routes: [route(0, 100)] }), { rollout }).kind).not.toBe(
          "delete-task-set",
        );
  });
});

test("a later release on top of it is like any other", () => {
  const taskSets = [
    first({ status: "PRIMARY", origin: origin({ replaces: "none", rollout: "run-1" }) }),
    taskSet({ id: "ecs-svc/2", targetGroupArn: GREEN, origin: origin() }),
  ];
  expect(move("rollback", flipped(NOW_MS, { taskSets }))).toMatchObject({ kind: "set-weights" });
});
