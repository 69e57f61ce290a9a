import type { Scene } from "../decide.ts";
import type { Write } from "../moves.ts";
import { situationOf } from "../situation.ts";
import { TAG } from "../tags.ts";

/**
 * Keeps Application Auto Scaling from scaling in while two versions stand side by side: an idle set at full size
 * halves the average load, and a smaller desired count rescales both. The tag first, so that a suspension which
 * nobody lived to confirm is still known as a rollout's. Undefined when there is nothing to do: nothing scales
 * the service, a rollout holds it already, or people had suspended it before, which stays theirs.
 */
export function suspendScaling({ plan, observation }: Scene): Write | undefined {
  const { scaling, tags } = observation.service;
  if (!scaling || scaling.scaleInSuspended) return undefined;
  if (tags.scaleIn !== plan.rollout) {
    return {
      kind: "tag-service",
      tags: { [TAG.scaleIn]: plan.rollout },
      reason: "this rollout is about to suspend scaling in, and resumes it at its end",
    };
  }
  return {
    kind: "suspend-scale-in",
    reason: "the service may not be scaled in while two versions stand side by side",
  };
}

/**
 * Undoes what `suspendScaling` did, whichever rollout did it: the last one out restores. While another rollout
 * is under way that is not this one. Undefined when nothing is suspended by a rollout (any more).
 */
export function resumeScaling({ plan, observation }: Scene): Write | undefined {
  const { scaling, tags } = observation.service;
  if (tags.scaleIn === undefined) return undefined;
  const situation = situationOf(observation.taskSets);
  if (situation.kind === "under-way" && situation.fresh.origin.rollout !== plan.rollout) return undefined;
  if (scaling?.scaleInSuspended) {
    return {
      kind: "resume-scale-in",
      reason: "one version serves alone: the service may be scaled in again",
    };
  }
  return { kind: "untag-service", keys: [TAG.scaleIn], reason: "no rollout holds scaling in any more" };
}
