import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation, ServiceTags } from "../../../../src/core/observation.ts";
import type { Plan } from "../../../../src/core/plan.ts";
import type { Evidence } from "../../../../src/core/verdict.ts";
import {
  freshSet,
  MINUTE_MS,
  NOW_MS,
  observation,
  origin,
  plan,
  promoted,
  ROLLOUT,
  route,
  service,
  spec,
  stableSet,
  staged,
  stop,
  taskSet,
} from "../world.ts";

const HOUR_MS = 60 * MINUTE_MS;
const STEPS = [{ weight: 5 }, { approve: true }, { weight: 50, bake: "2h" }];
const CANARY = plan({ spec: spec({ strategy: "canary", steps: STEPS }) });
const GREENS = { spec: spec() };
const GOOD: Evidence = { metrics: { kind: "healthy", gate: "errors", reason: "none went bad" } };

const sweep = (seen: Observation, evidence: Evidence = GOOD, on: Partial<Plan> = {}) =>
  decide({ ...CANARY, ...on }, "sweep", seen, evidence, NOW_MS);
const tagged = (weightPercent: number, agoMs: number, more: ServiceTags = {}) =>
  service({ shifted: ROLLOUT, step: { weightPercent, atMs: NOW_MS - agoMs }, ...more });
/** The new version has had `percent` of the traffic for so long. */
const held = (percent: number, agoMs: number, more: Partial<Observation> = {}) =>
  staged({
    service: tagged(percent, agoMs),
    routes: [route(100 - percent, percent)],
    taskSets: [
      stableSet(),
      freshSet({ scalePercent: percent, createdAtMs: NOW_MS - Math.max(agoMs, HOUR_MS) - HOUR_MS }),
    ],
    ...more,
  });
const waiting = (agoMs: number, more: Partial<Observation> = {}) =>
  staged({ taskSets: [stableSet(), freshSet({ createdAtMs: NOW_MS - agoMs })], ...more });

describe("a rollout that is held", () => {
  const STEP_MS = 5 * MINUTE_MS + 10_000;

  test("stands, and says until when", () => {
    expect(sweep(held(5, HOUR_MS))).toEqual({
      kind: "reached",
      reason: `rollout ${ROLLOUT} stands at 5 %: none went bad; unless it goes on it is taken back at 2026-01-06T08:05:10.000Z`,
    });
  });

  test.each([
    ["at a step, a moment before", held(5, 24 * HOUR_MS + STEP_MS - 1), {}, "reached"],
    ["at a step, at that moment", held(5, 24 * HOUR_MS + STEP_MS), {}, "roll-back"],
    ["at a step with a long bake", held(50, 25 * HOUR_MS), {}, "reached"],
    ["at that step, later", held(50, 27 * HOUR_MS), {}, "roll-back"],
    ["without a step, a moment before", waiting(24 * HOUR_MS - 1), GREENS, "reached"],
    ["without a step", waiting(24 * HOUR_MS), GREENS, "roll-back"],
    ["as its shift begins", waiting(30 * HOUR_MS, { service: tagged(0, MINUTE_MS) }), GREENS, "reached"],
    ["with all of the traffic", held(100, 48 * HOUR_MS), GREENS, "reached"],
    ["promoted, not finished", promoted({ service: tagged(100, 48 * HOUR_MS) }), GREENS, "reached"],
  ])("%s", (_name, seen, on, kind) => {
    const move = sweep(seen, GOOD, on);
    expect(move.kind).toBe(kind);
    if (move.kind === "roll-back") {
      expect(move).toMatchObject({
        gate: "held",
        reason: expect.stringMatching(/within 1d \(timeouts\.held\)/),
      });
    }
  });

  test("the spec says for how long, and a job that may still wait for its tasks is not disturbed", () => {
    const held = (text: string) => ({ spec: spec({ timeouts: { held: text, stage: "15m" } }) });
    expect(sweep(waiting(2 * HOUR_MS), GOOD, held("1h")).kind).toBe("roll-back");
    expect(sweep(waiting(2 * HOUR_MS), GOOD, held("3h")).kind).toBe("reached");
    expect(sweep(waiting(14 * MINUTE_MS), GOOD, held("1m")).kind).toBe("reached");
  });
});

describe("a rollout under way is judged", () => {
  test("by its gates; a regression takes it back", () => {
    expect(sweep(held(5, 3 * HOUR_MS), {})).toMatchObject({
      kind: "measure",
      question: { kind: "metrics", canary: { groupArn: freshSet().targetGroupArn } },
    });
    const bad: Evidence = { metrics: { kind: "regress", gate: "errors", reason: "9 of 10 went bad" } };
    expect(sweep(held(5, HOUR_MS), bad)).toMatchObject({ kind: "roll-back", gate: "errors" });
    expect(sweep(held(100, HOUR_MS), bad, GREENS)).toMatchObject({ kind: "roll-back", gate: "errors" });
    const none: Evidence = { metrics: { kind: "insufficient", gate: "errors", reason: "3 requests" } };
    expect(sweep(held(5, HOUR_MS), none).kind).toBe("reached");
  });

  test("by its tasks, which are looked at for a while before they are given up", () => {
    const lacking = { taskSets: [stableSet(), freshSet({ healthyCount: 0, createdAtMs: 0 })] };
    expect(sweep(held(5, HOUR_MS, lacking))).toMatchObject({ kind: "wait", doubt: "capacity" });
    const long: Evidence = { ...GOOD, doubt: { what: "capacity", sinceMs: NOW_MS - 10 * MINUTE_MS } };
    expect(sweep(held(5, HOUR_MS, lacking), long)).toMatchObject({ kind: "roll-back", gate: "health" });
    const crashed = [stableSet(), freshSet({ stops: [stop(), stop(), stop()] })];
    expect(sweep(held(5, HOUR_MS, { taskSets: crashed }))).toMatchObject({ gate: "tasks" });
  });

  test("while it is being staged there is nothing to doubt", () => {
    const young = [stableSet(), freshSet({ healthyCount: 0, createdAtMs: NOW_MS - MINUTE_MS })];
    expect(sweep(staged({ taskSets: young })).kind).toBe("reached");
  });

  test("somebody else's weights are refused once they have been seen for a while", () => {
    const seen = held(5, HOUR_MS, { routes: [route(63, 37)] });
    expect(sweep(seen)).toMatchObject({ kind: "wait", doubt: "weights" });
    expect(sweep(seen, { doubt: { what: "weights", sinceMs: NOW_MS - MINUTE_MS } }).kind).toBe("refuse");
  });
});

describe("nothing is under way", () => {
  test.each([
    ["one version serves alone", observation()],
    ["no version at all", observation({ taskSets: [] })],
    [
      "this rollout is finished",
      observation({ taskSets: [freshSet({ status: "PRIMARY" })], routes: [route(0, 100)] }),
    ],
    [
      "another one has begun",
      staged({ taskSets: [stableSet(), freshSet({ origin: origin({ rollout: "run-9" }) })] }),
    ],
  ])("%s: that is well", (_name, seen) => {
    expect(sweep(seen).kind).toBe("reached");
  });

  test("unless a route still leads to where the new version was", () => {
    const left = observation({ service: tagged(5, HOUR_MS), routes: [route(95, 5)] });
    expect(sweep(left)).toMatchObject({ kind: "roll-back", gate: "tasks" });
  });

  test("sets that do not say which of them serves are for a person", () => {
    const sets = [stableSet(), taskSet({ id: "ecs-svc/9" })];
    expect(sweep(observation({ taskSets: sets })).kind).toBe("refuse");
  });
});

describe("a rollout that was taken back", () => {
  const aborted = (agoMs: number) => tagged(0, agoMs, { aborted: ROLLOUT });

  test.each([
    ["its rollback may still be at work", waiting(HOUR_MS, { service: aborted(MINUTE_MS) }), "reached"],
    ["its rollback died", waiting(2 * HOUR_MS, { service: aborted(HOUR_MS) }), "roll-back"],
    ["only its tags are left", observation({ service: aborted(HOUR_MS) }), "roll-back"],
    ["nothing is left", observation({ service: service({ aborted: ROLLOUT }) }), "reached"],
  ])("%s", (_name, seen, kind) => {
    expect(sweep(seen).kind).toBe(kind);
  });
});

describe("a service's first deployment", () => {
  const first = taskSet({
    id: "ecs-svc/1",
    createdAtMs: NOW_MS - 48 * HOUR_MS,
    origin: origin({ replaces: "none", previousTaskDefinition: "" }),
  });

  test("is not taken back for its age: nothing else would serve", () => {
    expect(sweep(observation({ taskSets: [first] }), {})).toMatchObject({
      kind: "reached",
      reason: expect.stringContaining("first deployment stands"),
    });
  });
});
