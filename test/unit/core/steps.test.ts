import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstPercent } from "../../../src/core/decide/size.ts";
import { batchTasks, stepsOf, weightSteps } from "../../../src/core/steps.ts";
import { spec } from "./world.ts";

const MINUTE_MS = 60_000;
const weight = (percent: number, bakeMinutes: number) => ({
  kind: "weight",
  percent,
  bakeMs: bakeMinutes * MINUTE_MS,
});
const canary = (steps?: readonly object[], more: object = {}) =>
  stepsOf(spec({ strategy: "canary", ...(steps ? { steps } : {}), ...more }), 4);
const rolling = (size: number | string, more: object = {}) =>
  spec({ strategy: "rolling", batch: { size, ...more } });

test("blue-green is one step, of all traffic, baked as the service says", () => {
  expect(stepsOf(spec({ bake: "20m" }), 4)).toEqual([weight(100, 20)]);
});

test("blue-green with a split has both versions side by side for a while, staged for all of it", () => {
  const split = spec({ strategy: "blue-green", split: null });
  expect(stepsOf(split, 4)).toEqual([weight(10, 2), weight(100, 10)]);
  expect(firstPercent({ spec: split }, 4)).toBe(100);
  const own = spec({ strategy: "blue-green", split: { weight: 25, bake: "5m" } });
  expect(stepsOf(own, 4)).toEqual([weight(25, 5), weight(100, 10)]);
});

describe("canary", () => {
  test("goes by 5, 25, 50 and 100 where nothing is said, each baked for 5m, the last as the service says", () => {
    expect(canary()).toEqual([weight(5, 5), weight(25, 5), weight(50, 5), weight(100, 10)]);
    expect(canary(undefined, { bake: "1h" }).at(-1)).toEqual(weight(100, 60));
  });

  test("a last step of 100 is added to steps that end before it, an approval among them", () => {
    expect(canary([{ weight: 10, bake: "2m" }])).toEqual([weight(10, 2), weight(100, 10)]);
    expect(canary([{ weight: 10 }, { approve: true }]).map((step) => step.kind)).toEqual([
      "weight",
      "approve",
      "weight",
    ]);
  });

  test("a step of 100 is not added twice; its own bake wins over the service's", () => {
    expect(canary([{ weight: 100 }])).toEqual([weight(100, 10)]);
    expect(canary([{ weight: 10 }, { weight: 100, bake: "3m" }])).toEqual([weight(10, 5), weight(100, 3)]);
    expect(canary([{ weight: 100, bake: "0s" }])).toEqual([weight(100, 0)]);
  });

  test("an approval has words, its own or ours", () => {
    expect(canary([{ approve: true }, { approve: "Look at the orders." }]).slice(0, 2)).toEqual([
      { kind: "approve", text: "a person has to approve" },
      { kind: "approve", text: "Look at the orders." },
    ]);
  });

  test("a route step names its cohort", () => {
    const header = { name: "x-beta", values: ["1", "yes*"] };
    const cookie = { name: "beta", values: ["on"] };
    const steps = canary([{ route: { header } }, { route: { cookie }, bake: "1m" }, { weight: 50 }]);
    expect(steps.slice(0, 2)).toEqual([
      { kind: "route", cohort: { kind: "header", ...header }, bakeMs: 5 * MINUTE_MS },
      { kind: "route", cohort: { kind: "cookie", ...cookie }, bakeMs: MINUTE_MS },
    ]);
  });

  test("weightSteps are those with a percentage", () => {
    const given = spec({ strategy: "canary", steps: [{ approve: true }, { weight: 50 }, { approve: true }] });
    expect(weightSteps(given, 4)).toEqual([weight(50, 5), weight(100, 10)]);
  });
});

describe("rolling", () => {
  const cases: readonly (readonly [desired: number, size: number | string, percents: readonly number[]])[] = [
    [1, "25%", [100]],
    [1, 3, [100]],
    [2, "25%", [50, 100]],
    [2, 3, [100]],
    [3, 1, [100 / 3, 200 / 3, 100]],
    [3, "25%", [100 / 3, 200 / 3, 100]],
    [4, "25%", [25, 50, 75, 100]],
    [4, 3, [75, 100]],
    [4, "100%", [100]],
    [7, "25%", [100 / 7, 200 / 7, 300 / 7, 400 / 7, 500 / 7, 600 / 7, 100]],
    [7, 3, [300 / 7, 600 / 7, 100]],
    [10, "25%", [20, 40, 60, 80, 100]],
    [10, 3, [30, 60, 90, 100]],
    [10, 40, [100]],
  ];
  test.each(cases)("%d tasks by %s", (desired, size, percents) => {
    const seen = weightSteps(rolling(size), desired).map(({ percent }) => percent);
    expect(seen).toHaveLength(percents.length);
    for (const [index, percent] of percents.entries()) expect(seen[index]).toBeCloseTo(percent, 9);
  });

  test("every batch but the last bakes as the batch says, the last as the service does", () => {
    const steps = weightSteps(rolling(1, { bake: "2m" }), 3).map(({ bakeMs }) => bakeMs / MINUTE_MS);
    expect(steps).toEqual([2, 2, 10]);
  });

  test("a service of no tasks has one step", () => {
    expect(weightSteps(rolling("25%"), 0)).toEqual([weight(100, 10)]);
  });

  test("rises strictly by whole tasks, never more than a batch, never more than the size asked for, to 100", () => {
    const size = fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), size, (desired, asked) => {
        const percents = weightSteps(rolling(asked), desired).map(({ percent }) => percent);
        const most = batchTasks(rolling(asked), desired);
        const allowed =
          typeof asked === "number" ? asked : Math.max(1, (desired * Number.parseInt(asked, 10)) / 100);
        expect(most).toBeLessThanOrEqual(allowed);
        let before = 0;
        for (const percent of percents) {
          const tasks = (percent * desired) / 100;
          expect(Math.abs(tasks - Math.round(tasks))).toBeLessThan(1e-9);
          expect(Math.round(tasks)).toBeGreaterThan(before);
          expect(Math.round(tasks) - before).toBeLessThanOrEqual(most);
          before = Math.round(tasks);
        }
        expect(percents.at(-1)).toBe(100);
      }),
      { numRuns: 300 },
    );
  });
});

test("canary steps rise strictly and end at 100, whatever weights are given", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (weights) => {
      const given = [...weights].sort((a, b) => a - b).map((percent) => ({ weight: percent }));
      const percents = weightSteps(spec({ strategy: "canary", steps: given }), 3).map((step) => step.percent);
      expect(percents).toEqual([...new Set([...given.map((step) => step.weight), 100])]);
    }),
    { numRuns: 200 },
  );
});
