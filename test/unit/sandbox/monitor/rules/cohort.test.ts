import { describe, expect, test } from "vitest";
import type { RouteFacts } from "../../../../../sandbox/monitor/routes.ts";
import { assessNewCohorts, findMisplaced } from "../../../../../sandbox/monitor/rules/cohort.ts";
import { findOrphans } from "../../../../../sandbox/monitor/rules/orphan.ts";
import { findClashes } from "../../../../../sandbox/monitor/rules/two-rollouts.ts";
import { assessWeightFirst } from "../../../../../sandbox/monitor/rules/weight-first.ts";
import type { ServiceState, SetState } from "../../../../../sandbox/monitor/state.ts";
import { group, newSet, route, service, stableSet } from "./states.ts";

const rule = { ...route({ green: 1 }), arn: "cohort", label: "rule 9 of web:80" };
const NOW_MS = 100_000;

describe("a healthy target before a cohort's rule", () => {
  const made = (fresh: Partial<SetState>, before: Partial<ServiceState> = {}) =>
    assessNewCohorts(service(before), service({ cohorts: [rule], sets: [stableSet(), newSet(fresh)] }));

  test.each<[string, Partial<SetState>]>([
    ["nobody healthy", { healthyCount: 0 }],
    ["only tasks that are about to be stopped", { computedCount: 0 }],
    ["only a set that drains", { live: false }],
  ])("is broken: %s", (_what, fresh) => {
    expect(made(fresh)).toEqual([
      "orders: rule 9 of web:80 was made to send users to green, where no target was healthy.",
    ]);
  });

  test("is kept with one, and not asked of a rule that stood before", () => {
    expect(made({ healthyCount: 1 })).toEqual([]);
    expect(made({ healthyCount: 0 }, { cohorts: [rule] })).toEqual([]);
  });
});

describe("where a cohort's rule stands", () => {
  const facts = (arn: string, priority: number, more: Partial<RouteFacts> = {}): RouteFacts => ({
    arn,
    ruleArn: arn,
    listenerArn: "listener",
    label: `rule ${priority}`,
    priority,
    isCohort: false,
    actions: [],
    settings: {},
    weights: {},
    appliedWeights: {},
    ...more,
  });
  const production = facts("production", 10);
  const cohort = facts("cohort", 8, { isCohort: true });
  const misplaced = (before: readonly RouteFacts[], after: readonly RouteFacts[]) =>
    findMisplaced(before, after, (arn) => arn === "production");

  test.each<[string, readonly RouteFacts[]]>([
    ["before somebody else's rule", [cohort, facts("other", 9), production]],
    [
      "after the production route",
      [facts("cohort", 11, { isCohort: true }), production, facts("default", Number.POSITIVE_INFINITY)],
    ],
    ["on another listener", [{ ...cohort, listenerArn: "other" }, production]],
  ])("is wrong: %s", (_what, after) => {
    expect(misplaced([production], after)).toHaveLength(1);
  });

  test.each<[string, readonly RouteFacts[], readonly RouteFacts[]]>([
    ["right before it", [production], [cohort, production, facts("other", 11)]],
    ["before another cohort's", [production], [cohort, facts("second", 9, { isCohort: true }), production]],
    ["somebody put a rule there later", [cohort, production], [cohort, facts("other", 9), production]],
    ["no cohort's", [production], [facts("new", 8), facts("other", 9), production]],
  ])("is right: %s", (_what, before, after) => {
    expect(misplaced(before, after)).toEqual([]);
  });
});

describe("a set that a cohort is sent to", () => {
  const write = (after: Partial<SetState>, given: Partial<ServiceState> = {}) => {
    const at = (fresh: Partial<SetState>) =>
      service({ cohorts: [rule], sets: [stableSet(), newSet(fresh)], ...given });
    return assessWeightFirst(at({}), at(after), "ecs-svc/2", NOW_MS);
  };
  const gone = { live: false, scalePercent: 0, computedCount: 0 };

  test.each<[string, Partial<SetState>, Partial<ServiceState>, RegExp]>([
    ["deleted", gone, {}, /was deleted while rule 9 of web:80 sent users to its group green/],
    ["scaled to nothing", { scalePercent: 0, computedCount: 0 }, {}, /tasks left: 0/],
    [
      "deleted too soon after the rule",
      gone,
      { cohorts: [], groups: [group("blue"), group("green", { lostWeightAtMs: NOW_MS - 29_000 })] },
      /29 s after its group green lost its weight/,
    ],
  ])("is broken: %s", (_what, after, given, sentence) => {
    expect(write(after, given)).toMatch(sentence);
  });

  test.each<[string, Partial<SetState>, Partial<ServiceState>]>([
    ["one task is left", { scalePercent: 25, computedCount: 1 }, {}],
    ["the rule leads elsewhere", gone, { cohorts: [route({ blue: 1 })] }],
    [
      "the deregistration delay is over",
      gone,
      { cohorts: [], groups: [group("blue"), group("green", { lostWeightAtMs: NOW_MS - 30_000 })] },
    ],
  ])("is kept: %s", (_what, after, given) => {
    expect(write(after, given)).toBeUndefined();
  });
});

test("a cohort's rule to a group without a target is an orphan; to one with a target it is none", () => {
  const empty = group("green", { healthyCount: 0, registeredCount: 0 });
  const found = (registered: typeof empty) =>
    findOrphans(service({ cohorts: [rule], groups: [group("blue"), registered], sets: [stableSet()] }));
  expect(found(empty)).toMatchObject([
    { key: "cohort green", kind: "abandoned", message: expect.stringContaining("100 % of rule 9 of web:80") },
  ]);
  expect(found(group("green", { registeredCount: 1 }))).toEqual([]);
});

test("a cohort is traffic: two rollouts must not both have some", () => {
  const second = newSet({ id: "ecs-svc/3", rollout: "r2" });
  const sets = [stableSet(), newSet(), second];
  expect(findClashes(service({ cohorts: [rule], sets }))).toHaveLength(1);
  expect(findClashes(service({ sets }))).toEqual([]);
});
