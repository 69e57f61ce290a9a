import { describe, expect, test } from "vitest";
import type { Level, LevelPoint } from "../../../../src/core/levels.ts";
import { judgeSaturation } from "../../../../src/evidence/gates/saturation.ts";
import { atMs, PERIOD_MS } from "./readings.ts";

const gate = {
  "max-percent": 90,
  of: ["cpu" as const],
  periods: 3,
  period: PERIOD_MS,
  "dry-run": false,
};
const points = (percents: readonly number[], first = 0): readonly LevelPoint[] =>
  percents.map((percent, index) => ({ atMs: atMs(first + index), percent }));
const level = (before: readonly number[], since: readonly number[]): Level => ({
  before: points(before, -before.length),
  since: points(since),
});

test.each([
  ["below", [40, 40, 40], [50, 62], "healthy", "the whole service's CPU is used to 62 %, allowed are 90 %"],
  [
    "exactly the limit",
    [],
    [90, 90, 90],
    "healthy",
    "the whole service's CPU is used to 90 %, allowed are 90 %",
  ],
  ["above for a moment, and below again", [40], [50, 97, 97, 50], "healthy", "used to 50 %"],
  [
    "above, not long enough yet",
    [40],
    [50, 95, 97],
    "insufficient",
    "the whole service's CPU was used to 96 % for 2m, allowed are 90 %; 3m of that are a regression",
  ],
  [
    "above for long enough",
    [40, 42, 41],
    [95, 95, 95, 95],
    "regress",
    "the whole service's CPU was used to 95 % for 4m, allowed are 90 %; before the step 41 %",
  ],
  ["above for long enough at some time since the step", [41], [95, 95, 95, 20], "regress", "95 % for 3m"],
  ["above, with nothing known from before", [], [95, 95, 95], "regress", "95 % for 3m, allowed are 90 %"],
  [
    "above before the step already",
    [50, 95, 96, 97],
    [98, 98, 98],
    "insufficient",
    "the whole service's CPU was used to 98 % for 3m, allowed are 90 %; before the step 96 %: it was too high already",
  ],
  [
    "above long before the step, and fine right before it",
    [99, 99, 40, 40, 40],
    [95, 95, 95],
    "regress",
    "40 %",
  ],
  ["no data", [40], [], "insufficient", "the whole service's CPU has no figure since the step yet"],
])("%s: %s before, %s since: %s", (_name, before, since, kind, reason) => {
  const verdict = judgeSaturation({ cpu: level(before, since) }, gate);
  expect(verdict).toMatchObject({ kind, gate: "saturation", reason: expect.stringContaining(reason) });
  expect(verdict.isIncident).toBe(reason.includes("already") ? true : undefined);
});

describe("CPU and memory", () => {
  const both = { ...gate, of: ["cpu" as const, "memory" as const] };

  test("the worse of the two is the verdict", () => {
    const reading = { cpu: level([40], [50]), memory: level([40], [95, 95, 95]) };
    expect(judgeSaturation(reading, both)).toMatchObject({
      kind: "regress",
      reason: "the whole service's memory was used to 95 % for 3m, allowed are 90 %; before the step 40 %",
    });
  });

  test("one without data is no pass of both", () => {
    expect(judgeSaturation({ cpu: level([40], [50]) }, both).kind).toBe("insufficient");
  });

  test("what is not asked for is not judged, and a dry run says so", () => {
    const reading = { cpu: level([40], [50]), memory: level([40], [95, 95, 95]) };
    expect(judgeSaturation(reading, { ...gate, "dry-run": true })).toMatchObject({
      kind: "healthy",
      isDryRun: true,
    });
  });
});
