import type { Arm, TimedArm } from "../../../../src/core/counts.ts";
import type { CountsReading, CountsRule } from "../../../../src/evidence/gates/reading.ts";

export const PERIOD_MS = 60_000;
const STEP_MS = 1_700_000_040_000;

/** When the `index`th period since the step begins. */
export const atMs = (index: number): number => STEP_MS + index * PERIOD_MS;

/** `count` periods alike from the `first` after the step on. */
export function periods(count: number, requests: number, bad: number, first = 0): readonly TimedArm[] {
  return Array.from({ length: count }, (_, index) => ({ atMs: atMs(first + index), requests, bad }));
}

/** Two hours of an old version that fails one in a thousand. */
export const CALM: readonly Arm[] = Array.from({ length: 120 }, () => ({ requests: 9_000, bad: 9 }));

export function readingOf(over: Partial<CountsReading>): CountsReading {
  return { canary: [], stable: [], history: CALM, periodMs: PERIOD_MS, fault: "failed", ...over };
}

export function ruleOf(over: Partial<CountsRule> = {}): CountsRule {
  return {
    gate: "errors",
    tolerance: 1.2,
    maxPercent: 1,
    minRequests: 100,
    worse: "more",
    alpha: 0.01,
    insufficientEvidence: "promote",
    isDryRun: false,
    ...over,
  };
}
