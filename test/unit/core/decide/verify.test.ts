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

test("does not ask a version that is not staged", () => {
  const seen = staged({ taskSets: [stableSet(), freshSet({ healthyCount: 3 })] });
  expect(verify(seen)).toMatchObject({
    kind: "refuse",
    reason: expect.stringMatching(/not staged: 3 of 4 targets healthy/),
  });
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
