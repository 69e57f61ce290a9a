import { describe, expect, test } from "vitest";
import { assessCapacity } from "../../../../../sandbox/monitor/rules/capacity-before-weight.ts";
import { assessBelowDesired, findSurge } from "../../../../../sandbox/monitor/rules/rolling.ts";
import { assessStableShrunk } from "../../../../../sandbox/monitor/rules/stable-shrunk.ts";
import type { ServiceState, SetState, Weights } from "../../../../../sandbox/monitor/state.ts";
import { group, newSet, route, service, stableSet } from "./states.ts";

/** A set of as many tasks as its scale asks for of four, all healthy. */
const sized = (tasks: number, more: Partial<SetState> = {}): Partial<SetState> => ({
  scalePercent: tasks * 25,
  computedCount: tasks,
  healthyCount: tasks,
  taskCount: tasks,
  provenCount: tasks,
  ...more,
});

const rolling = (
  stable: Partial<SetState>,
  fresh: Partial<SetState>,
  more: Partial<ServiceState> = {},
): ServiceState =>
  service({
    routes: [route({ blue: 50, green: 50 })],
    sets: [stableSet(stable), newSet({ rolling: true, ...fresh })],
    ...more,
  });

const byTheOld = (to: Partial<SetState>, fresh: Partial<SetState>, more: Partial<ServiceState> = {}) =>
  assessBelowDesired(
    rolling(sized(4), fresh, more),
    rolling({ ...sized(4), ...to }, fresh, more),
    "ecs-svc/1",
  );

/** Scaled down by a write: its tasks are still healthy at that moment. */
const asksFor = (tasks: number): Partial<SetState> => ({ scalePercent: tasks * 25, computedCount: tasks });

describe("healthy tasks never fewer than desired", () => {
  test.each<[string, Partial<SetState>, Partial<SetState>, Partial<ServiceState>, RegExp]>([
    [
      "one more than the new ones make up for",
      asksFor(1),
      sized(2),
      {},
      /left 3 of the 4 .* before it were 6/,
    ],
    ["the new ones are not healthy yet", asksFor(2), sized(2, { healthyCount: 1 }), {}, /left 3/],
    [
      "the new ones have no weight yet",
      asksFor(2),
      sized(2),
      { routes: [route({ blue: 1, green: 0 })] },
      /left 2/,
    ],
    ["the new ones are about to be stopped", asksFor(2), sized(1, { healthyCount: 2 }), {}, /left 3/],
    ["deleted too early", { live: false, ...asksFor(0) }, sized(3), {}, /was deleted, which left 3/],
    [
      "it was too few already",
      asksFor(2),
      sized(1),
      { desiredCount: 8 },
      /left 3 of the 8 .* before it were 5/,
    ],
  ])("is broken: %s", (_what, to, fresh, more, sentence) => {
    expect(byTheOld(to, fresh, more)).toMatch(sentence);
  });

  test.each<[string, Partial<SetState>, Partial<SetState>, Partial<ServiceState>]>([
    ["exactly as many as the new ones make up for", asksFor(2), sized(2), {}],
    [
      "with a cohort's rule instead of weight",
      asksFor(2),
      sized(2),
      { routes: [route({ blue: 1, green: 0 })], cohorts: [route({ green: 1 })] },
    ],
    ["not made smaller", {}, sized(1), { desiredCount: 8 }],
    ["without weight", asksFor(0), sized(4), { routes: [route({ blue: 0, green: 1 })] }],
    ["no rolling rollout", asksFor(1), sized(2, { rolling: false }), {}],
    ["the new set is being deleted", asksFor(1), sized(2, { live: false }), {}],
  ])("is kept: %s", (_what, to, fresh, more) => {
    expect(byTheOld(to, fresh, more)).toBeUndefined();
  });

  test("holds for the new set, too", () => {
    const shrunk = (tasks: number) =>
      assessBelowDesired(
        rolling(sized(2), sized(2)),
        rolling(sized(2), { ...sized(2), ...asksFor(tasks) }),
        "ecs-svc/2",
      );
    expect(shrunk(1)).toMatch(/task set ecs-svc\/2 was scaled down, which left 3/);
    expect(shrunk(2)).toBeUndefined();
  });
});

describe("no more tasks than a batch above desired", () => {
  const surge = (
    stable: number,
    fresh: number,
    more: Partial<SetState> = {},
    of: Partial<ServiceState> = {},
  ) => findSurge(rolling(sized(stable), { ...sized(fresh), ...more }, of), 1);

  test("is broken by one task more", () => {
    expect(surge(4, 2)).toBe(
      "orders: 6 tasks run or are about to; a rolling rollout may have 1 above the 4 desired.",
    );
    expect(surge(4, 1)).toBeUndefined();
  });

  test.each<[string, string | undefined]>([
    ["no rolling rollout", surge(4, 4, { rolling: false })],
    ["the new set drains", surge(4, 4, { live: false })],
    ["the old set is gone", surge(4, 4, { replaces: undefined })],
    ["it was taken back", surge(4, 4, {}, { aborted: "r1" })],
    ["it had all the traffic: the way back after the promotion", surge(4, 4, { primary: true })],
  ])("is kept: %s", (_what, found) => {
    expect(found).toBeUndefined();
  });

  test("another rollout that was taken back excuses nothing", () => {
    expect(surge(4, 2, {}, { aborted: "r0" })).toMatch(/6 tasks/);
  });
});

describe("the way back to an old set that was made smaller", () => {
  const back = (to: Weights, stable: Partial<SetState>, fresh: Partial<SetState> = { rolling: true }) => {
    const at = (weights: Weights): ServiceState =>
      service({
        routes: [route(weights)],
        groups: [group("blue"), group("green")],
        sets: [stableSet(stable), newSet(fresh)],
      });
    return assessCapacity(at({ blue: 25, green: 75 }), at(to));
  };

  test.each<[string, Weights, Partial<SetState>]>([
    ["more than it runs", { blue: 50, green: 50 }, sized(1)],
    [
      "more than has grown so far",
      { blue: 76, green: 24 },
      sized(4, { healthyCount: 3, provenCount: 3, growing: true }),
    ],
    [
      "the desired count rose, and its tasks are still to come",
      { blue: 100, green: 0 },
      sized(4, { healthyCount: 2, provenCount: 2, growing: false }),
    ],
  ])("is broken: %s", (_what, to, stable) => {
    expect(back(to, stable)).toHaveLength(1);
  });

  test.each<[string, Weights, Partial<SetState>]>([
    [
      "as far as it has grown",
      { blue: 75, green: 25 },
      sized(4, { healthyCount: 3, provenCount: 3, growing: true }),
    ],
    [
      "tasks that it had, and that died by themselves",
      { blue: 75, green: 25 },
      sized(4, { healthyCount: 1, provenCount: 3 }),
    ],
  ])("is kept: %s", (_what, to, stable) => {
    expect(back(to, stable)).toEqual([]);
  });

  test("without batches, a stable set that is to keep its size is excused while new tasks of it start", () => {
    const stable = sized(4, { healthyCount: 2, provenCount: 2 });
    expect(back({ blue: 100, green: 0 }, stable, {})).toEqual([]);
  });
});

test("the stable set of a rolling rollout may shrink; a later rollout of another kind may not do so", () => {
  const shrunk = (stable: Partial<SetState>, fresh: Partial<SetState>) => {
    const at = (size: Partial<SetState>) =>
      service({ sets: [stableSet({ ...stable, ...size }), newSet(fresh)] });
    return assessStableShrunk(at({}), at(asksFor(2)), "ecs-svc/1", 1000);
  };
  expect(shrunk({}, { rolling: true })).toBeUndefined();
  expect(shrunk({ rolling: true }, {})).toMatch(/stable task set ecs-svc\/1 was scaled to 50 %/);
});
