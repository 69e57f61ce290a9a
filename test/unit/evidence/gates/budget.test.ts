import { expect, test } from "vitest";
import { gatesSchema } from "../../../../src/core/spec/gate-schema.ts";
import { budgetsOf } from "../../../../src/evidence/gates/budget.ts";
import { rulesOf } from "../../../../src/evidence/gates/rules.ts";

const FROM = { requests: "a", bad: "b" };

test.each([
  ["errors alone have all of it", {}, { errors: 0.01 }],
  ["two share it", { latency: {} }, { errors: 0.005, latency: 0.005 }],
  [
    "as many as there are",
    {
      latency: {},
      ratios: [
        { name: "payments", from: FROM },
        { name: "orders", from: FROM },
      ],
      "false-alarm-percent": 4,
    },
    { errors: 0.01, latency: 0.01, payments: 0.01, orders: 0.01 },
  ],
  [
    "a dry run takes nothing of it, and gets as much",
    { latency: { "dry-run": true }, ratios: [{ name: "payments", from: FROM }] },
    { errors: 0.005, latency: 0.005, payments: 0.005 },
  ],
  [
    "dry runs alone get all of it each",
    { errors: { "dry-run": true }, latency: { "dry-run": true } },
    { errors: 0.01, latency: 0.01 },
  ],
  ["no gate on counts", { errors: false, saturation: {} }, {}],
])("%s", (_name, gates, budgets) => {
  expect(Object.fromEntries(budgetsOf(gatesSchema.parse(gates), 1))).toEqual(budgets);
});

test("a window spends no more than its part", () => {
  const budgets = budgetsOf(gatesSchema.parse({ latency: {} }), 0.25);
  expect([...budgets.values()].reduce((sum, alpha) => sum + alpha, 0)).toBeCloseTo(0.0025);
});

test("each gate on counts goes by what the spec says of it", () => {
  const gates = gatesSchema.parse({
    "insufficient-evidence": "hold",
    latency: { tolerance: 1.5, "dry-run": true },
    ratios: [
      { name: "payments", from: FROM, "max-percent": 5 },
      { name: "orders", from: { requests: "a", good: "b" }, "min-requests": 20 },
    ],
  });
  const common = {
    tolerance: 1.2,
    minRequests: 100,
    insufficientEvidence: "hold",
    isDryRun: false,
    worse: "more",
  };
  const alpha = expect.closeTo((0.01 * 0.5) / 3);
  expect(rulesOf(gates, 0.5)).toEqual([
    { ...common, gate: "errors", maxPercent: 1, alpha },
    { ...common, gate: "latency", maxPercent: undefined, tolerance: 1.5, isDryRun: true, alpha },
    { ...common, gate: "payments", maxPercent: 5, alpha },
    { ...common, gate: "orders", maxPercent: undefined, minRequests: 20, worse: "fewer", alpha },
  ]);
});
