import type { Write } from "./moves.ts";
import type { Observation, ServiceTags } from "./observation.ts";
import { parseServiceTags, TAG, wasAborted } from "./tags.ts";
import { sameWeights } from "./weights.ts";

/**
 * Whether an observation made after `write` shows it. AWS reads can lag behind writes; deciding on a look that
 * lacks one's own last write would do it twice.
 */
export function tookEffect(write: Write, rollout: string, observation: Observation): boolean {
  const set = (arn: string) => observation.taskSets.find((other) => other.arn === arn);
  switch (write.kind) {
    case "create-task-set":
      return observation.taskSets.some((other) => other.origin?.rollout === rollout);
    case "scale-task-set":
      return (set(write.taskSetArn)?.scalePercent ?? write.scalePercent) === write.scalePercent;
    case "set-weights": {
      const routes = [...observation.routes, observation.testRoute];
      const route = routes.find((other) => other?.arn === write.route.arn);
      return route !== undefined && sameWeights(route.weights, write.to);
    }
    case "create-cohort":
      return observation.cohorts.some(
        (other) =>
          other.rollout === rollout && other.routeArn === write.routeArn && other.step === write.step,
      );
    case "delete-cohort":
      return !observation.cohorts.some((other) => other.ruleArn === write.ruleArn);
    case "suspend-scale-in":
    case "resume-scale-in": {
      const { scaling } = observation.service;
      return !scaling || scaling.scaleInSuspended === (write.kind === "suspend-scale-in");
    }
    case "tag-service":
      return includesTags(observation.service.tags, parseServiceTags(write.tags));
    case "untag-service":
      return !(
        (write.keys.includes(TAG.shifted) && observation.service.tags.shifted) ||
        (write.keys.includes(TAG.step) && observation.service.tags.step) ||
        (write.keys.includes(TAG.cohort) && observation.service.tags.cohort) ||
        (write.keys.includes(TAG.scaleIn) && observation.service.tags.scaleIn)
      );
    case "set-primary":
      return set(write.taskSetArn)?.status === "PRIMARY";
    case "delete-task-set":
      return (set(write.taskSetArn)?.status ?? "DRAINING") === "DRAINING";
  }
}

/** A step that somebody wrote later has taken the place of ours, and so may the next one taken back. */
function includesTags(seen: ServiceTags, written: ServiceTags): boolean {
  const { step, cohort, aborted, abortedBefore: _before, ...others } = written;
  const seenByKey = new Map(Object.entries(seen));
  const isLater = (mine: { atMs: number } | undefined, theirs: { atMs: number } | undefined): boolean =>
    !mine || (theirs !== undefined && theirs.atMs >= mine.atMs);
  return (
    isLater(step, seen.step) &&
    isLater(cohort, seen.cohort) &&
    (!aborted || wasAborted(seen, aborted)) &&
    Object.entries(others).every(([key, value]) => String(seenByKey.get(key)) === String(value))
  );
}
