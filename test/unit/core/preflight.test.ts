import { expect, test } from "vitest";
import type { Infrastructure } from "../../../src/core/preflight/infrastructure.ts";
import { preflight, toRef } from "../../../src/core/preflight.ts";
import { group, infrastructure, request } from "./infrastructure.ts";
import {
  BLUE,
  GREEN,
  LISTENER,
  NOW_MS,
  ROLLOUT,
  RULE,
  route,
  spec,
  TEST_RULE,
  THIRD,
  testRoute,
} from "./world.ts";

test("everything in order resolves to a plan without problems", () => {
  expect(preflight(request(), infrastructure())).toMatchObject({
    kind: "plan",
    problems: [],
    plan: {
      rollout: ROLLOUT,
      routes: [{ kind: "listener-rule", arn: RULE }],
      testRoute: { kind: "listener-rule", arn: TEST_RULE },
      groups: [BLUE, GREEN],
      zones: [],
      drainMs: 30_000,
      container: { name: "app", port: 8080 },
      imageContainer: "app",
      startedAtMs: NOW_MS,
    },
  });
});

test("drains by the longer of the two groups' delays", () => {
  const groups = [
    group(BLUE, { deregistrationDelayMs: 5_000 }),
    group(GREEN, { deregistrationDelayMs: 300_000 }),
  ];
  expect(preflight(request(), infrastructure({ groups }))).toMatchObject({ plan: { drainMs: 300_000 } });
});

test("asks for every zone where one of the groups keeps traffic in its zone", () => {
  const groups = [group(BLUE), group(GREEN, { crossZone: false })];
  expect(preflight(request(), infrastructure({ groups }))).toMatchObject({
    plan: { zones: ["eu-west-1a", "eu-west-1b"] },
  });
});

test("a spec with route steps has its listeners looked at for cohort rules, and no other", () => {
  const route = { header: { name: "x-beta", values: ["1"] } };
  const steps = (...more: readonly object[]) =>
    preflight(
      request({ spec: spec({ strategy: "canary", steps: [...more, { weight: 50 }] }) }),
      infrastructure(),
    );
  expect(steps({ route })).toMatchObject({ plan: { cohortListeners: [LISTENER] }, problems: [] });
  expect(steps()).toMatchObject({ plan: { cohortListeners: [] } });
});

test("the image may belong to another container than the one behind the load balancer", () => {
  expect(preflight(request({ spec: spec({ container: "log" }) }), infrastructure())).toMatchObject({
    plan: { imageContainer: "log", container: { name: "app" } },
  });
});

test("a group that a rollback took out of the route is remembered", () => {
  const parked = infrastructure({
    routes: [route(100, undefined), testRoute(BLUE)],
    tags: { idleGroup: GREEN },
  });
  expect(preflight(request(), parked)).toMatchObject({
    kind: "plan",
    problems: [],
    plan: { groups: [BLUE, GREEN] },
  });
});

test("the groups that the spec names win over those of the route", () => {
  const traffic = {
    production: [{ "listener-rule": RULE }],
    test: { "listener-rule": TEST_RULE },
    "target-groups": [BLUE, GREEN],
  };
  const weights = [...route(100, 0).weights, { groupArn: THIRD, weight: 1 }];
  const crowded = infrastructure({ routes: [route(0, 0, { weights }), testRoute(BLUE)] });
  expect(preflight(request(), crowded)).toMatchObject({ kind: "problems" });
  expect(preflight(request({ spec: spec({ traffic }) }), crowded)).toMatchObject({
    kind: "plan",
    problems: [],
  });
});

test("what keeps only a release from beginning comes with a plan: a rollback can use it", () => {
  const result = preflight(request(), infrastructure({ desiredCount: 0 }));
  expect(result).toMatchObject({ kind: "plan", problems: [{ onlyRelease: true }] });
});

test("everything wrong is told at once", () => {
  const wrong: Partial<Infrastructure> = {
    controller: "ECS",
    status: "DRAINING",
    desiredCount: 0,
    containers: ["web"],
    loadBalancers: [{ arn: "arn:nlb", type: "network", zones: [] }],
    routes: [testRoute(BLUE)],
  };
  const result = preflight(request(), infrastructure(wrong));
  expect(result.kind).toBe("problems");
  expect(result.problems.map((problem) => problem.message).join("\n")).toMatch(
    /controller is ECS.*is DRAINING.*desired count is 0.*no such listener rule.*network load balancer.*no container app/s,
  );
});

test("everything wrong is told at once: a missing test route hides nothing of a production route", () => {
  const traffic = {
    production: [{ "listener-rule": RULE }, { listener: LISTENER }],
    test: { "listener-rule": TEST_RULE },
  };
  const lacking = route(100, undefined, { kind: "listener", arn: LISTENER });
  const result = preflight(
    request({ spec: spec({ traffic }) }),
    infrastructure({ routes: [route(100, 0), lacking] }),
  );
  expect(result.problems.map((problem) => problem.subject)).toEqual([TEST_RULE, LISTENER]);
});

test("every problem says what to do next", () => {
  const everything = infrastructure({
    controller: "ECS",
    desiredCount: 0,
    routes: [],
    groups: [],
    taskSets: [],
  });
  for (const problem of preflight(request(), everything).problems) {
    expect(problem).toMatchObject({
      subject: expect.stringMatching(/./),
      hint: expect.stringMatching(/\.$/),
    });
  }
});

test("a route is a rule or a listener", () => {
  expect(toRef({ "listener-rule": RULE })).toEqual({ kind: "listener-rule", arn: RULE });
  expect(toRef({ listener: LISTENER })).toEqual({ kind: "listener", arn: LISTENER });
});
