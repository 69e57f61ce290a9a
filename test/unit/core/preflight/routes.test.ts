import { describe, expect, test } from "vitest";
import type { Infrastructure } from "../../../../src/core/preflight/infrastructure.ts";
import { groupProblems, groupsOf, routeProblems } from "../../../../src/core/preflight/routes.ts";
import { APP, BALANCER, group, infrastructure } from "../infrastructure.ts";
import { BLUE, GREEN, LISTENER, RULE, route, spec, TEST_RULE, THIRD, testRoute } from "../world.ts";

const PRODUCTION = { kind: "listener-rule", arn: RULE } as const;
const TEST = { kind: "listener-rule", arn: TEST_RULE } as const;

const OTHER = { kind: "listener", arn: LISTENER } as const;

test.each<[string, Partial<Infrastructure>, readonly (readonly [string, boolean])[]]>([
  ["nothing wrong", { routes: [route(100, 0), route(100, 0, OTHER), testRoute(BLUE)] }, []],
  [
    "no test rule: a rollback does without",
    { routes: [route(100, 0), route(100, 0, OTHER)] },
    [[TEST_RULE, true]],
  ],
  [
    "one of two production routes: a rollback works with the other",
    { routes: [route(100, 0), testRoute(BLUE)] },
    [[LISTENER, true]],
  ],
  [
    "no production route at all",
    { routes: [testRoute(BLUE)] },
    [
      [RULE, false],
      [LISTENER, false],
    ],
  ],
  [
    "a Network Load Balancer",
    {
      routes: [route(100, 0), route(100, 0, OTHER), testRoute(BLUE)],
      loadBalancers: [{ arn: BALANCER, type: "network", zones: [] }],
    },
    [[BALANCER, false]],
  ],
])("routes: %s", (_name, more, expected) => {
  const found = routeProblems([PRODUCTION, OTHER], TEST, infrastructure(more));
  expect(found.map((problem) => [problem.subject, problem.onlyRelease])).toEqual(expected);
});

test("a listener that is not there is called one", () => {
  expect(routeProblems([OTHER], TEST, infrastructure())).toMatchObject([
    { message: "there is no such listener" },
  ]);
});

describe("the two groups", () => {
  const weights = (...arns: readonly string[]) =>
    infrastructure({ routes: [route(0, 0, { weights: arns.map((groupArn) => ({ groupArn, weight: 1 })) })] });

  test.each([
    ["two on the route", weights(GREEN, BLUE), [GREEN, BLUE]],
    ["one, and one that was taken out", { ...weights(BLUE), tags: { idleGroup: GREEN } }, [BLUE, GREEN]],
    [
      "two, of which one was taken out once",
      { ...weights(BLUE, GREEN), tags: { idleGroup: GREEN } },
      [BLUE, GREEN],
    ],
  ])("%s", (_name, infra, groups) => {
    expect(groupsOf(spec(), [PRODUCTION], infra)).toEqual({ kind: "groups", groups });
  });

  test.each([
    ["none", weights(), "0 target groups (none)", /Add a second/],
    ["one", weights(BLUE), "1 target group (orders-blue)", /Add a second/],
    [
      "three",
      weights(BLUE, GREEN, THIRD),
      "3 target groups (orders-blue, orders-green, search)",
      /traffic.target-groups/,
    ],
  ])("%s: says so", (_name, infra, words, hint) => {
    expect(groupsOf(spec(), [PRODUCTION], infra)).toMatchObject({
      problems: [{ message: expect.stringContaining(words), hint: expect.stringMatching(hint) }],
    });
  });

  test("of a route that is not there: nothing but that is said", () => {
    expect(groupsOf(spec(), [PRODUCTION], infrastructure({ routes: [] }))).toEqual({
      kind: "problems",
      problems: [],
    });
  });
});

const set = (status: string, targetGroupArn: string) => ({
  id: "ecs-svc/9",
  status,
  targetGroupArn,
  container: APP,
});
const problems = (more: Partial<Infrastructure>) =>
  groupProblems([BLUE, GREEN], [PRODUCTION], TEST, infrastructure(more));

test.each<[string, Partial<Infrastructure>, boolean, RegExp]>([
  ["a group of another load balancer", { groups: [group(BLUE)] }, false, /no such target group/],
  [
    "targets of type lambda",
    { groups: [group(BLUE), group(GREEN, { targetType: "lambda" })] },
    false,
    /targets are of type lambda/,
  ],
  [
    "a production route without the idle group",
    { routes: [route(100, undefined), testRoute(BLUE)] },
    true,
    /does not forward to orders-green/,
  ],
  [
    "a production route without weight",
    { routes: [route(0, 0), testRoute(BLUE)] },
    true,
    /neither.*any weight/,
  ],
  [
    "a test route that leads elsewhere",
    { routes: [route(100, 0), testRoute(THIRD)] },
    true,
    /forwards to neither/,
  ],
  [
    "a rule that the spec does not list",
    { users: [{ arn: LISTENER, groupArns: [THIRD, GREEN] }] },
    true,
    /orders-green, but the spec does not list it/,
  ],
  [
    "a set in another service's group",
    { taskSets: [set("ACTIVE", THIRD)] },
    true,
    /target group search is not one of the two/,
  ],
])("%s", (_name, more, onlyRelease, message) => {
  expect(problems(more)).toMatchObject([{ onlyRelease, message: expect.stringMatching(message) }]);
});

test.each<[string, Partial<Infrastructure>]>([
  [
    "the idle group where a rollback took it out",
    { routes: [route(100, undefined), testRoute(BLUE)], tags: { idleGroup: GREEN } },
  ],
  ["a set that is leaving another group", { taskSets: [set("DRAINING", THIRD)] }],
  ["another service's rule", { users: [{ arn: LISTENER, groupArns: [THIRD] }] }],
  [
    "targets of type instance",
    { groups: [group(BLUE, { targetType: "instance" }), group(GREEN, { targetType: "instance" })] },
  ],
])("no problem: %s", (_name, more) => {
  expect(problems(more)).toEqual([]);
});
