import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation, ObservedCohort, ServiceTags } from "../../../../src/core/observation.ts";
import type { Plan } from "../../../../src/core/plan.ts";
import type { Evidence } from "../../../../src/core/verdict.ts";
import { asWeighted } from "../../../../src/core/weights.ts";
import {
  BLUE,
  freshSet,
  GREEN,
  LISTENER,
  MINUTE_MS,
  NOW_MS,
  origin,
  plan,
  ROLLOUT,
  RULE,
  route,
  SECOND_MS,
  service,
  spec,
  stableSet,
  staged,
  THIRD,
} from "../world.ts";

const CANARY = plan({ spec: spec({ strategy: "canary" }) });
const HEALTHY: Evidence = { metrics: { kind: "healthy", gate: "errors", reason: "none went bad" } };
const shift = (seen: Observation, evidence: Evidence = HEALTHY, on: Plan = CANARY, nowMs = NOW_MS) =>
  decide(on, "shift", seen, evidence, nowMs);
const promote = (seen: Observation, on: Plan = CANARY) => decide(on, "promote", seen, HEALTHY, NOW_MS);

const LONG_AGO_MS = NOW_MS - 6 * MINUTE_MS;
const at = (weightPercent: number, atMs = LONG_AGO_MS, more: ServiceTags = {}) =>
  service({ shifted: ROLLOUT, step: { weightPercent, atMs }, ...more });
const sized = (scalePercent: number, more = {}) => [stableSet(), freshSet({ scalePercent, ...more })];

describe("a canary", () => {
  test("is staged as large as its first step needs", () => {
    const alone = { ...staged(), taskSets: [stableSet()] };
    expect(decide(CANARY, "stage", alone, {}, NOW_MS)).toMatchObject({
      kind: "create-task-set",
      scalePercent: 5,
    });
    expect(decide(CANARY, "stage", staged({ taskSets: sized(5) }), {}, NOW_MS).kind).toBe("reached");
  });

  test("says that the shift begins, then gives the first step its weight", () => {
    expect(shift(staged({ taskSets: sized(5) }))).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:shifted": ROLLOUT },
    });
    expect(shift(staged({ taskSets: sized(5), service: at(0) }))).toMatchObject({
      kind: "set-weights",
      to: route(95, 5).weights,
    });
  });

  test("records a weight that has read back, and bakes from there", () => {
    const seen = { taskSets: sized(5), routes: [route(95, 5)] };
    expect(shift(staged({ ...seen, service: at(0) }))).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:step": "5@2026-01-05T09:00:00.000Z" },
    });
    expect(shift(staged({ ...seen, service: at(5, NOW_MS) }))).toMatchObject({
      kind: "wait",
      reason: "baking at 5 %, 5m 10s left; none went bad",
      untilMs: NOW_MS + 5 * MINUTE_MS + 10 * SECOND_MS,
    });
  });

  test("asks for evidence since the step began, whatever was known before", () => {
    const seen = staged({ taskSets: sized(5), routes: [route(95, 5)], service: at(5) });
    expect(shift(seen, {})).toMatchObject({
      kind: "measure",
      question: { kind: "metrics", canary: { groupArn: GREEN }, fromMs: LONG_AGO_MS },
    });
  });

  test("grows before the next step, and waits until all of it is healthy", () => {
    const seen = { routes: [route(95, 5)], service: { ...at(5), desiredCount: 8 } };
    const eight = { computedDesiredCount: 8 };
    expect(
      shift(
        staged({
          ...seen,
          taskSets: [stableSet(eight), freshSet({ scalePercent: 5, computedDesiredCount: 1 })],
        }),
      ),
    ).toMatchObject({
      kind: "scale-task-set",
      scalePercent: 25,
    });
    const grown = { scalePercent: 25, computedDesiredCount: 2, healthyCount: 1 };
    expect(shift(staged({ ...seen, taskSets: [stableSet(eight), freshSet(grown)] }))).toMatchObject({
      kind: "wait",
      reason: "before 25 %: 1 of 2 targets healthy",
    });
  });

  test("goes to the first step greater than what is observed", () => {
    const seen = staged({ taskSets: sized(50), routes: [route(75, 25)], service: at(25) });
    expect(shift(seen)).toMatchObject({ kind: "set-weights", to: route(50, 50).weights });
  });

  test("shift ends before all of the traffic; promote goes on", () => {
    const seen = { routes: [route(50, 50)], service: at(50) };
    expect(shift(staged({ ...seen, taskSets: sized(50) }))).toEqual({
      kind: "reached",
      reason: "the new version has 50 % of the traffic; none went bad",
    });
    expect(promote(staged({ ...seen, taskSets: sized(50) }))).toMatchObject({
      kind: "scale-task-set",
      scalePercent: 100,
    });
    expect(promote(staged({ ...seen, taskSets: sized(100) }))).toMatchObject({ to: route(0, 100).weights });
  });

  test("promote from weight 0 goes through every step", () => {
    expect(promote(staged({ taskSets: sized(100), service: at(0) }))).toMatchObject({
      to: route(95, 5).weights,
    });
  });

  test.each(["regress", "error", "insufficient"] as const)("at a step, evidence that is %s", (kind) => {
    const seen = staged({ taskSets: sized(25), routes: [route(75, 25)], service: at(25) });
    const made = shift(seen, { metrics: { kind, gate: "errors", reason: "so it is" } });
    expect(made.kind).toBe(kind === "regress" ? "roll-back" : "wait");
  });

  test("somebody else's weight between the steps is drift, above and below", () => {
    for (const percent of [10, 37, 4]) {
      const seen = staged({ taskSets: sized(100), routes: [route(100 - percent, percent)], service: at(5) });
      expect(shift(seen), `${percent} %`).toMatchObject({ kind: "refuse" });
    }
  });

  test("between the writes of two routes the other follows, and nothing is drift", () => {
    const seen = staged({
      taskSets: sized(25),
      routes: [route(75, 25), route(95, 5, { kind: "listener", arn: LISTENER })],
      service: at(5),
    });
    expect(shift(seen)).toMatchObject({
      kind: "set-weights",
      route: { arn: LISTENER },
      to: route(75, 25).weights,
    });
  });

  test("beside a third group the share is at most the step's, and the step is reached by it", () => {
    const weights = (blue: number, green: number) => [
      ...route(blue, green).weights,
      { groupArn: THIRD, weight: 20 },
    ];
    const seen = staged({
      taskSets: sized(5),
      routes: [route(0, 0, { weights: weights(50, 0) })],
      service: at(0),
    });
    expect(shift(seen)).toMatchObject({ to: weights(48, 2) });
    const written = staged({
      taskSets: sized(5),
      routes: [route(0, 0, { weights: weights(48, 2) })],
      service: at(0),
    });
    expect(shift(written)).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:step": "5@2026-01-05T09:00:00.000Z" },
    });
  });
});

describe("approve steps", () => {
  const steps = [{ weight: 10 }, { approve: "Sales look at the numbers" }, { weight: 50 }, { approve: true }];
  const on = (approvals: number) => plan({ spec: spec({ strategy: "canary", steps }), approvals });
  const ten = staged({ taskSets: sized(50), routes: [route(90, 10)], service: at(10) });
  const fifty = staged({ taskSets: sized(50), routes: [route(50, 50)], service: at(50) });

  test.each([
    ["the first is not let pass", ten, 0, "hold"],
    ["the first is", ten, 1, "set-weights"],
    ["the second is not", fifty, 1, "hold"],
    ["both are", fifty, 2, "reached"],
  ])("%s", (_name, seen, approvals, kind) => {
    expect(shift(seen, HEALTHY, on(approvals)).kind).toBe(kind);
  });

  test("a hold says what to look at, and what lets it pass", () => {
    expect(shift(ten, HEALTHY, on(0))).toEqual({
      kind: "hold",
      reason: "Sales look at the numbers (approve step 1; approvals: 1 lets it pass)",
    });
  });

  test("a job that is run again holds at the next one, and names it", () => {
    expect(shift(fifty, HEALTHY, on(0))).toMatchObject({
      kind: "hold",
      reason: "a person has to approve (approve step 2; approvals: 2 lets it pass)",
    });
  });

  test("holds only once the step before has passed", () => {
    const baking = { ...ten, service: at(10, NOW_MS) };
    expect(shift(baking, HEALTHY, on(0)).kind).toBe("wait");
  });

  test("promote is the approval itself", () => {
    expect(promote(ten, on(0)).kind).toBe("set-weights");
    expect(promote(fifty, on(0))).toMatchObject({ kind: "scale-task-set", scalePercent: 100 });
  });
});

describe("route steps", () => {
  const steps = [
    { route: { header: { name: "x-beta", values: ["1"] } }, bake: "1m" },
    { route: { cookie: { name: "beta", values: ["yes"] } }, bake: "1m" },
    { weight: 20 },
  ];
  const on = plan({ spec: spec({ strategy: "canary", steps }) });
  const cohort = (step: number, routeArn = RULE): ObservedCohort => ({
    ruleArn: `${routeArn}/${step}`,
    rollout: ROLLOUT,
    routeArn,
    step,
    groupArn: GREEN,
  });
  const taskSets = sized(20);

  test("come before any weight, each when the one before has baked", () => {
    expect(shift(staged({ taskSets, service: at(0) }), HEALTHY, on)).toMatchObject({
      kind: "create-cohort",
      step: 0,
      routeArn: RULE,
      groupArn: GREEN,
      cohort: { kind: "header", name: "x-beta", values: ["1"] },
    });
    const first = { taskSets, cohorts: [cohort(0)] };
    expect(shift(staged({ ...first, service: at(0) }), HEALTHY, on)).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:cohort": "1@2026-01-05T09:00:00.000Z" },
    });
    const one = (atMs: number) => at(0, LONG_AGO_MS, { cohort: { steps: 1, atMs } });
    expect(shift(staged({ ...first, service: one(NOW_MS) }), HEALTHY, on)).toMatchObject({
      kind: "wait",
      untilMs: NOW_MS + MINUTE_MS + 10 * SECOND_MS,
    });
    expect(shift(staged({ ...first, service: one(LONG_AGO_MS) }), HEALTHY, on)).toMatchObject({
      kind: "create-cohort",
      step: 1,
      cohort: { kind: "cookie", name: "beta" },
    });
    const both = at(0, LONG_AGO_MS, { cohort: { steps: 2, atMs: LONG_AGO_MS } });
    expect(
      shift(staged({ taskSets, cohorts: [cohort(0), cohort(1)], service: both }), HEALTHY, on),
    ).toMatchObject({
      kind: "set-weights",
      to: route(80, 20).weights,
    });
  });

  test("need the capacity of the first weight", () => {
    const short = sized(20, { healthyCount: 0 });
    expect(shift(staged({ taskSets: short, service: at(0) }), HEALTHY, on).kind).toBe("wait");
  });

  test("are taken back after the weights, and the last write says since when", () => {
    const seen = staged({
      taskSets,
      routes: [route(80, 20)],
      cohorts: [cohort(0), cohort(1)],
      service: at(20),
    });
    expect(decide(on, "rollback", seen, {}, NOW_MS)).toMatchObject({
      kind: "set-weights",
      to: route(100, 0).weights,
    });
    const second = { ...seen, routes: [route(100, 0)] };
    const first = decide(on, "rollback", second, {}, NOW_MS);
    expect(first).toMatchObject({ kind: "delete-cohort", ruleArn: cohort(0).ruleArn });
    expect(first).not.toHaveProperty("mark");
    expect(decide(on, "rollback", { ...second, cohorts: [cohort(1)] }, {}, NOW_MS)).toMatchObject({
      kind: "delete-cohort",
      ruleArn: cohort(1).ruleArn,
      mark: { aborted: ROLLOUT },
    });
  });

  test("are removed when everybody has the new version", () => {
    const done = staged({
      taskSets: [stableSet({ status: "ACTIVE" }), freshSet({ status: "PRIMARY" })],
      routes: [route(0, 100)],
      cohorts: [cohort(0)],
      service: at(100),
    });
    expect(decide(on, "finish", done, HEALTHY, NOW_MS)).toMatchObject({
      kind: "delete-cohort",
      ruleArn: cohort(0).ruleArn,
    });
  });
});

describe("a rolling rollout", () => {
  const on = plan({ spec: spec({ strategy: "rolling", batch: { size: 1 } }) });
  const rolling = { origin: origin({ strategy: "rolling" }) };
  const pair = (old: number, fresh: number, more = {}) => [
    stableSet({ scalePercent: old }),
    freshSet({ scalePercent: fresh, ...rolling, ...more }),
  ];

  test("is staged with one batch", () => {
    const alone = { ...staged(), taskSets: [stableSet()] };
    expect(decide(on, "stage", alone, {}, NOW_MS)).toMatchObject({
      kind: "create-task-set",
      scalePercent: 25,
    });
  });

  test("shrinks the old version only after the batch has passed, and only where nothing changed meanwhile", () => {
    const routes = [route(75, 25)];
    const baking = staged({ taskSets: pair(100, 25), routes, service: at(25, NOW_MS) });
    expect(shift(baking, HEALTHY, on).kind).toBe("wait");
    expect(shift(staged({ taskSets: pair(100, 25), routes, service: at(25) }), HEALTHY, on)).toMatchObject({
      kind: "scale-task-set",
      taskSetArn: stableSet().arn,
      scalePercent: 75,
      whileRoutes: routes.map(asWeighted),
    });
  });

  test("grows the new one when the old one has shrunk", () => {
    const seen = { routes: [route(75, 25)], service: at(25) };
    const stopping = [stableSet({ scalePercent: 75, runningCount: 4 }), pair(75, 25)[1] ?? freshSet()];
    expect(shift(staged({ ...seen, taskSets: stopping }), HEALTHY, on)).toMatchObject({
      kind: "wait",
      reason: "before 50 %: the old version is stopping 1 task",
    });
    expect(shift(staged({ ...seen, taskSets: pair(75, 25) }), HEALTHY, on)).toMatchObject({
      kind: "scale-task-set",
      taskSetArn: freshSet().arn,
      scalePercent: 50,
    });
    expect(shift(staged({ ...seen, taskSets: pair(75, 50) }), HEALTHY, on)).toMatchObject({
      to: route(50, 50).weights,
    });
  });

  test("counts thirds in thirds", () => {
    const three = { ...at(0), desiredCount: 3 };
    const taskSets = [
      stableSet({ computedDesiredCount: 3 }),
      freshSet({ scalePercent: 33.33, computedDesiredCount: 1, ...rolling }),
    ];
    expect(shift(staged({ taskSets, service: three }), HEALTHY, on)).toMatchObject({
      to: route(66, 33).weights,
    });
  });

  test("going back, the old version gets at once what it carries, then grows, then gets the rest", () => {
    const back = (more: Partial<Observation>) => decide(on, "rollback", staged(more), {}, NOW_MS);
    const marked = at(50, LONG_AGO_MS, { aborted: ROLLOUT });
    const half = [route(50, 50)];
    expect(back({ taskSets: pair(75, 50), routes: half, service: at(50) })).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:aborted": ROLLOUT },
    });
    expect(back({ taskSets: pair(75, 50), routes: half, service: marked })).toMatchObject({
      kind: "set-weights",
      to: route(75, 25).weights,
    });
    const part = [route(75, 25)];
    expect(back({ taskSets: pair(75, 50), routes: part, service: marked })).toMatchObject({
      kind: "scale-task-set",
      taskSetArn: stableSet().arn,
      scalePercent: 100,
    });
    const growing = [stableSet({ healthyCount: 3 }), pair(75, 50)[1] ?? freshSet()];
    expect(back({ taskSets: growing, routes: part, service: marked }).kind).toBe("wait");
    expect(back({ taskSets: pair(100, 50), routes: part, service: marked })).toMatchObject({
      kind: "set-weights",
      to: route(100, 0).weights,
      mark: { aborted: ROLLOUT },
    });
  });

  test("going back from a new version that serves nothing, the weights wait for nobody", () => {
    const taskSets = pair(75, 50, { healthyCount: 0 });
    const routes = [route(50, 50)];
    const grown = [stableSet({ scalePercent: 100, healthyCount: 3 }), taskSets[1] ?? freshSet()];
    expect(
      decide(on, "rollback", staged({ taskSets: grown, routes, service: at(50) }), {}, NOW_MS),
    ).toMatchObject({
      kind: "set-weights",
      to: [
        { groupArn: BLUE, weight: 100 },
        { groupArn: GREEN, weight: 0 },
      ],
    });
  });
});

describe("another rollout is under way", () => {
  const foreign = (more: Partial<Observation> = {}) =>
    staged({ taskSets: [stableSet(), freshSet({ origin: origin({ rollout: "run-1" }) })], ...more });
  const stage = (superseding: string, seen: Observation, nowMs = NOW_MS) =>
    decide(plan({ spec: spec({ superseding }) }), "stage", seen, {}, nowMs);

  test("refuse says whose it is", () => {
    expect(stage("refuse", foreign())).toMatchObject({
      kind: "refuse",
      reason: expect.stringContaining("rollout run-1 is under way"),
    });
  });

  test("queue waits, for timeouts.queue", () => {
    expect(stage("queue", foreign())).toMatchObject({ kind: "wait", untilMs: NOW_MS + 60 * MINUTE_MS });
    expect(stage("queue", foreign(), NOW_MS + 60 * MINUTE_MS).kind).toBe("refuse");
  });

  test("take-back does what the other's rollback would, its weights first", () => {
    const serving = foreign({
      routes: [route(50, 50)],
      service: service({ shifted: "run-1", step: { weightPercent: 50, atMs: LONG_AGO_MS } }),
    });
    expect(stage("take-back", serving)).toMatchObject({
      kind: "set-weights",
      to: route(100, 0).weights,
      mark: { aborted: "run-1" },
    });
  });

  test("take-back ends the other's rollback before it begins itself", () => {
    const left = staged({
      taskSets: [stableSet()],
      service: service({ shifted: "run-1", aborted: "run-1", step: { weightPercent: 0, atMs: LONG_AGO_MS } }),
    });
    expect(stage("take-back", left)).toMatchObject({
      kind: "set-weights",
      route: { arn: plan().testRoute.arn },
    });
    const clean = staged({ taskSets: [stableSet()], service: service({ aborted: "run-1" }) });
    expect(stage("take-back", clean).kind).toBe("create-task-set");
  });

  test("only the start of a release takes back; every other phase refuses", () => {
    const on = plan({ spec: spec({ superseding: "take-back" }) });
    for (const target of ["verify", "shift", "promote", "finish"] as const)
      expect(decide(on, target, foreign(), {}, NOW_MS).kind).toBe("refuse");
  });
});
