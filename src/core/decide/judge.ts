import { presentCapacity } from "../capacity.ts";
import type { Scene } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { formatDuration } from "../spec/duration.ts";
import { judgeStops } from "../task-stops.ts";
import { formatPercent } from "../weights.ts";
import { hasMetricGates, questionOf } from "./judged-window.ts";
import type { Position } from "./position.ts";

/** What the present step says: the move that follows, or that it has passed, with what was seen. */
export type Judgement =
  | { readonly kind: "move"; readonly move: Move }
  | { readonly kind: "passed"; readonly passed: string };

const LET_PASS = "whoever promotes it lets that pass";

/** Every look judges what there is, from the first request on; only time and evidence end the bake. */
export function judge(scene: Scene, fresh: ObservedTaskSet, position: Position, sinceMs: number): Judgement {
  const { plan, observation, evidence, nowMs } = scene;
  const stops = judgeStops(fresh.stops, sinceMs);
  if (stops.kind === "give-up")
    return move({ kind: "roll-back", gate: "tasks", reason: stops.reason, hint: stops.hint });
  const verdict = evidence.metrics;
  if (hasMetricGates(plan.spec.gates) && !verdict) {
    const question = questionOf(scene, fresh, position, sinceMs);
    return move({ kind: "measure", question, reason: "what the gates say so far" });
  }
  if (verdict?.kind === "regress")
    return move({ kind: "roll-back", gate: verdict.gate, reason: verdict.reason });
  const bakedMs = bakeEndMs(scene, position, sinceMs);
  if (nowMs < bakedMs) {
    const at = position.percent === 100 ? "" : ` at ${formatPercent(position.percent)}`;
    const seen = verdict ? `; ${verdict.reason}` : "";
    const reason = `baking${at}, ${formatDuration(bakedMs - nowMs)} left${seen}`;
    return move({ kind: "wait", reason, untilMs: bakedMs });
  }
  const capacity = presentCapacity(plan, fresh, observation.service.desiredCount, position.percent);
  if (capacity.kind === "short") return move(linger(scene, bakedMs, capacity.reason, true));
  if (verdict && verdict.kind !== "healthy") {
    if (plan.withoutEvidence) return { kind: "passed", passed: `${verdict.reason}; ${LET_PASS}` };
    return move(linger(scene, bakedMs, verdict.reason, false));
  }
  return { kind: "passed", passed: verdict ? verdict.reason : "no metric gate is on" };
}

const move = (made: Move): Judgement => ({ kind: "move", move: made });

/** When the present step's bake is over; its weight is first given time to reach every node. */
export function bakeEndMs({ plan }: Scene, { steps, reached }: Position, sinceMs: number): number {
  const step = steps[reached] ?? steps.find(({ kind }) => kind === "weight");
  return sinceMs + plan.spec.settle + (step && step.kind !== "approve" ? step.bakeMs : plan.spec.bake);
}

/** How long a doubt about the new version may last: evidence is late, and tasks are replaced. */
export function patienceMs({ spec }: Scene["plan"]): number {
  const { errors, latency, ratios } = spec.gates;
  const patiences = [errors || undefined, latency, ...ratios].flatMap((gate) => gate?.patience ?? []);
  return patiences.length === 0 ? spec.timeouts.shift : Math.max(...patiences);
}

/**
 * The bake is over, but not in the new version's favour: wait for evidence, within the gate's patience. A phase that
 * begins long after the bake has seen its tasks only once.
 */
function linger({ plan, evidence, nowMs }: Scene, bakedMs: number, doubt: string, unhealthy: boolean): Move {
  const fromMs = unhealthy ? Math.max(bakedMs, plan.startedAtMs) : bakedMs;
  const deadlineMs = fromMs + patienceMs(plan);
  if (nowMs < deadlineMs)
    return { kind: "wait", reason: `the bake is over, but ${doubt}`, untilMs: deadlineMs };
  if (unhealthy) {
    const reason = `${formatDuration(nowMs - bakedMs)} past the bake, ${doubt}`;
    return { kind: "roll-back", gate: "health", reason };
  }
  const after = `${formatDuration(patienceMs(plan))} past the bake`;
  const { metrics } = evidence;
  if (metrics?.isIncident) return { kind: "hold", reason: `${after}: ${doubt}`, lacksEvidence: true };
  const reason = `${after} there is still no evidence: ${doubt}`;
  const isBlamed = metrics?.kind === "insufficient";
  if (isBlamed && plan.spec.gates["insufficient-evidence"] === "roll-back")
    return { kind: "roll-back", gate: metrics.gate, reason };
  return { kind: "hold", reason, lacksEvidence: true };
}
