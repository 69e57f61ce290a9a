import { type Clients, createClients } from "../aws/clients.ts";
import { readInfrastructure } from "../aws/infrastructure.ts";
import { createTaskSetEngine } from "../aws/task-set-engine.ts";
import { decide, type Target } from "../core/decide.ts";
import { SluiceError } from "../core/errors.ts";
import type { JournalEvent } from "../core/journal.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Plan, Release } from "../core/plan.ts";
import type { Infrastructure, PlanProblem } from "../core/preflight/infrastructure.ts";
import { preflight } from "../core/preflight.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { asSluiceError, type Clock, type ControllerContext } from "./controller.ts";
import { createMeasure } from "./measure.ts";
import { Pace } from "./pace.ts";
import { ROLLOUT, runPhases } from "./rollout.ts";

/** What a job can be asked to do: one phase, or the whole rollout. */
export type Phase = "plan" | Target | "rollout";

export interface RunRequest {
  readonly phase: Phase;
  readonly spec: ServiceSpec;
  /** The rollout's name; "current", for a rollback, is whichever is under way. */
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
  const { phase, clock, record } = request;
  try {
    const clients = createClients(request.region);
    const infrastructure = await readPatiently(request, clients);
    const rollout = request.rollout === "current" ? currentRollout(infrastructure) : request.rollout;
    const begins =
      ["plan", "stage", "rollout"].includes(phase) && !infrastructure.unfinished.includes(rollout);
    const plan = planOrThrow(
      preflight({ ...request, rollout, nowMs: clock.nowMs() }, infrastructure),
      begins,
    );
    record({ kind: "planned", plan });
    const context: ControllerContext = {
      ...request,
      plan,
      engine: createTaskSetEngine(clients, plan, () => clock.nowMs()),
      measure: createMeasure(clients, plan, clock),
    };
    return phase === "plan"
      ? await foresee(context)
      : await runPhases(phase === "rollout" ? ROLLOUT : [phase], context);
  } catch (error) {
    return { kind: "failed", error: asSluiceError(error) };
  }
}

/** How long AWS may fail the reads before the first look. A rollback must not end for a moment of throttling. */
const PATIENCE_MS = 120_000;

async function readPatiently(request: RunRequest, clients: Clients): Promise<Infrastructure> {
  const { clock, record, signal } = request;
  const pace = new Pace(request.random);
  const deadlineMs = clock.nowMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await readInfrastructure(clients, request.spec, request.release);
    } catch (error) {
      const passing = error instanceof SluiceError && error.kind === "transient";
      if (!passing || clock.nowMs() >= deadlineMs) throw error;
      const againInMs = pace.next(true);
      record({ kind: "look-failed", message: error.message, againInMs });
      await clock.sleep(againInMs, signal);
    }
  }
}

function currentRollout(infrastructure: Infrastructure): string {
  const [first] = infrastructure.unfinished;
  if (first) return first;
  throw new SluiceError("configuration", "input rollout: no rollout is under way on this service", {
    hint: "After a finished rollout, release the previous task definition as a new one.",
  });
}

/** What the first move of a rollout would be; nothing is written. */
async function foresee({ plan, engine, record, clock }: ControllerContext): Promise<Outcome> {
  const observation = await engine.observe();
  record({ kind: "observed", observation });
  const move = decide(plan, "stage", observation, {}, clock.nowMs());
  if (move.kind === "refuse")
    throw new SluiceError("refused", move.reason, move.hint ? { hint: move.hint } : {});
  const next = `rollout ${plan.rollout} can go on; its next move: ${move.reason}`;
  record({ kind: "waiting", reason: next });
  return { kind: "reached", reason: next };
}

/** What only a new release cannot work with keeps nobody from going on with one under way, or taking it back. */
function planOrThrow(result: ReturnType<typeof preflight>, begins: boolean): Plan {
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
