import type { Scene } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { Situation } from "../situation.ts";
import { formatDuration } from "../spec/duration.ts";
import { wasAborted } from "../tags.ts";
import { decideRollback } from "./rollback.ts";

/** A rollout is under way, the service's first or a later one. */
type Unfinished = Extract<Situation, { kind: "under-way" | "first" }>;

/** Another rollout is under way when this one would begin: what the spec says of that. */
export function supersede(scene: Scene, situation: Unfinished): Move {
  const { plan, nowMs } = scene;
  switch (plan.spec.superseding) {
    case "refuse":
      return refuseForeign(situation);
    case "queue": {
      const limitMs = plan.spec.timeouts.queue;
      const deadlineMs = plan.startedAtMs + limitMs;
      if (nowMs < deadlineMs)
        return { kind: "wait", reason: `queued: ${underWay(situation)}`, untilMs: deadlineMs };
      return {
        kind: "refuse",
        reason: `after ${formatDuration(limitMs)} in the queue, ${underWay(situation)}`,
        hint: "Let it finish, or roll it back, and run again; timeouts.queue sets how long to wait.",
      };
    }
    case "take-back":
      return takeBackOther(scene, situation, situation.fresh.origin.rollout);
  }
}

/** The rollout that was to be taken back first is gone but for its tags, or its weights. */
export function finishTakingBack(
  scene: Scene,
  situation: Extract<Situation, { kind: "at-rest" | "empty" }>,
): Move | undefined {
  const { plan, observation } = scene;
  const { tags } = observation.service;
  const { shifted } = tags;
  const isOthers = shifted !== undefined && shifted !== plan.rollout && wasAborted(tags, shifted);
  if (plan.spec.superseding !== "take-back" || !isOthers) return undefined;
  return takeBackOther(scene, situation, shifted);
}

/** As its own rollback would; when nothing is left to do, this rollout goes on by itself. */
function takeBackOther(scene: Scene, situation: Situation, rollout: string): Move {
  const move = decideRollback({ ...scene, plan: { ...scene.plan, rollout } }, situation);
  if (move.kind === "reached") return { kind: "wait", reason: `rollout ${rollout} is taken back` };
  return "reason" in move
    ? { ...move, reason: `${move.reason} (rollout ${rollout} is taken back first: superseding is take-back)` }
    : move;
}

export function refuseForeign(situation: Unfinished): Move {
  return {
    kind: "refuse",
    reason: `${underWay(situation)}; one at a time`,
    hint: "Let it finish, or roll it back, and run again.",
  };
}

function underWay({ fresh }: Unfinished): string {
  const since = new Date(fresh.createdAtMs).toISOString();
  const whose = fresh.origin.runUrl ? ` (${fresh.origin.runUrl})` : "";
  return `rollout ${fresh.origin.rollout}${whose} is under way on this service since ${since}`;
}
