import { createClients } from "../aws/clients.ts";
import { readInfrastructure } from "../aws/infrastructure.ts";
import { createTaskSetEngine } from "../aws/task-set-engine.ts";
import type { Target } from "../core/decide.ts";
import { SluiceError } from "../core/errors.ts";
import type { JournalEvent } from "../core/journal.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Plan, Release } from "../core/plan.ts";
import type { PlanProblem } from "../core/preflight/infrastructure.ts";
import { preflight } from "../core/preflight.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { asSluiceError, type Clock } from "./controller.ts";
import { createMeasure } from "./measure.ts";
import { ROLLOUT, runPhases } from "./rollout.ts";

/** What a job can be asked to do: one phase, or the whole rollout. */
export type Phase = "plan" | Target | "rollout";

export interface RunRequest {
  readonly phase: Phase;
  readonly spec: ServiceSpec;
  readonly rollout: string;
  readonly release: Release;
  readonly region: string | undefined;
  readonly record: (event: JournalEvent) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Resolves the plan and runs the phases asked for. Bad input and bad infrastructure end it before any write. */
export async function run(request: RunRequest): Promise<Outcome> {
  const { phase, clock } = request;
  try {
    const clients = createClients(request.region);
    const infrastructure = await readInfrastructure(clients, request.spec, request.release);
    const plan = planOrThrow(preflight({ ...request, nowMs: clock.nowMs() }, infrastructure), phase);
    request.record({ kind: "planned", plan });
    if (phase === "plan") return { kind: "reached", reason: `rollout ${plan.rollout} can begin` };
    return await runPhases(phase === "rollout" ? ROLLOUT : [phase], {
      ...request,
      plan,
      engine: createTaskSetEngine(clients, plan, () => clock.nowMs()),
      measure: createMeasure(clients, plan, clock),
    });
  } catch (error) {
    return { kind: "failed", error: asSluiceError(error) };
  }
}

/** What only a new release cannot work with keeps nobody from verifying, finishing or taking back one under way. */
function planOrThrow(result: ReturnType<typeof preflight>, phase: Phase): Plan {
  const begins = phase === "plan" || phase === "stage" || phase === "rollout";
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
