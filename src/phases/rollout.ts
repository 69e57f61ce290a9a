import type { Target } from "../core/decide.ts";
import { SluiceError } from "../core/errors.ts";
import type { Question } from "../core/moves.ts";
import type { Outcome } from "../core/outcome.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import type { Verdict } from "../core/verdict.ts";
import { asSluiceError, type ControllerContext, reach } from "./controller.ts";
import { foreseePhases } from "./foresight.ts";

/** The phases of a whole rollout, in order. Blue-green has no step before all of the traffic. */
export function phasesOf(strategy: ServiceSpec["strategy"]): readonly Target[] {
  const shift: readonly Target[] = strategy === "blue-green" ? [] : ["shift"];
  return ["stage", "verify", ...shift, "promote", "finish"];
}

/**
 * Runs phases in order until one does not reach its target. A release that fails a gate, and one that a
 * failure or a cancellation leaves half done, is taken back at once, in the same process.
 */
export async function runPhases(phases: readonly Target[], context: ControllerContext): Promise<Outcome> {
  if (context.dryRun) return (await foreseePhases(phases, context)).outcome;
  let outcome: Outcome = { kind: "reached", reason: "nothing to do" };
  for (const phase of phases) {
    outcome = await runPhase(phase, context);
    if (outcome.kind !== "reached") return outcome;
  }
  return outcome;
}

async function runPhase(phase: Target, context: ControllerContext): Promise<Outcome> {
  const { plan, record } = context;
  record({ kind: "phase-begun", phase, rollout: plan.rollout, service: plan.spec.service });
  let asked: Question | undefined;
  const measure: ControllerContext["measure"] = (question, signal) => {
    if (question.kind === "metrics") asked = question;
    return context.measure(question, signal);
  };
  const outcome = await reach(phase, withStart({ ...context, measure }));
  record({ kind: "phase-ended", phase, outcome });
  const cause = causeOfRollback(phase, outcome, context);
  if (!cause) {
    if (phase === "rollback") await context.explain?.();
    return outcome;
  }
  record({ kind: "rolling-back", ...cause });
  const signal = new AbortController().signal;
  const inHaste = context.signal.aborted ? { measure: withoutLooking(context.measure) } : {};
  const back = await runPhase("rollback", { ...context, ...inHaste, signal });
  if (back.kind !== "reached") return failedRollback(cause, back);
  const hurt = asked ? await context.measure(asked, signal) : undefined;
  return afterRollback(
    outcome,
    cause,
    hurt?.each.find(({ gate }) => gate === "errors"),
  );
}

/** A cancelled job has seconds: it does not wait for evidence that its rollback has helped. */
function withoutLooking(measure: ControllerContext["measure"]): ControllerContext["measure"] {
  return (question, signal) => {
    if (question.kind !== "recovery") return measure(question, signal);
    const reason = "unverified: the job was cancelled, and did not wait to see";
    const verdict: Verdict = { kind: "error", gate: "recovery", reason };
    return Promise.resolve({ verdict, each: [verdict] });
  };
}

/** Waits that a phase counts from its own beginning begin now. */
function withStart(context: ControllerContext): ControllerContext {
  return { ...context, plan: { ...context.plan, startedAtMs: context.clock.nowMs() } };
}

interface Cause {
  readonly gate: string;
  readonly reason: string;
}

/**
 * Drift and other people's rollouts are for a person to look at; everything else before `finish` is taken back. A
 * sweep that cannot look has seen nothing against the rollout, whose own job it is not; nor has an onlooker.
 */
function causeOfRollback(
  phase: Target,
  outcome: Outcome,
  { signal, isOnlooker }: Pick<ControllerContext, "signal" | "isOnlooker">,
): Cause | undefined {
  if (phase === "rollback" || phase === "finish") return undefined;
  if (outcome.kind === "rolled-back") return { gate: outcome.gate, reason: outcome.reason };
  if (outcome.kind !== "failed" || phase === "sweep" || isOnlooker) return undefined;
  if (signal.aborted) return { gate: "cancelled", reason: outcome.error.message };
  if (outcome.error.kind === "refused" || outcome.error.kind === "configuration") return undefined;
  return { gate: outcome.error.kind, reason: outcome.error.message };
}

/** `late` is asked once more when the new version is gone: how many requests it had hurt in the end. */
function afterRollback(outcome: Outcome, cause: Cause, late: Verdict | undefined): Outcome {
  const hint = cause.gate === "cancelled" ? undefined : hintOf(outcome);
  return {
    kind: "rolled-back",
    ...cause,
    ...(hint ? { hint } : {}),
    ...(late?.counts ? { counts: late.counts } : {}),
  };
}

function hintOf(outcome: Outcome): string | undefined {
  if (outcome.kind === "failed") return outcome.error.hint;
  return outcome.kind === "rolled-back" ? outcome.hint : undefined;
}

function failedRollback(cause: Cause, back: Outcome): Outcome {
  const why = back.kind === "failed" ? asSluiceError(back.error) : undefined;
  const message = `the release failed (${cause.gate}: ${cause.reason}), and so did its rollback: ${why?.message ?? back.kind}`;
  return {
    kind: "failed",
    error: new SluiceError(why?.kind ?? "internal", message, why?.hint ? { hint: why.hint } : {}),
  };
}
