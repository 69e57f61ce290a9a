import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { questionOf, questionOfWait } from "../../../../src/core/decide/judged-window.ts";
import type { Position } from "../../../../src/core/decide/position.ts";
import { stepsOf } from "../../../../src/core/steps.ts";
import { freshSet, NOW_MS, plan, spec, staged } from "../world.ts";

const HOUR_MS = 3_600_000;
const SINCE_MS = NOW_MS - 300 * HOUR_MS;

const CANARY = spec({ strategy: "canary", steps: [{ weight: 5 }, { approve: true }, { weight: 50 }] });

/** The question at a step of `of`, `agoMs` after its weight was recorded. */
function asked(of: typeof CANARY, reached: number, hours?: number) {
  const steps = stepsOf(of, 20);
  const position: Position = { steps, reached, halfWritten: undefined, percent: 5, sinceMs: SINCE_MS };
  const nowMs = SINCE_MS + (hours ?? 0) * HOUR_MS;
  const scene = { plan: plan({ spec: of }), observation: staged(), evidence: {}, nowMs };
  const question =
    hours === undefined
      ? questionOf(scene, freshSet(), position, SINCE_MS)
      : questionOfWait(scene, freshSet(), position, SINCE_MS);
  if (question.kind !== "metrics") throw new Error(`asked ${question.kind}`);
  return question;
}

describe("the part of the false alarms that may be spent", () => {
  test.each([
    ["canary", CANARY, [0, 2, 3]],
    ["blue-green", spec({ strategy: "blue-green" }), [0]],
    ["rolling", spec({ strategy: "rolling", batch: { size: 1 } }), Array.from({ length: 20 }, (_, i) => i)],
  ])(
    "comes to no more than all of it over the steps of %s, however long each waits",
    (_name, of, indexes) => {
      const ofStep = (reached: number): number =>
        Array.from({ length: 300 }, (_, hour) => asked(of, reached, hour)).reduce(
          (sum, { budgetShare }) => sum + budgetShare,
          0,
        );
      const sum = indexes.map(ofStep).reduce((total, share) => total + share, 0);
      expect(sum).toBeLessThanOrEqual(1);
      expect(sum).toBeGreaterThan(0.95);
    },
  );

  test("is half of it, nearly, at the first of several steps", () => {
    expect(asked(CANARY, 0).budgetShare).toBeCloseTo(0.45);
    expect(asked(spec({ strategy: "blue-green" }), 0).budgetShare).toBeCloseTo(0.9);
  });
});

test("new tasks have their warm-up after each weight, and a long watch has none but its first", () => {
  const of = spec({ strategy: "canary", steps: [{ weight: 5 }], gates: { "warm-up": "2m" } });
  const warmUntilMs = SINCE_MS + 120_000;
  expect(asked(of, 0)).toMatchObject({ fromMs: SINCE_MS, warmUntilMs });
  expect(asked(of, 0, 0.5)).toMatchObject({ warmUntilMs });
  expect(asked(of, 0, 1.5)).not.toHaveProperty("warmUntilMs");
  expect(asked(CANARY, 0)).not.toHaveProperty("warmUntilMs");
});

test("who waits is asked of the same window whoever asks, and of the bake's own at first", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 200, noNaN: true }), (hours) => {
      const { fromMs, budgetShare } = asked(CANARY, 0, hours);
      const nowMs = SINCE_MS + hours * HOUR_MS;
      expect(fromMs).toBeLessThanOrEqual(nowMs);
      expect(nowMs - fromMs).toBeLessThan(HOUR_MS + 1);
      expect((fromMs - SINCE_MS) % HOUR_MS).toBe(0);
      if (hours < 1) expect(budgetShare).toBe(asked(CANARY, 0).budgetShare);
    }),
  );
});
