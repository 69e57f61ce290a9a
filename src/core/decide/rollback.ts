import { capacityFor } from "../capacity.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { otherGroup } from "../plan.ts";
import { type Situation, shortArn } from "../situation.ts";
import { formatDuration } from "../spec/duration.ts";
import { formatStep, TAG } from "../tags.ts";
import { groupName } from "../weights.ts";
import { clearProgress } from "./finish.ts";
import { giveUpWeight, groupTakenOut, testRouteMove } from "./weights.ts";

/** The last good version has all traffic and is PRIMARY; the new one is drained and deleted. */
export function decideRollback(scene: Scene, situation: Situation): Move {
  switch (situation.kind) {
    case "empty":
      return { kind: "refuse", reason: "the service has no task set: there is nothing to roll back to" };
    case "unclear":
      return { kind: "refuse", reason: situation.reason };
    case "at-rest":
      return afterwards(scene, situation.stable);
    case "under-way":
      return takeBack(scene, situation);
  }
}

function takeBack(scene: Scene, situation: UnderWay): Move {
  const { plan, observation } = scene;
  const { stable, fresh } = situation;
  if (fresh.origin.rollout !== plan.rollout) {
    const own = situation.younger.find((set) => set.origin?.rollout === plan.rollout);
    return own ? remove(own) : nothingOfOurs(fresh);
  }
  return (
    weightsFirst(scene, situation) ??
    markAborted(scene) ??
    (fresh.status === "PRIMARY" ? makePrimary(stable) : undefined) ??
    testRouteMove(scene, stable.targetGroupArn ?? plan.groups[0], "the new version is on its way out") ??
    drain(scene, observation.service.tags.shifted === plan.rollout) ??
    remove(fresh)
  );
}

/**
 * One write a route. Only where the old set may have been shrunk already (after the promotion was complete)
 * does its capacity come first, unless the new version serves nothing anyway.
 */
function weightsFirst(scene: Scene, situation: UnderWay): Move | undefined {
  const { plan, observation, nowMs } = scene;
  const { stable, fresh } = situation;
  const back = giveUpWeight(scene, situation, "rollback");
  if (!back) return undefined;
  const mayBeShrunk = fresh.status === "PRIMARY" && fresh.healthyCount > 0;
  if (!mayBeShrunk) return back;
  const capacity = capacityFor(plan, stable, observation.service.desiredCount, 100);
  if (capacity.kind === "enough") return back;
  if (stable.scalePercent < 100) {
    return {
      kind: "scale-task-set",
      taskSetArn: stable.arn,
      scalePercent: 100,
      reason: "the old version was being retired; it needs its capacity back before its traffic",
    };
  }
  const deadlineMs = plan.startedAtMs + plan.spec.timeouts.rollback / 2;
  if (nowMs >= deadlineMs) return back;
  return { kind: "wait", reason: `the old version comes back: ${capacity.reason}`, untilMs: deadlineMs };
}

function markAborted(scene: Scene): Move | undefined {
  const { plan, observation, nowMs } = scene;
  const { tags } = observation.service;
  if (tags.aborted === plan.rollout) return undefined;
  const idle = groupTakenOut(scene);
  return {
    kind: "tag-service",
    tags: {
      [TAG.aborted]: plan.rollout,
      ...(tags.shifted === plan.rollout ? { [TAG.step]: formatStep(0, nowMs) } : {}),
      ...(idle ? { [TAG.idleGroup]: idle } : {}),
    },
    reason: "no phase of this rollout may shift traffic any more",
  };
}

/** A group that has just lost its traffic may still get requests that were on their way. */
function drain({ plan, observation, nowMs }: Scene, shifted: boolean): Move | undefined {
  const { step } = observation.service.tags;
  if (!shifted || !step) return undefined;
  const drainedMs = step.atMs + Math.max(plan.drainMs, plan.spec.settle);
  if (nowMs >= drainedMs) return undefined;
  return {
    kind: "wait",
    reason: `the new version drains, ${formatDuration(drainedMs - nowMs)} left`,
    untilMs: drainedMs,
  };
}

/** No new version stands (any more): make sure that nobody is sent to where it was. */
function afterwards(scene: Scene, stable: ObservedTaskSet): Move {
  const { plan, observation } = scene;
  if (stable.origin?.rollout === plan.rollout) {
    return {
      kind: "refuse",
      reason: `rollout ${plan.rollout} is finished and the version before it is gone`,
      hint: `Release the previous task definition (${shortArn(stable.origin.previousTaskDefinition)}) as a new rollout.`,
    };
  }
  const stableGroup = stable.targetGroupArn ?? plan.groups[0];
  const astray = giveUpWeight(scene, { stable }, "no other task set stands");
  const ours =
    observation.service.tags.shifted === plan.rollout || observation.service.tags.aborted === plan.rollout;
  if (astray && ours) return astray;
  const marked = markAborted(scene);
  if (marked) return marked;
  const test = testRouteMove(scene, stableGroup, "no other task set stands");
  if (test) return test;
  const leaving = observation.taskSets.find((set) => set.origin?.rollout === plan.rollout);
  if (leaving)
    return { kind: "wait", reason: `task set ${leaving.id} of the new version is ${leaving.status}` };
  if (observation.service.tags.shifted === plan.rollout) return clearProgress("the rollout is taken back");
  return {
    kind: "reached",
    reason: `${shortArn(stable.taskDefinitionArn)} has all traffic in ${groupName(stableGroup)}; the new version is gone (${groupName(otherGroup(plan, stableGroup))} is idle)`,
  };
}

function makePrimary(stable: ObservedTaskSet): Move {
  return { kind: "set-primary", taskSetArn: stable.arn, reason: "the last good version serves again" };
}

function remove(set: ObservedTaskSet): Move {
  return {
    kind: "delete-task-set",
    taskSetArn: set.arn,
    force: true,
    reason: "nobody is sent to the new version",
  };
}

function nothingOfOurs(fresh: UnderWay["fresh"]): Move {
  return {
    kind: "reached",
    reason: `nothing of this rollout stands; under way is rollout ${fresh.origin.rollout}, which stays as it is`,
  };
}
