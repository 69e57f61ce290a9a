import { describe, expect, test } from "vitest";
import { cohortListeners, cohortProblems } from "../../../../src/core/preflight/cohorts.ts";
import type { RouteUser } from "../../../../src/core/preflight/infrastructure.ts";
import { groupProblems } from "../../../../src/core/preflight/routes.ts";
import { infrastructure } from "../infrastructure.ts";
import { BLUE, GREEN, LISTENER, ROLLOUT, RULE, spec, TEST_RULE } from "../world.ts";

const PRODUCTION = { kind: "listener-rule", arn: RULE } as const;
const OTHER_LISTENER = LISTENER.replace(/[^/]+$/, "0123456789abcdef");

const headerStep = (...values: readonly string[]) => ({ route: { header: { name: "x-beta", values } } });
const cookieStep = (...values: readonly string[]) => ({ route: { cookie: { name: "beta", values } } });
const canary = (...steps: readonly object[]) =>
  spec({ strategy: "canary", steps: [...steps, { weight: 50 }] });

const production = (given: Partial<NonNullable<RouteUser["rule"]>> = {}, more: Partial<RouteUser> = {}) => ({
  arn: RULE,
  groupArns: [BLUE, GREEN],
  rule: { priority: 10, values: 1, wildcards: 1, ...given },
  ...more,
});
const rule = (key: string, priority: number, more: Partial<RouteUser> = {}): RouteUser => ({
  arn: RULE.replace(/[^/]+$/, key),
  groupArns: [],
  rule: { priority, values: 1, wildcards: 0 },
  ...more,
});
const cohortRule = (rollout: string, priority: number, step = 0): RouteUser =>
  rule(`c${step}`, priority, { groupArns: [GREEN], cohort: { rollout, routeArn: RULE, step } });

const problemsOf = (steps: readonly object[], users: readonly RouteUser[], unfinished: string[] = []) =>
  cohortProblems(canary(...steps), ROLLOUT, [PRODUCTION], infrastructure({ users, unfinished }));

const many = (count: number) => Array.from({ length: count }, (_, index) => rule(`${index}`, 100 + index));

describe("what keeps a cohort's rule from being created", () => {
  test.each<[string, readonly object[], readonly RouteUser[], RegExp]>([
    [
      "no priority free",
      [headerStep("1")],
      [production(), rule("9", 9)],
      /1 free priority right before its priority 10.*there are 0/,
    ],
    [
      "one free, two steps",
      [headerStep("1"), cookieStep("1")],
      [production(), rule("8", 8)],
      /2 free priorities .*there is 1/,
    ],
    [
      "a production rule right behind another",
      [headerStep("1")],
      [production(), rule("9", 9, { groupArns: [BLUE, GREEN] })],
      /there are 0/,
    ],
    [
      "too many values",
      [headerStep("1", "2")],
      [production({ values: 4 })],
      /4 values.*header x-beta \(2 values\)/,
    ],
    ["too many wildcards", [cookieStep("1")], [production({ wildcards: 4 })], /4 wildcards.*cookie beta/],
    ["sign-in by OIDC", [headerStep("1")], [production({}, { signsInByOidc: true })], /authenticate-oidc/],
    ["a full load balancer", [headerStep("1")], [production(), ...many(99)], /has 100 rules, .* 1 more/],
    ["another rollout's rule", [], [production(), cohortRule("r0", 9)], /rollout r0 made this rule/],
  ])("%s", (_what, steps, users, message) => {
    expect(problemsOf(steps, users)).toMatchObject([
      { onlyRelease: true, message: expect.stringMatching(message) },
    ]);
  });

  test.each<[string, readonly object[], readonly RouteUser[], string[]]>([
    ["room for one", [headerStep("1")], [production(), rule("8", 8), rule("11", 11)], []],
    [
      "its own rule stands already",
      [headerStep("1")],
      [production(), cohortRule(ROLLOUT, 9), rule("8", 8)],
      [],
    ],
    ["as many values as there can be", [headerStep("1", "2", "3")], [production({ values: 2 })], []],
    ["a full rule without a route step", [], [production({ values: 5 }), rule("9", 9)], []],
    ["OIDC without a route step", [], [production({}, { signsInByOidc: true })], []],
    ["the hundredth rule", [headerStep("1")], [production(), ...many(98)], []],
    ["its own among a hundred", [headerStep("1")], [production(), ...many(98), cohortRule(ROLLOUT, 9)], []],
    [
      "rules of other listeners",
      [headerStep("1")],
      [production(), { ...rule("9", 9), arn: TEST_RULE.replace(/[^/]+\/[^/]+$/, "0123456789abcdef/9") }],
      [],
    ],
    ["a rollout that is under way", [], [production(), cohortRule("r0", 9)], ["r0"]],
  ])("nothing: %s", (_what, steps, users, unfinished) => {
    expect(problemsOf(steps, users, unfinished)).toEqual([]);
  });

  test("a default action has room while the last priority is free", () => {
    const listener = { kind: "listener", arn: LISTENER } as const;
    const problems = (last: number) =>
      cohortProblems(
        canary(headerStep("1")),
        ROLLOUT,
        [listener],
        infrastructure({ users: [{ arn: LISTENER, groupArns: [BLUE, GREEN] }, rule("last", last)] }),
      );
    expect(problems(49_999)).toEqual([]);
    expect(problems(50_000)).toMatchObject([{ message: expect.stringContaining("after all other rules") }]);
  });
});

test("cohort rules are no unlisted users of the groups; any other rule is one", () => {
  const problems = (user: RouteUser) =>
    groupProblems(
      [BLUE, GREEN],
      [PRODUCTION],
      { kind: "listener-rule", arn: TEST_RULE },
      infrastructure({ users: [production(), user] }),
    );
  expect(problems(cohortRule(ROLLOUT, 9))).toEqual([]);
  expect(problems(rule("9", 9, { groupArns: [GREEN] }))).toHaveLength(1);
});

describe("where cohort rules may stand", () => {
  const other = { kind: "listener", arn: OTHER_LISTENER } as const;
  const listeners = (steps: readonly object[], users: readonly RouteUser[]) =>
    cohortListeners(canary(...steps), [PRODUCTION, other], infrastructure({ users }));
  test.each<[string, readonly object[], readonly RouteUser[], readonly string[]]>([
    ["nowhere without route steps", [], [production()], []],
    ["before every production route", [headerStep("1")], [production()], [LISTENER, OTHER_LISTENER]],
    ["where one was found", [], [production(), cohortRule("r0", 9)], [LISTENER]],
  ])("%s", (_what, steps, users, expected) => {
    expect(listeners(steps, users)).toEqual(expected);
  });
});
