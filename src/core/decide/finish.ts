import { capacityFor } from "../capacity.ts";
import { countOf } from "../count-words.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { shortArn } from "../situation.ts";
import { formatDuration } from "../spec/duration.ts";
import { formatStep, TAG } from "../tags.ts";
import { asWeighted, shareRange } from "../weights.ts";
import { recordHistory } from "./history.ts";
import { resumeScaling } from "./scaling.ts";
import { deleteCohort, groupTakenOut, takeOut } from "./weights.ts";

type Finishing = UnderWay | { readonly kind: "at-rest"; readonly stable: ObservedTaskSet };

/** The old task set is drained, scaled to 0 and deleted, and nothing of the rollout is left on the service. */
export function decideFinish(scene: Scene, situation: Finishing): Move {
  return situation.kind === "at-rest" ? cleanUp(scene, situation.stable) : retire(scene, situation);
}

function retire(scene: Scene, { stable, fresh }: UnderWay): Move {
  const { plan, observation, nowMs } = scene;
  const share = shareRange(observation.routes, plan.groups, fresh.targetGroupArn ?? "");
  if (share.smallest < 100 || fresh.status !== "PRIMARY") {
    return {
      kind: "refuse",
      reason: `the new version is not promoted: it has ${Math.round(share.smallest)} % of the traffic and is ${fresh.status}`,
      hint: "Run the promote phase first.",
    };
  }
  const [rule] = observation.cohorts.filter((cohort) => cohort.rollout === plan.rollout);
  if (rule) return deleteCohort(rule, "everybody gets the new version");
  const unpinned = takeOut(scene, stable.targetGroupArn ?? "", "pinned clients leave the old version");
  if (unpinned) return unpinned;
  const { step, idleGroup } = observation.service.tags;
  const out = groupTakenOut(scene);
  if (step?.weightPercent !== 100 || (out && idleGroup !== out)) {
    return {
      kind: "tag-service",
      tags: { [TAG.step]: formatStep(100, nowMs), ...(out ? { [TAG.idleGroup]: out } : {}) },
      reason: "the old version gets nobody any more; its drain counts from here",
    };
  }
  const drainedMs = step.atMs + Math.max(plan.drainMs, plan.spec.settle);
  if (nowMs < drainedMs) {
    return {
      kind: "wait",
      reason: `the old version drains, ${formatDuration(drainedMs - nowMs)} left`,
      untilMs: drainedMs,
    };
  }
  const capacity = capacityFor(plan, fresh, observation.service.desiredCount, 100);
  if (capacity.kind === "short")
    return overdueOr(scene, `the old version stays until the new one is whole: ${capacity.reason}`);
  if (stable.scalePercent > 0) {
    return {
      kind: "scale-task-set",
      taskSetArn: stable.arn,
      scalePercent: 0,
      whileRoutes: observation.routes.map(asWeighted),
      reason: "the old version is drained",
    };
  }
  if (stable.runningCount + stable.pendingCount > 0) {
    return overdueOr(
      scene,
      `the old version still has ${countOf(stable.runningCount + stable.pendingCount, "task")}, stopping`,
    );
  }
  return {
    kind: "delete-task-set",
    taskSetArn: stable.arn,
    force: false,
    reason: "no task of the old version is left",
  };
}

function cleanUp(scene: Scene, stable: ObservedTaskSet): Move {
  const { plan, observation } = scene;
  const leaving = observation.taskSets.find((set) => set.id === stable.origin?.replaces);
  if (leaving) return overdueOr(scene, `task set ${leaving.id} is ${leaving.status}`);
  const kept = recordHistory(scene, stable) ?? resumeScaling(scene);
  if (kept) return kept;
  const { shifted } = observation.service.tags;
  if (shifted === plan.rollout) return clearProgress(scene, "the rollout is finished");
  return { kind: "reached", reason: `${shortArn(stable.taskDefinitionArn)} serves alone` };
}

/** `sluice:aborted` and `sluice:idle-group` stay: the one keeps a bad release from shipping, the other is for the next stage. */
export function clearProgress({ observation }: Scene, reason: string): Move {
  const hadCohort = observation.service.tags.cohort !== undefined;
  const keys = [TAG.shifted, TAG.step, ...(hadCohort ? [TAG.cohort] : [])];
  return { kind: "untag-service", keys, reason };
}

function overdueOr({ plan, nowMs }: Scene, reason: string): Move {
  const deadlineMs = plan.startedAtMs + plan.spec.timeouts.finish;
  if (nowMs < deadlineMs) return { kind: "wait", reason, untilMs: deadlineMs };
  return {
    kind: "refuse",
    reason: `not finished within ${formatDuration(plan.spec.timeouts.finish)}: ${reason}`,
    hint: "The new version serves everybody; run the finish phase again to remove the old one.",
  };
}
