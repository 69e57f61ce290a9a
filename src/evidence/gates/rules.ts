import type { CountsGate, GatesSpec } from "../../core/spec/gate-schema.ts";
import { budgetsOf } from "./budget.ts";
import type { CountsRule } from "./reading.ts";

/** What each gate on counts goes by: errors, latency, then ratios as the spec has them. See budgetsOf for `budgetShare`. */
export function rulesOf(gates: GatesSpec, budgetShare: number): readonly CountsRule[] {
  const { errors, latency, ratios } = gates;
  const budgets = budgetsOf(gates, budgetShare);
  const rule = (name: string, gate: CountsGate): CountsRule =>
    ruleOf(name, gate, budgets.get(name) ?? 0, gates["insufficient-evidence"]);
  return [
    ...(errors ? [rule("errors", errors)] : []),
    ...(latency ? [rule("latency", latency)] : []),
    ...ratios.map((ratio) => rule(ratio.name, ratio)),
  ];
}

/** What one gate goes by. @param alpha its part of the budget: see budgetsOf */
function ruleOf(
  name: string,
  gate: CountsGate,
  alpha: number,
  insufficientEvidence: CountsRule["insufficientEvidence"],
): CountsRule {
  return {
    gate: name,
    tolerance: gate.tolerance,
    maxPercent: gate["max-percent"],
    minRequests: gate["min-requests"],
    worse: gate.from && "good" in gate.from ? "fewer" : "more",
    alpha,
    insufficientEvidence,
    isDryRun: gate["dry-run"],
  };
}
