import { describe, expect, test } from "vitest";
import { assessCapacity } from "../../../../../sandbox/monitor/rules/capacity-before-weight.ts";
import { assessStableShrunk } from "../../../../../sandbox/monitor/rules/stable-shrunk.ts";
import { assessWeightFirst } from "../../../../../sandbox/monitor/rules/weight-first.ts";
import type { GroupState, ServiceState, SetState, Weights } from "../../../../../sandbox/monitor/state.ts";
import { group, newSet, route, service, stableSet } from "./states.ts";

const NOW_MS = 100_000;

interface CapacityCase {
  readonly from: Weights;
  readonly to: Weights;
  readonly stable?: Partial<SetState>;
  readonly fresh?: Partial<SetState>;
  readonly blue?: Partial<GroupState>;
  readonly desired?: number;
}

const capacityOf = ({ from, to, stable, fresh, blue, desired = 4 }: CapacityCase): readonly string[] => {
  const at = (weights: Weights): ServiceState =>
    service({
      desiredCount: desired,
      routes: [route(weights)],
      groups: [group("blue", blue), group("green")],
      sets: [stableSet(stable), newSet(fresh)],
    });
  return assessCapacity(at(from), at(to));
};

describe("capacity before weight", () => {
  test.each<[string, CapacityCase]>([
    [
      "none healthy",
      { from: { blue: 100, green: 0 }, to: { blue: 99, green: 1 }, fresh: { healthyCount: 0 } },
    ],
    [
      "one too few",
      { from: { blue: 75, green: 25 }, to: { blue: 74, green: 26 }, fresh: { healthyCount: 1 } },
    ],
    [
      "only tasks of a set that drains",
      { from: { blue: 1, green: 0 }, to: { blue: 0, green: 1 }, fresh: { live: false } },
    ],
    [
      "healthy, but about to be stopped",
      { from: { blue: 1, green: 0 }, to: { blue: 0, green: 1 }, fresh: { computedCount: 3 } },
    ],
    [
      "back to a stable set that still grows",
      { from: { blue: 0, green: 1 }, to: { blue: 1, green: 0 }, stable: { healthyCount: 3, growing: true } },
    ],
    [
      "back to a stable set that asks for too few",
      {
        from: { blue: 0, green: 1 },
        to: { blue: 1, green: 0 },
        stable: { healthyCount: 3, computedCount: 3 },
      },
    ],
  ])("is broken: %s", (_what, given) => {
    expect(capacityOf(given)).toHaveLength(1);
  });

  test.each<[string, CapacityCase]>([
    [
      "enough, rounded up",
      { from: { blue: 1, green: 0 }, to: { blue: 3, green: 1 }, fresh: { healthyCount: 1 } },
    ],
    [
      "nothing raised",
      { from: { blue: 1, green: 1 }, to: { blue: 50, green: 50 }, fresh: { healthyCount: 0 } },
    ],
    ["lowered", { from: { blue: 1, green: 1 }, to: { blue: 2, green: 1 }, fresh: { healthyCount: 0 } }],
    [
      "back to the stable set, whose tasks died by themselves",
      { from: { blue: 0, green: 1 }, to: { blue: 1, green: 0 }, stable: { healthyCount: 1 } },
    ],
    [
      "flight from a group where nobody is healthy",
      {
        from: { blue: 1, green: 0 },
        to: { blue: 0, green: 1 },
        fresh: { healthyCount: 1 },
        blue: { healthyCount: 0 },
      },
    ],
    ["nothing desired", { from: { blue: 1 }, to: { green: 1 }, fresh: { healthyCount: 0 }, desired: 0 }],
  ])("is kept: %s", (_what, given) => {
    expect(capacityOf(given)).toEqual([]);
  });

  test("a route that is new is judged, too", () => {
    const after = service({ sets: [stableSet({ healthyCount: 3, growing: true })] });
    expect(assessCapacity(undefined, after)).toEqual([
      "orders: rule 10 of web:80 raised blue from 0 % to 100 % of the traffic, which needs 4 of the 4 desired tasks healthy; 3 were.",
    ]);
  });
});

interface ShrinkCase {
  readonly weights: Weights;
  readonly green?: Partial<GroupState>;
  /** The new set after the write. */
  readonly after: Partial<SetState>;
  readonly before?: Partial<SetState>;
  readonly others?: readonly SetState[];
}

const weightFirst = ({ weights, green, after, before, others = [] }: ShrinkCase): string | undefined => {
  const at = (fresh: Partial<SetState>): ServiceState =>
    service({
      routes: [route(weights)],
      groups: [group("blue"), group("green", green)],
      sets: [stableSet(), newSet(fresh), ...others],
    });
  return assessWeightFirst(at(before ?? {}), at(after), "ecs-svc/2", NOW_MS);
};

const deleted = { live: false, scalePercent: 0, computedCount: 0 };
const half = { scalePercent: 50, computedCount: 2 };
const another = (healthyCount: number) => newSet({ id: "ecs-svc/3", healthyCount });

describe("weight first", () => {
  test.each<[string, ShrinkCase, RegExp]>([
    ["deleted with weight", { weights: { blue: 99, green: 1 }, after: deleted }, /deleted while .* 1 % of/],
    ["too small for its weight", { weights: { blue: 49, green: 51 }, after: half }, /needed: 3, left: 2/],
    [
      "another set in the group has too few",
      { weights: { blue: 1, green: 1 }, after: deleted, others: [another(1)] },
      /needed: 2, left: 1/,
    ],
    [
      "within the deregistration delay",
      { weights: { blue: 1, green: 0 }, after: half, green: { lostWeightAtMs: NOW_MS - 29_900 } },
      /scaled from 100 % to 50 % 29.9 s after .* delay is 30 s/,
    ],
  ])("is broken: %s", (_what, given, sentence) => {
    expect(weightFirst(given)).toMatch(sentence);
  });

  test.each<[string, ShrinkCase]>([
    ["never had weight", { weights: { blue: 1, green: 0 }, after: deleted }],
    ["large enough for its weight", { weights: { blue: 1, green: 1 }, after: half }],
    ["another set carries it", { weights: { blue: 1, green: 1 }, after: deleted, others: [another(2)] }],
    [
      "the deregistration delay is over",
      { weights: { blue: 1, green: 0 }, after: deleted, green: { lostWeightAtMs: NOW_MS - 30_000 } },
    ],
    [
      "created after its group lost its weight",
      {
        weights: { blue: 1, green: 0 },
        before: { createdAtMs: NOW_MS - 10 },
        after: deleted,
        green: { lostWeightAtMs: NOW_MS - 20 },
      },
    ],
    ["scaled up", { weights: { blue: 0, green: 1 }, before: half, after: { computedCount: 0 } }],
    ["deleted before", { weights: { blue: 0, green: 1 }, before: deleted, after: deleted }],
    ["behind no target group", { weights: { green: 1 }, before: { groupArn: undefined }, after: deleted }],
  ])("is kept: %s", (_what, given) => {
    expect(weightFirst(given)).toBeUndefined();
  });
});

interface StableCase {
  readonly after: Partial<SetState>;
  readonly fullSinceMs?: number;
  readonly fresh?: Partial<SetState>;
  readonly routes?: ServiceState["routes"];
}

const stableShrunk = ({ after, fullSinceMs, fresh, routes }: StableCase): string | undefined => {
  const at = (stable: Partial<SetState>): ServiceState =>
    service({
      ...(routes && { routes }),
      groups: [group("blue"), group("green", { fullSinceMs })],
      sets: [stableSet(stable), newSet(fresh)],
    });
  return assessStableShrunk(at({}), at(after), "ecs-svc/1", NOW_MS);
};

test("the first set of a service that has never served may go at any time; any other may not", () => {
  const at = (fresh: Partial<SetState>, served: boolean): ServiceState =>
    service({ served, routes: [route({ blue: 0, green: 1 })], sets: [newSet(fresh)] });
  const shrunk = (unprovenFirst: boolean, served: boolean) =>
    assessWeightFirst(
      at({ unprovenFirst }, served),
      at({ unprovenFirst, ...deleted }, served),
      "ecs-svc/2",
      NOW_MS,
    );
  expect(shrunk(true, false)).toBeUndefined();
  expect(shrunk(true, true)).toMatch(/was deleted while/);
  expect(shrunk(false, false)).toMatch(/was deleted while/);
});

describe("the stable set keeps its size", () => {
  test.each<[string, StableCase, RegExp]>([
    ["scaled down before the shift", { after: half }, /scaled to 50 % .*does not have it now/],
    ["deleted before the shift", { after: deleted }, /ecs-svc\/1 was deleted before ecs-svc\/2/],
    ["too soon after it", { after: deleted, fullSinceMs: NOW_MS - 12_000 }, /has had it for 12 s/],
  ])("is broken: %s", (_what, given, sentence) => {
    expect(stableShrunk(given)).toMatch(sentence);
  });

  test.each<[string, StableCase]>([
    ["all traffic has been with the new set for long enough", { after: half, fullSinceMs: NOW_MS - 30_000 }],
    ["the new set is being deleted", { after: half, fresh: { live: false } }],
    ["nobody is to replace it", { after: half, fresh: { replaces: undefined } }],
    ["it is not made smaller", { after: {} }],
    ["there is no production route", { after: half, routes: [] }],
  ])("is kept: %s", (_what, given) => {
    expect(stableShrunk(given)).toBeUndefined();
  });
});
