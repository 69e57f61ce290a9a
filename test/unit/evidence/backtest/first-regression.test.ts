import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatesSchema } from "../../../../src/core/spec/gate-schema.ts";
import type { Verdict } from "../../../../src/core/verdict.ts";
import { firstRegression } from "../../../../src/evidence/backtest/first-regression.ts";
import { readingOf, readingUntil } from "../../../../src/evidence/backtest/reading.ts";
import { judgeCounts } from "../../../../src/evidence/gates/counts-gate.ts";
import type { CountsReading, CountsRule } from "../../../../src/evidence/gates/reading.ts";
import { rulesOf } from "../../../../src/evidence/gates/rules.ts";
import { traceOf } from "./traces.ts";

/** Every look judged, one after the other. */
function naively(reading: CountsReading, rule: CountsRule, looksMs: readonly number[]) {
  let verdict: Verdict | undefined;
  for (const atMs of looksMs) {
    verdict = judgeCounts(readingUntil(reading, atMs), rule).verdict;
    if (verdict.kind === "regress") return { verdict, atMs };
  }
  return { verdict, atMs: undefined };
}

const aRecipe = fc.record({
  seed: fc.nat(),
  history: fc.constantFrom(0, 5, 29, 30, 60),
  canary: fc.integer({ min: 1, max: 40 }),
  requests: fc.constantFrom(3, 100, 3_000),
  share: fc.constantFrom(0, 0.05, 0.5, 0.95, 1),
  laterShare: fc.constantFrom(0, 0.05, 0.5, 1),
  rate: fc.constantFrom(0, 0.001, 0.008, 0.05),
  laterRate: fc.constantFrom(0.001, 0.008, 0.2),
  errorRatio: fc.constantFrom(1, 1.5, 3, 20),
  cluster: fc.constantFrom(1, 3, 10),
  maxPercent: fc.constantFrom(1, 100),
});

describe("the first regression", () => {
  test("is that of a loop that judges every look, whatever the trace", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(aRecipe, fc.constantFrom(0.1, 1, 20), (made, falseAlarms) => {
        const { share, laterShare, rate, laterRate, requests, canary, maxPercent } = made;
        const trace = traceOf({
          ...made,
          requests: () => requests,
          share: (period) => (period < canary / 2 ? share : laterShare),
          errors: (period) => (period < canary / 2 ? rate : laterRate),
        });
        const errors = { "max-percent": maxPercent };
        const gates = gatesSchema.parse({ "false-alarm-percent": falseAlarms, errors });
        const [rule] = rulesOf(gates, 1);
        if (!rule) throw new Error("no rule");
        const looksMs = Array.from({ length: canary }, (_, period) => (period + 1) * trace.periodMs);
        const reading = readingOf(trace, "errors");
        const found = firstRegression(reading, rule, looksMs);
        kinds.add(found.verdict.isIncident ? "incident" : found.verdict.kind);
        expect(found).toEqual(naively(reading, rule, looksMs));
      }),
      { seed: 1_207, numRuns: 600 },
    );
    expect([...kinds].sort()).toEqual(["healthy", "incident", "insufficient", "regress"]);
  });
});
