import { presentCapacity } from "../capacity.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { formatDuration } from "../spec/duration.ts";
import { judgeStops } from "../task-stops.ts";
import { doubtedSinceMs, unlessSettled } from "./doubt.ts";
import { patienceMs } from "./judge.ts";
import { hasMetricGates, questionOfWait } from "./judged-window.ts";
import type { Position } from "./position.ts";
import { foreignWeights } from "./shift.ts";
import { firstPercent } from "./size.ts";

/** How a rollout does that another job leads, or a person has to let go on: nothing of it is to be moved forward. */
export type Present =
  /** A measurement, a roll-back, a refusal, or a wait for a doubt to be settled. */
  | { readonly kind: "move"; readonly move: Move }
  /** Nothing speaks against it; `seen` says what is known. */
  | { readonly kind: "sound"; readonly seen: string };

/** What of a rollout is to be judged. */
export interface Standing {
  readonly position: Position;
  /** Users get the new version. */
  readonly serves: boolean;
  /** The share of the traffic that its healthy tasks have to carry. */
  readonly sizePercent: number;
}

/** Before its first users, a new version is to be as large as it was staged. */
export function standingOf({ plan, observation }: Scene, position: Position): Standing {
  const serves = position.percent > 0 || position.reached >= 0 || position.halfWritten !== undefined;
  const stagedPercent = firstPercent(plan, observation.service.desiredCount);
  return { position, serves, sizePercent: serves ? position.percent : stagedPercent };
}

/** Judges it, whatever its bake; a doubt has to last before it counts. Pure. */
export function judgePresent(scene: Scene, fresh: ObservedTaskSet, standing: Standing): Present {
  const { plan, observation, evidence, nowMs } = scene;
  const { position, serves, sizePercent } = standing;
  const sinceMs = sinceWhen(scene, fresh, position);
  const stops = judgeStops(fresh.stops, serves ? sinceMs : 0);
  if (stops.kind === "give-up")
    return move({ kind: "roll-back", gate: "tasks", reason: stops.reason, hint: stops.hint });
  const verdict = serves ? evidence.metrics : undefined;
  if (serves && hasMetricGates(plan.spec.gates) && !verdict) {
    const question = questionOfWait(scene, fresh, position, sinceMs);
    return move({ kind: "measure", question, reason: "what the gates say lately" });
  }
  if (verdict?.kind === "regress")
    return move({ kind: "roll-back", gate: verdict.gate, reason: verdict.reason });
  const capacity = presentCapacity(plan, fresh, observation.service.desiredCount, sizePercent);
  const isBeingStaged = !serves && nowMs < fresh.createdAtMs + plan.spec.timeouts.stage;
  if (capacity.kind === "short" && !isBeingStaged) return move(lacking(scene, capacity.reason));
  if (capacity.kind === "short") return { kind: "sound", seen: capacity.reason };
  return { kind: "sound", seen: verdict?.reason ?? `${fresh.healthyCount} of its tasks are healthy` };
}

const move = (made: Move): Present => ({ kind: "move", move: made });

/**
 * Weights that seem to be nobody's have to be seen so for a while: the reads of one look are not of one moment, and
 * another job may be writing.
 */
export function doubtWeights(
  scene: Scene,
  fresh: UnderWay["fresh"],
  position: Position,
): Extract<Move, { kind: "refuse" | "wait" }> | undefined {
  const foreign = foreignWeights(scene, fresh, position);
  return foreign && unlessSettled(scene, foreign);
}

function lacking(scene: Scene, reason: string): Move {
  const limitMs = patienceMs(scene.plan);
  const untilMs = doubtedSinceMs(scene, "capacity") + limitMs;
  if (scene.nowMs < untilMs) return { kind: "wait", reason, untilMs, doubt: "capacity" };
  return { kind: "roll-back", gate: "health", reason: `for ${formatDuration(limitMs)}, ${reason}` };
}

/** Since when the present weight stands; a job that died may not have said so, but then what came before it is known. */
function sinceWhen({ plan, observation }: Scene, fresh: ObservedTaskSet, position: Position): number {
  const { shifted, step } = observation.service.tags;
  const recordedMs = shifted === plan.rollout ? step?.atMs : undefined;
  return position.sinceMs ?? Math.max(fresh.createdAtMs, recordedMs ?? 0);
}
