import { expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import type { Evidence, Verdict } from "../../../../src/core/verdict.ts";
import { BLUE, freshSet, NOW_MS, plan, SECOND_MS, spec, stableSet, staged, testRoute } from "../world.ts";

const checks = spec({ "smoke-checks": [{ path: "/version" }], settle: "10s" });
const checked = plan({ spec: checks, startedAtMs: NOW_MS - 10 * SECOND_MS });
const verify = (seen: Observation, evidence: Evidence = {}) =>
  decide(checked, "verify", seen, evidence, NOW_MS);
const smoke = (kind: Verdict["kind"]): Evidence => ({
  smoke: { kind, gate: "smoke", reason: "GET /version: expected status 200, got 500" },
});

test("a spec without smoke checks has nothing to verify", () => {
  expect(decide(plan(), "verify", staged(), {}, NOW_MS)).toMatchObject({ kind: "reached" });
});

test("asks for the checks of the new version", () => {
  expect(verify(staged())).toMatchObject({
    kind: "measure",
    question: { kind: "smoke", taskDefinitionArn: freshSet().taskDefinitionArn },
  });
});

test("asks nobody before the test route has settled: the old version may still answer there", () => {
  const begun = plan({ spec: checks, startedAtMs: NOW_MS - 9 * SECOND_MS });
  expect(decide(begun, "verify", staged(), {}, NOW_MS)).toMatchObject({
    kind: "wait",
    untilMs: NOW_MS + SECOND_MS,
  });
});

test("does not ask a version that has lost a task until that is replaced, and gives it up in the end", () => {
  const seen = staged({ taskSets: [stableSet(), freshSet({ healthyCount: 3, createdAtMs: 0 })] });
  const untilMs = checked.startedAtMs + checks.timeouts.stage;
  expect(verify(seen)).toMatchObject({
    kind: "wait",
    reason: expect.stringMatching(/3 of 4 targets healthy/),
    untilMs,
  });
  expect(decide(checked, "verify", seen, {}, untilMs)).toMatchObject({
    kind: "roll-back",
    gate: "health",
    reason: expect.stringMatching(/not healthy within 15m: 3 of 4 targets healthy/),
  });
});

test("gives up a version whose tasks keep dying", () => {
  const stops = Array.from({ length: 3 }, (_, index) => ({
    taskArn: `arn:aws:ecs:eu-west-1:111122223333:task/demo/${index}`,
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    stoppedAtMs: NOW_MS - SECOND_MS,
    exits: [{ container: "app", exitCode: 1 }],
  }));
  const seen = staged({ taskSets: [stableSet(), freshSet({ healthyCount: 3, stops })] });
  expect(verify(seen)).toMatchObject({ kind: "roll-back", gate: "tasks" });
});

test.each([
  ["healthy", "reached"],
  ["regress", "roll-back"],
  ["error", "roll-back"],
  ["insufficient", "roll-back"],
] as const)("checks that are %s: %s", (kind, expected) => {
  expect(verify(staged(), smoke(kind))).toMatchObject({
    kind: expected,
    reason: expect.stringMatching(/GET \/version/),
  });
});

test("does not judge the old version where the test route leads to that", () => {
  expect(verify(staged({ testRoute: testRoute(BLUE) })).kind).not.toBe("measure");
});
