import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import { subjectOf } from "./judged-window.ts";

/** For so many periods of its metric a rollback waits for evidence of its effect; sources lag by two or three. */
const PATIENCE_PERIODS = 5;

/**
 * Whether the way back has helped, asked once the new version is drained and before it goes: with it goes the time at
 * which it came, and so what the old version was like before. Undefined: known, or nobody will ever know.
 */
export function verifyRecovery(
  { plan, observation, evidence, nowMs }: Scene,
  { stable, fresh }: Pick<UnderWay, "stable" | "fresh">,
): Move | undefined {
  const { errors } = plan.spec.gates;
  const { shifted, step } = observation.service.tags;
  if (!errors || shifted !== plan.rollout || !step) return undefined;
  const fromMs = step.atMs + plan.spec.settle;
  const { recovery } = evidence;
  if (!recovery) {
    const question = {
      kind: "recovery",
      stable: subjectOf(stable),
      beforeMs: fresh.createdAtMs,
      fromMs,
    } as const;
    return { kind: "measure", question, reason: "whether the old version is as good as it was" };
  }
  if (recovery.kind !== "insufficient") return undefined;
  const patienceMs = Math.min(PATIENCE_PERIODS * errors.period, plan.spec.timeouts.rollback / 4);
  const untilMs = fromMs + patienceMs;
  return nowMs < untilMs ? { kind: "wait", reason: recovery.reason, untilMs } : undefined;
}
