import { describe, expect, test } from "vitest";
import { findOrphans } from "../../../../../sandbox/monitor/rules/orphan.ts";
import { findClashes } from "../../../../../sandbox/monitor/rules/two-rollouts.ts";
import { assessRequest } from "../../../../../sandbox/monitor/rules/unhealthy-target.ts";
import type { ServiceState } from "../../../../../sandbox/monitor/state.ts";
import { group, newSet, route, service, stableSet } from "./states.ts";

const second = (given: Parameters<typeof newSet>[0] = {}) =>
  newSet({ id: "ecs-svc/3", rollout: "r2", ...given });
const shared = [route({ blue: 90, green: 10 })];

describe("two rollouts", () => {
  test.each<[string, Partial<ServiceState>]>([
    ["in one group", { routes: shared, sets: [stableSet(), newSet(), second()] }],
    [
      "in two groups",
      { routes: [route({ green: 1, red: 1 })], sets: [newSet(), second({ groupArn: "red" })] },
    ],
    [
      "on two routes",
      { routes: [route({ green: 1 }), route({ red: 1 })], sets: [newSet(), second({ groupArn: "red" })] },
    ],
  ])("is broken: %s", (_what, given) => {
    expect(findClashes(service(given))).toEqual([
      {
        key: "ecs-svc/2 ecs-svc/3",
        message:
          "orders: task sets ecs-svc/2 (rollout r1) and ecs-svc/3 (rollout r2) have weight at the same time.",
      },
    ]);
  });

  test.each<[string, Partial<ServiceState>]>([
    ["no weight", { sets: [stableSet(), newSet(), second()] }],
    ["one rollout's two sets", { routes: shared, sets: [newSet(), second({ rollout: "r1" })] }],
    ["the second has nobody healthy", { routes: shared, sets: [newSet(), second({ healthyCount: 0 })] }],
    ["the second drains", { routes: shared, sets: [newSet(), second({ live: false })] }],
    ["the second is stable", { routes: shared, sets: [newSet(), second({ role: "stable" })] }],
  ])("is kept: %s", (_what, given) => {
    expect(findClashes(service(given))).toEqual([]);
  });
});

const empty = { healthyCount: 0, registeredCount: 0 };

describe("orphans", () => {
  const groups = [group("blue"), group("green", empty)];
  test.each<[string, Partial<ServiceState>, string]>([
    ["without a set", { routes: shared, groups, sets: [stableSet()] }, "abandoned"],
    ["the set drains", { routes: shared, groups, sets: [newSet({ live: false })] }, "abandoned"],
    ["the set has never stood", { routes: shared, groups, sets: [newSet({ stood: false })] }, "abandoned"],
    [
      "the set asks for no tasks",
      { routes: shared, groups, sets: [newSet({ computedCount: 0 })] },
      "abandoned",
    ],
    ["its tasks have died", { routes: shared, groups, sets: [newSet()] }, "died"],
    [
      "the weight is not yet gone from the data plane",
      { routes: [route({ blue: 1, green: 0 }, { blue: 1, green: 1 })], groups, sets: [] },
      "abandoned",
    ],
  ])("%s", (_what, given, kind) => {
    expect(findOrphans(service(given))).toMatchObject([{ key: "rule green", kind }]);
  });

  test.each<[string, Partial<ServiceState>]>([
    ["no weight", { groups, sets: [] }],
    ["the weight is not yet on the data plane", { routes: [route({ green: 1 }, { blue: 1 })], groups }],
    ["targets are there", { routes: shared, sets: [] }],
    ["the service has never served", { routes: shared, groups, sets: [], served: false }],
    ["no task is desired", { routes: shared, groups, desiredCount: 0 }],
  ])("none: %s", (_what, given) => {
    expect(findOrphans(service(given))).toEqual([]);
  });
});

describe("requests to targets that are not healthy", () => {
  const request = { targetGroupArn: "green", target: "10.0.0.10:8080", health: "initial", chosenAtMs: 5000 };
  const failing = [group("blue"), group("green", { healthyCount: 0, registeredCount: 2 })];
  test.each<[string, Partial<ServiceState>, Partial<typeof request>, string | undefined]>([
    ["others are healthy", {}, {}, "violation"],
    ["nobody is, nor has been", { groups: failing, sets: [newSet({ stood: false })] }, {}, "violation"],
    ["nobody is, and the set drains", { groups: failing, sets: [newSet({ live: false })] }, {}, "violation"],
    ["nobody is any more", { groups: failing }, { health: "unhealthy" }, "fail-open"],
    ["nobody was when it was chosen", { groups: [group("green", { emptyUntilMs: 5001 })] }, {}, "fail-open"],
    [
      "somebody was when it was chosen",
      { groups: [group("green", { emptyUntilMs: 4999 })] },
      {},
      "violation",
    ],
    ["the target is healthy", {}, { health: "healthy" }, undefined],
    ["the group is not this service's", {}, { targetGroupArn: "red" }, undefined],
    ["the service has never served", { served: false }, {}, undefined],
  ])("%s", (_what, given, change, kind) => {
    expect(assessRequest(service(given), { ...request, ...change })?.kind).toBe(kind);
  });

  test("says which target, and how its group fared", () => {
    expect(assessRequest(service({ groups: failing }), request)?.message).toBe(
      "orders: a request went to 10.0.0.10:8080 of green while it was initial; 0 of 2 registered targets were healthy.",
    );
  });
});
