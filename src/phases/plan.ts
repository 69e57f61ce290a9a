import { SluiceError } from "../core/errors.ts";
import type { Plan } from "../core/plan.ts";
import type { PlanProblem } from "../core/preflight/infrastructure.ts";
import type { Preflight } from "../core/preflight.ts";

/** What only a new release cannot work with keeps nobody from going on with one under way, or taking it back. */
export function planOrThrow(result: Preflight, begins: boolean): Plan {
  const problems = result.problems.filter((problem) => begins || !problem.onlyRelease);
  if (result.kind === "plan" && problems.length === 0) return result.plan;
  throw new SluiceError("configuration", formatPlanProblems(problems), { hint: "Nothing was changed." });
}

function formatPlanProblems(problems: readonly PlanProblem[]): string {
  const lines = problems.map(({ subject, message, hint }) => `- ${subject}: ${message}\n  ${hint}`);
  return [`${problems.length} thing${problems.length === 1 ? "" : "s"} to put right first:`, ...lines].join(
    "\n",
  );
}
