import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import type { Plan } from "../../../../src/core/plan.ts";
import type { Evidence } from "../../../../src/core/verdict.ts";
import {
  BLUE,
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
  spec,
  stableSet,
  staged,
  stop,
  taskSet,
  testRoute,
} from "../world.ts";

const HOUR_MS = 60 * MINUTE_MS;
const HELD_MS = NOW_MS - 3 * HOUR_MS;
const STEPS = [{ weight: 5 }, { approve: true }, { weight: 25 }, { approve: true }, { weight: 50 }];
const CANARY = plan({ spec: spec({ strategy: "canary", steps: STEPS }) });
const GOOD: Evidence = { metrics: { kind: "healthy", gate: "errors", reason: "none went bad" } };

const watch = (seen: Observation, evidence: Evidence = GOOD, on: Partial<Plan> = {}) =>
  decide({ ...CANARY, ...on }, "watch", seen, evidence, NOW_MS);
/** The new version has had `percent` of the traffic for three hours. */
const held = (percent: number, more: Partial<Observation> = {}) =>
  staged({
    service: service({ shifted: ROLLOUT, step: { weightPercent: percent, atMs: HELD_MS } }),
    routes: [route(100 - percent, percent)],
    taskSets: [stableSet(), freshSet({ scalePercent: percent, createdAtMs: HELD_MS - HOUR_MS })],
    ...more,
  });

describe("while a step is held", () => {
  test("a good version is watched on, and nothing is written", () => {
    expect(watch(held(5))).toEqual({
      kind: "wait",
      reason: "watching at 5 % until somebody decides: none went bad",
    });
  });

  test.each([
    ["hour by hour, though its bake is five minutes", STEPS, 2 * HOUR_MS],
    ["by as long as its bake", [{ weight: 5, bake: "100m" }, { approve: true }], 100 * MINUTE_MS],
    ["as a whole while it is shorter than its bake", [{ weight: 5, bake: "6h" }, { approve: true }], 0],
  ])("its time is judged %s", (_name, steps, afterMs) => {
    const sinceMs = NOW_MS - 2.9 * HOUR_MS;
    const service_ = service({ shifted: ROLLOUT, step: { weightPercent: 5, atMs: sinceMs } });
    expect(
      watch(held(5, { service: service_ }), {}, { spec: spec({ strategy: "canary", steps }) }),
    ).toMatchObject({
      kind: "measure",
      question: { kind: "metrics", canary: { groupArn: GREEN }, fromMs: sinceMs + afterMs },
    });
  });

  test("a regression takes it back; no evidence is neither a pass nor a regression", () => {
    const verdict = (kind: "regress" | "error" | "insufficient"): Evidence => ({
      metrics: { kind, gate: "errors", reason: "9 of 10 went bad" },
    });
    expect(watch(held(5), verdict("regress"))).toMatchObject({ kind: "roll-back", gate: "errors" });
    for (const kind of ["error", "insufficient"] as const)
      expect(watch(held(5), verdict(kind)).kind).toBe("wait");
  });

  test("tasks that stop by themselves take it back", () => {
    const stops = [stop(), stop(), stop()];
    const seen = held(5, { taskSets: [stableSet(), freshSet({ scalePercent: 5, stops })] });
    expect(watch(seen)).toMatchObject({ kind: "roll-back", gate: "tasks" });
  });

  test("a task that is missing is waited for, as long as the patience, and then it is taken back", () => {
    const seen = held(5, { taskSets: [stableSet(), freshSet({ scalePercent: 5, healthyCount: 0 })] });
    const since = (ms: number): Evidence => ({ ...GOOD, doubt: { what: "capacity", sinceMs: NOW_MS - ms } });
    expect(watch(seen)).toMatchObject({ kind: "wait", doubt: "capacity", untilMs: NOW_MS + 10 * MINUTE_MS });
    expect(watch(seen, since(9 * MINUTE_MS)).kind).toBe("wait");
    expect(watch(seen, since(10 * MINUTE_MS))).toMatchObject({ kind: "roll-back", gate: "health" });
    expect(
      watch(seen, { ...GOOD, doubt: { what: "weights", sinceMs: NOW_MS - 10 * MINUTE_MS } }),
    ).toMatchObject({ kind: "wait" });
    expect(watch(held(5), since(10 * MINUTE_MS)).kind).toBe("wait");
  });

  test("weights that nobody seems to have written are looked at again before they are refused", () => {
    const seen = held(5, { routes: [route(63, 37)] });
    expect(watch(seen)).toMatchObject({ kind: "wait", doubt: "weights", untilMs: NOW_MS + 20 * SECOND_MS });
    const sure = { ...GOOD, doubt: { what: "weights", sinceMs: NOW_MS - 20 * SECOND_MS } } as const;
    expect(watch(seen, sure)).toMatchObject({
      kind: "refuse",
      reason: expect.stringContaining("somebody else changed it"),
    });
  });

  test("between another job's weight and its record there is nothing to write", () => {
    const seen = held(5, { routes: [route(75, 25)] });
    const made = watch(seen, GOOD, { approvals: 1 });
    expect(made).toMatchObject({ kind: "wait", reason: expect.stringContaining("at 25 %") });
  });

  test("a rollout that was taken back does not go on, and the watch writes nothing of it", () => {
    const tags = { shifted: ROLLOUT, step: { weightPercent: 5, atMs: HELD_MS }, aborted: ROLLOUT };
    expect(watch(held(5, { service: service(tags) }))).toMatchObject({
      kind: "refuse",
      reason: expect.stringContaining("was taken back"),
    });
  });

  test("a rollout that came later does not withdraw by its watch", () => {
    const younger = freshSet({
      id: "ecs-svc/3",
      createdAtMs: NOW_MS,
      origin: origin({ rollout: "run-3" }),
    });
    const seen = staged({ taskSets: [stableSet(), freshSet(), younger] });
    expect(watch(seen, GOOD, { rollout: "run-3" }).kind).toBe("refuse");
  });
});

describe("ends when the rollout has gone on", () => {
  const gone = (seen: Observation, approvals = 0, on: Partial<Plan> = {}) =>
    watch(seen, GOOD, { approvals, ...on }).kind;
  const half = (percent: number, next: number) =>
    held(percent, {
      routes: [route(100 - next, next), route(100 - percent, percent, { kind: "listener", arn: LISTENER })],
    });
  const both = {
    routes: [...CANARY.routes, { kind: "listener", arn: LISTENER } as const],
  };

  test.each([
    ["the first approve step is open", held(5), 0, "wait"],
    ["its weight came", held(25), 0, "reached"],
    ["the second is open", held(25), 1, "wait"],
    ["its weight came", held(50), 1, "reached"],
    ["promotion is open", held(50), 2, "wait"],
    ["it has all of the traffic", held(100), 2, "reached"],
    ["it is promoted", promoted(), 2, "reached"],
  ])("%s", (_name, seen, approvals, kind) => {
    expect(gone(seen, approvals)).toBe(kind);
  });

  test("a weight that one of two routes has is enough", () => {
    expect(gone(half(5, 5), 0, both)).toBe("wait");
    expect(gone(half(5, 25), 0, both)).toBe("reached");
  });

  test("an approve step at the end leads to all of the traffic", () => {
    const steps = spec({ strategy: "canary", steps: [{ weight: 50 }, { approve: true }] });
    expect(gone(held(50), 0, { spec: steps })).toBe("wait");
    expect(gone(held(100), 0, { spec: steps })).toBe("reached");
  });

  test("rolling: after the last batch but one", () => {
    const rolling = { spec: spec({ strategy: "rolling", batch: { size: 2 } }) };
    expect(gone(held(50), 0, rolling)).toBe("wait");
    expect(gone(held(100), 0, rolling)).toBe("reached");
  });

  test("its rollout is finished, or is not there at all", () => {
    const set = freshSet({ status: "PRIMARY" });
    const finished = observation({ taskSets: [set], routes: [route(0, 100)] });
    expect(gone(finished)).toBe("reached");
    expect(gone(observation())).toBe("refuse");
  });
});

describe("blue-green, verified and waiting for a person", () => {
  const GREENS = { spec: spec() };
  const ready = (more: Partial<Observation> = {}, fresh = {}) =>
    staged({ taskSets: [stableSet(), freshSet({ createdAtMs: HELD_MS, ...fresh })], ...more });

  test("no request is asked for, only its tasks", () => {
    expect(watch(ready(), {}, GREENS)).toEqual({
      kind: "wait",
      reason: "watching before its first users until somebody decides: 4 of its tasks are healthy",
    });
    expect(watch(ready({}, { stops: [stop(), stop(), stop()] }), {}, GREENS)).toMatchObject({
      kind: "roll-back",
      gate: "tasks",
    });
  });

  test("missing tasks are a doubt, unless it is still being staged", () => {
    expect(watch(ready({}, { healthyCount: 3 }), {}, GREENS)).toMatchObject({ doubt: "capacity" });
    const young = ready({}, { healthyCount: 0, createdAtMs: NOW_MS - MINUTE_MS });
    expect(watch(young, {}, GREENS)).not.toHaveProperty("doubt");
  });

  test("ends with all of the traffic", () => {
    expect(watch(held(100), GOOD, GREENS).kind).toBe("reached");
  });
});

describe("a service's first deployment", () => {
  const first = (more = {}) =>
    taskSet({
      id: "ecs-svc/1",
      createdAtMs: NOW_MS - HOUR_MS,
      origin: origin({ replaces: "none", previousTaskDefinition: "" }),
      ...more,
    });
  const stands = (set = first(), more: Partial<Observation> = {}) =>
    observation({ taskSets: [set], testRoute: testRoute(BLUE), ...more });

  test("is watched by its tasks until its promotion begins", () => {
    expect(watch(stands(), {}).kind).toBe("wait");
    expect(watch(stands(first({ stops: [stop(), stop(), stop()] })), {})).toMatchObject({
      kind: "roll-back",
      hint: expect.stringContaining("nothing to go back to"),
    });
    const baking = service({ shifted: ROLLOUT, step: { weightPercent: 100, atMs: NOW_MS } });
    expect(watch(stands(first(), { service: baking }), {}).kind).toBe("reached");
    expect(watch(stands(first({ status: "PRIMARY" })), {}).kind).toBe("reached");
  });
});
