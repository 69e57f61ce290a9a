import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import type { Evidence, Verdict } from "../../../../src/core/verdict.ts";
import {
  BLUE,
  flipped,
  freshSet,
  GREEN,
  LISTENER,
  MINUTE_MS,
  NOW_MS,
  observation,
  plan,
  promoted,
  ROLLOUT,
  route,
  SECOND_MS,
  service,
  spec,
  stableSet,
  staged,
  stop,
  THIRD,
  taskSet,
  testRoute,
} from "../world.ts";

const RECOVERED: Evidence = { recovery: { kind: "healthy", gate: "recovery", reason: "as good as before" } };
const rollback = (seen: Observation, nowMs = NOW_MS, evidence: Evidence = {}) =>
  decide(plan(), "rollback", seen, evidence, nowMs);
const back = { kind: "set-weights", to: route(100, 0).weights };
const ABORTED = { aborted: ROLLOUT, shifted: ROLLOUT, step: { weightPercent: 0, atMs: NOW_MS } };
const marked = (more: Partial<Observation> = {}) => staged({ service: service(ABORTED), ...more });
const oldSet = (more: Parameters<typeof stableSet>[0]) => stableSet({ status: "ACTIVE", ...more });

describe("weights come first", () => {
  test.each([
    ["in the bake", flipped(NOW_MS)],
    [
      "after the promotion, the old version still warm and out of every finish's reach",
      promoted({ service: service({ shifted: ROLLOUT, aborted: ROLLOUT }) }),
    ],
    ["in mid-flip", staged({ routes: [route(63, 37)], service: service({ shifted: ROLLOUT }) })],
    ["with somebody else's weights", staged({ routes: [route(63, 37)] })],
    ["with no weight at all", staged({ routes: [route(0, 0)] })],
    [
      "whatever its tasks are doing",
      flipped(NOW_MS, { taskSets: [stableSet(), freshSet({ healthyCount: 0, stops: [stop()] })] }),
    ],
    [
      "though the old version is not quite whole, before anything could have shrunk it",
      flipped(NOW_MS, { taskSets: [stableSet({ healthyCount: 3 }), freshSet()] }),
    ],
    ["though a rollback was here before", flipped(NOW_MS, { service: service(ABORTED) })],
  ])("%s", (_name, seen) => {
    expect(rollback(seen)).toMatchObject(back);
  });

  test("though somebody has put a task set of their own beside the two", () => {
    const taskSets = [stableSet(), freshSet(), taskSet({ id: "ecs-svc/9", targetGroupArn: undefined })];
    expect(rollback(flipped(NOW_MS, { taskSets }))).toMatchObject(back);
  });

  test("on one route after the other", () => {
    const routes = [route(100, 0), route(0, 100, { kind: "listener", arn: LISTENER })];
    expect(rollback(flipped(NOW_MS, { routes }))).toMatchObject({ ...back, route: { arn: LISTENER } });
  });

  test("with third groups as they were", () => {
    const third = { groupArn: THIRD, weight: 50 };
    const weights = [{ groupArn: BLUE, weight: 0 }, third, { groupArn: GREEN, weight: 30 }];
    expect(rollback(flipped(NOW_MS, { routes: [route(0, 0, { weights })] }))).toMatchObject({
      to: [{ groupArn: BLUE, weight: 30 }, third, { groupArn: GREEN, weight: 0 }],
    });
  });

  test("and out of a sticky action the new group goes altogether", () => {
    for (const green of [0, 100]) {
      const routes = [route(100 - green, green, { sticky: true })];
      expect(rollback(flipped(NOW_MS, { routes }))).toMatchObject({ to: [{ groupArn: BLUE, weight: 100 }] });
    }
  });

  test("never as a write that changes nothing, where our groups have no weight beside a third", () => {
    const weights = [
      { groupArn: THIRD, weight: 100 },
      { groupArn: BLUE, weight: 0 },
      { groupArn: GREEN, weight: 0 },
    ];
    const move = rollback(staged({ routes: [route(0, 0, { weights })] }));
    expect(move.kind === "set-weights" && JSON.stringify(move.from) === JSON.stringify(move.to)).toBe(false);
  });
});

describe("an old version that was being retired", () => {
  const retiring = (more: Parameters<typeof stableSet>[0]) =>
    promoted({ taskSets: [oldSet(more), freshSet({ status: "PRIMARY" })] });
  const scaledDown = { scalePercent: 0, computedDesiredCount: 0, healthyCount: 0 };
  const stopped = { service: service({ shifted: ROLLOUT, aborted: ROLLOUT }) };
  const HALF_MS = 7.5 * MINUTE_MS;

  test("gets its capacity before its traffic", () => {
    expect(rollback({ ...retiring(scaledDown), ...stopped })).toMatchObject({
      kind: "scale-task-set",
      taskSetArn: stableSet().arn,
      scalePercent: 100,
    });
  });

  test("is not shrunk again by a finish that is at work: the mark stops it", () => {
    for (const more of [{ healthyCount: 1 }, scaledDown, {}]) {
      expect(rollback(retiring(more))).toMatchObject({
        kind: "tag-service",
        tags: { "sluice:aborted": ROLLOUT },
      });
    }
  });

  test("is waited for, for half of timeouts.rollback", () => {
    const starting = {
      ...retiring({ healthyCount: 1 }),
      routes: [route(25, 75)],
      ...stopped,
    };
    expect(rollback(starting)).toEqual({
      kind: "wait",
      reason: "the old version comes back: 1 of 4 targets healthy",
      untilMs: NOW_MS + HALF_MS,
    });
    expect(rollback(starting, NOW_MS + HALF_MS - 1).kind).toBe("wait");
    expect(rollback(starting, NOW_MS + HALF_MS)).toMatchObject(back);
  });

  test("gets at once what its healthy tasks carry", () => {
    const some = { ...retiring({ healthyCount: 3 }), ...stopped };
    expect(rollback(some)).toMatchObject({ kind: "set-weights", to: route(75, 25).weights });
  });

  test("gets its traffic at once where the new version serves nothing", () => {
    const dead = freshSet({ status: "PRIMARY", healthyCount: 0 });
    expect(rollback(promoted({ taskSets: [oldSet({ healthyCount: 3 }), dead] }))).toMatchObject(back);
  });

  test("gets its tasks back, too, where its weights are back already", () => {
    const seen = marked({
      taskSets: [stableSet(scaledDown), freshSet({ healthyCount: 0 })],
      testRoute: testRoute(BLUE),
    });
    expect(rollback(seen, NOW_MS + 60 * MINUTE_MS)).toMatchObject({
      kind: "scale-task-set",
      scalePercent: 100,
    });
  });

  test("is hung on its sticky route again before its health is waited for", () => {
    const out = promoted({
      service: service({ shifted: ROLLOUT, aborted: ROLLOUT }),
      taskSets: [
        oldSet({ healthyCount: 0, unhealthyReasons: ["Target.NotInUse"] }),
        freshSet({ status: "PRIMARY" }),
      ],
      routes: [route(undefined, 100, { sticky: true })],
    });
    expect(rollback(out)).toMatchObject({ kind: "set-weights" });
  });
});

describe("after the weights, in this order", () => {
  test("the mark that stops every other phase, and when the drain began", () => {
    expect(rollback(staged({ service: service({ shifted: ROLLOUT }) }))).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:aborted": ROLLOUT, "sluice:step": "0@2026-01-05T09:00:00.000Z" },
    });
  });

  test("with the group that left a sticky action", () => {
    const seen = staged({ routes: [route(100, undefined, { sticky: true })] });
    expect(rollback(seen)).toMatchObject({ kind: "tag-service", tags: { "sluice:idle-group": GREEN } });
  });

  test("the old set is PRIMARY again", () => {
    const taskSets = [oldSet({}), freshSet({ status: "PRIMARY" })];
    expect(rollback(marked({ taskSets }))).toMatchObject({
      kind: "set-primary",
      taskSetArn: stableSet().arn,
    });
  });

  test("the test route leads to it", () => {
    expect(rollback(marked())).toMatchObject({ kind: "set-weights", to: [{ groupArn: BLUE, weight: 1 }] });
  });

  test("the new version drains, and only then goes", () => {
    const seen = marked({ testRoute: testRoute(BLUE) });
    expect(rollback(seen, NOW_MS + 30 * SECOND_MS - 1)).toMatchObject({ kind: "wait" });
    expect(rollback(seen, NOW_MS + 30 * SECOND_MS, RECOVERED)).toMatchObject({
      kind: "delete-task-set",
      taskSetArn: freshSet().arn,
      force: true,
    });
  });

  describe("before the new version goes, it is asked whether that has helped", () => {
    const drainedMs = NOW_MS + 30 * SECOND_MS;
    const seen = marked({ testRoute: testRoute(BLUE) });
    const said = (kind: Verdict["kind"]): Evidence => ({
      recovery: { kind, gate: "recovery", reason: "so it is" },
    });

    test("of the old version, from when the weights had settled, beside the time before the new one came", () => {
      expect(rollback(seen, drainedMs)).toMatchObject({
        kind: "measure",
        question: {
          kind: "recovery",
          stable: { groupArn: BLUE },
          beforeMs: freshSet().createdAtMs,
          fromMs: NOW_MS + 10 * SECOND_MS,
        },
      });
    });

    test.each(["healthy", "regress", "error"] as const)("%s is an answer", (kind) => {
      expect(rollback(seen, drainedMs, said(kind)).kind).toBe("delete-task-set");
    });

    test("too little is waited out for five periods at most", () => {
      const little = said("insufficient");
      const untilMs = NOW_MS + 10 * SECOND_MS + (15 * MINUTE_MS) / 4;
      expect(rollback(seen, drainedMs, little)).toEqual({ kind: "wait", reason: "so it is", untilMs });
      expect(rollback(seen, untilMs, little).kind).toBe("delete-task-set");
    });

    test("not where the errors gate is off", () => {
      const off = plan({ spec: spec({ gates: { errors: false } }) });
      expect(decide(off, "rollback", seen, {}, drainedMs).kind).toBe("delete-task-set");
    });
  });

  test("a version that never had traffic goes without a drain", () => {
    const seen = staged({ service: service({ aborted: ROLLOUT }), testRoute: testRoute(BLUE) });
    expect(rollback(seen)).toMatchObject({ kind: "delete-task-set" });
  });

  test("when the new version lost its traffic goes on record with the write that takes it, whoever had given it", () => {
    const mark = { aborted: ROLLOUT };
    const longAgo = { ...ABORTED, step: { weightPercent: 0, atMs: NOW_MS - 60 * MINUTE_MS } };
    const late = marked({ service: service(longAgo), routes: [route(0, 100)], testRoute: testRoute(BLUE) });
    expect(rollback(staged({ routes: [route(63, 37)] }))).toMatchObject({ ...back, mark });
    expect(rollback(late)).toMatchObject({ ...back, mark });
  });

  test("with several routes, only the last write carries it: weights first", () => {
    const second = { kind: "listener", arn: LISTENER } as const;
    const both = rollback(flipped(NOW_MS, { routes: [route(0, 100), route(0, 100, second)] }));
    const last = rollback(flipped(NOW_MS, { routes: [route(100, 0), route(0, 100, second)] }));
    expect(both).not.toHaveProperty("mark");
    expect(last).toHaveProperty("mark");
  });
});

describe("with the new set gone", () => {
  const gone = (tags: Parameters<typeof service>[0], more: Partial<Observation> = {}) =>
    observation({ service: service(tags), ...more });

  test("traffic that still goes to where it was comes back", () => {
    expect(rollback(gone({ shifted: ROLLOUT }, { routes: [route(0, 100)] }))).toMatchObject(back);
    expect(rollback(gone({ aborted: ROLLOUT }, { routes: [route(0, 100)] }))).toMatchObject(back);
  });

  test("the mark is written even so: a phase that still runs must not ship it", () => {
    expect(rollback(gone({}))).toMatchObject({ kind: "tag-service", tags: { "sluice:aborted": ROLLOUT } });
  });

  test("waits for it while it is DRAINING", () => {
    const taskSets = [stableSet(), freshSet({ status: "DRAINING" })];
    expect(rollback(gone(ABORTED, { taskSets }))).toMatchObject({
      kind: "wait",
      reason: "task set ecs-svc/2 of the new version is DRAINING",
    });
  });

  test("clears its progress, not its mark", () => {
    expect(rollback(gone(ABORTED))).toMatchObject({
      kind: "untag-service",
      keys: ["sluice:shifted", "sluice:step"],
    });
  });

  test("is reached, and says who serves and which group is idle", () => {
    expect(rollback(gone({ aborted: ROLLOUT }))).toMatchObject({
      kind: "reached",
      reason: "orders:1 has all traffic in orders-blue; the new version is gone (orders-green is idle)",
    });
  });

  test("is not reached while the old version serves nobody", () => {
    const empty = stableSet({ scalePercent: 0, computedDesiredCount: 0, healthyCount: 0 });
    expect(rollback(gone({ aborted: ROLLOUT }, { taskSets: [empty] })).kind).not.toBe("reached");
  });

  test("a rollout that never touched the service changes no weights, at the second look either", () => {
    const theirs = { routes: [route(90, 10)] };
    const first = rollback(gone({}, theirs));
    const tags = first.kind === "tag-service" ? { aborted: ROLLOUT } : {};
    expect(rollback(gone(tags, theirs)).kind).not.toBe("set-weights");
  });
});

describe("the mark", () => {
  const cohortAt = (atMs: number, step: Observation["service"]["tags"]["step"]) =>
    staged({
      testRoute: testRoute(BLUE),
      service: service({ ...ABORTED, cohort: { steps: 1, atMs }, ...(step ? { step } : {}) }),
    });

  test("counts the drain from when the cohort lost its rule, and is written once", () => {
    const left = cohortAt(NOW_MS, { weightPercent: 0, atMs: NOW_MS - SECOND_MS });
    expect(rollback(left)).toMatchObject({ kind: "tag-service", tags: { "sluice:aborted": ROLLOUT } });
    expect(rollback(cohortAt(NOW_MS, { weightPercent: 0, atMs: NOW_MS })).kind).toBe("wait");
  });
});
