import type { Scene } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { type Situation, shortArn } from "../situation.ts";
import { REPLACES_NONE, wasAborted } from "../tags.ts";
import { abort } from "./abort.ts";
import { clearProgress } from "./finish.ts";
import { resumeScaling } from "./scaling.ts";

const STAYS_BACK = "no phase of this rollout may go on";

/**
 * The way back of a service's first deployment, where that is what `plan.rollout` is: it is deleted, whoever it
 * serves, since nothing stood before it; no weight is touched. Undefined for any other rollout.
 */
export function rollBackFirst(scene: Scene, situation: Situation): Move | undefined {
  const { rollout } = scene.plan;
  switch (situation.kind) {
    case "first": {
      const own = [situation.fresh, ...situation.younger].find((set) => set.origin.rollout === rollout);
      return own && (refuseProven(scene, own) ?? abort(scene, STAYS_BACK) ?? remove(own));
    }
    case "empty":
      return afterwards(scene);
    case "at-rest":
      return refuseProven(scene, situation.stable);
    default:
      return undefined;
  }
}

/** Deletes the set of a first deployment that was taken back, for whichever phase meets it. */
export function remove(set: ObservedTaskSet): Move {
  return {
    kind: "delete-task-set",
    taskSetArn: set.arn,
    force: true,
    reason: "the service's first deployment failed, and there is nothing to go back to",
  };
}

/** No task set stands: that of this rollout is deleted, or never was. */
function afterwards(scene: Scene): Move {
  const { plan, observation } = scene;
  const { tags } = observation.service;
  const leaving = observation.taskSets.find((set) => set.origin?.rollout === plan.rollout);
  const [last] = tags.history ?? [];
  const wasFirst = leaving?.origin?.replaces === REPLACES_NONE || wasAborted(tags, plan.rollout);
  if (last && !wasFirst) return refuseEmptied(last);
  const marked = abort(scene, STAYS_BACK);
  if (marked) return marked;
  if (leaving)
    return { kind: "wait", reason: `task set ${leaving.id} of the first deployment is ${leaving.status}` };
  const resumed = resumeScaling(scene);
  if (resumed) return resumed;
  if (tags.shifted === plan.rollout) return clearProgress(scene, "the first deployment is deleted");
  return {
    kind: "reached",
    reason: "the first deployment is deleted; there was nothing to go back to; nothing serves now",
  };
}

function refuseEmptied(last: string): Move {
  return {
    kind: "refuse",
    reason: `the service has no task set: nothing serves, and there is nothing to roll back to; ${last} was the last to serve`,
    hint: `Release ${last} (input task-definition) as a new rollout; that needs first-task-set in the spec.`,
  };
}

/** A first version that is PRIMARY serves; what would take it back is a release of another. */
function refuseProven({ plan }: Scene, stable: ObservedTaskSet): Move | undefined {
  const { origin, status } = stable;
  if (origin?.rollout !== plan.rollout || origin.replaces !== REPLACES_NONE || status !== "PRIMARY")
    return undefined;
  return {
    kind: "refuse",
    reason: `rollout ${plan.rollout} was the service's first deployment, and is finished: nothing stood before ${shortArn(stable.taskDefinitionArn)}`,
    hint: "Release a version that is better, as a new rollout.",
  };
}
