import { capacityFor } from "../capacity.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { otherGroup } from "../plan.ts";
import { isSluices, type Situation, shortArn } from "../situation.ts";
import { formatDuration } from "../spec/duration.ts";
import { formatStep, TAG } from "../tags.ts";
import { groupName, shareRange } from "../weights.ts";
import { clearProgress } from "./finish.ts";
import { giveUpWeight, groupTakenOut, testRouteMove } from "./weights.ts";

type Pair = Pick<UnderWay, "stable" | "fresh">;

/** The last good version has all traffic and is PRIMARY; the new one is drained and deleted. */
export function decideRollback(scene: Scene, situation: Situation): Move {
  const pair = ownPair(scene);
  if (pair) return takeBack(scene, pair);
  const stray = strayOwn(scene);
  if (stray) return remove(stray);
  switch (situation.kind) {
    case "empty":
      return { kind: "refuse", reason: "the service has no task set: there is nothing to roll back to" };
    case "unclear":
      return { kind: "refuse", reason: situation.reason };
    case "at-rest":
      return afterwards(scene, situation.stable);
    case "under-way":
      return nothingOfOurs(situation.fresh);
  }
}

/** This rollout's set and the one that it replaces. Whatever else stands there closes nobody's way back. */
function ownPair({ plan, observation }: Scene): Pair | undefined {
  const live = observation.taskSets.filter((set) => set.status !== "DRAINING");
  const fresh = live.filter(isSluices).find((set) => set.origin.rollout === plan.rollout);
  const stable = live.find((set) => set.id === fresh?.origin.replaces);
  const isElder = live
    .filter(isSluices)
    .every(
      (set) =>
        set === fresh ||
        set.origin.replaces !== stable?.id ||
        (fresh && fresh.createdAtMs <= set.createdAtMs),
    );
  return fresh && stable && isElder ? { fresh, stable } : undefined;
}

/** A set of this rollout that lost to an older one, or whose predecessor is gone, and that serves nobody. */
function strayOwn({ plan, observation }: Scene): ObservedTaskSet | undefined {
  const live = observation.taskSets.filter((set) => set.status !== "DRAINING");
  const own = live.find((set) => set.origin?.rollout === plan.rollout);
  const others = live.filter((set) => set !== own);
  const share = shareRange(observation.routes, plan.groups, own?.targetGroupArn ?? "");
  const serves = share.largest > 0 && !others.some((set) => set.targetGroupArn === own?.targetGroupArn);
  return own && others.length > 0 && !serves ? own : undefined;
}

function takeBack(scene: Scene, pair: Pair): Move {
  const { plan } = scene;
  const { stable, fresh } = pair;
  return (
    weightsFirst(scene, pair) ??
    markAborted(scene) ??
    wholeAgain(stable) ??
    (fresh.status === "PRIMARY" ? makePrimary(stable) : undefined) ??
    testRouteMove(scene, stable.targetGroupArn ?? plan.groups[0], "the new version is on its way out") ??
    drain(scene) ??
    remove(fresh)
  );
}

/**
 * One write a route, at once; unless the old set could not take the traffic, while the new one still serves:
 * it may have been shrunk already (after the promotion was complete), or be down itself.
 */
function weightsFirst(scene: Scene, pair: Pair): Move | undefined {
  const { plan, observation, nowMs } = scene;
  const { stable, fresh } = pair;
  const back = giveUpWeight(scene, pair, "rollback", { aborted: plan.rollout });
  const mayBeShrunk = fresh.status === "PRIMARY";
  if (!back || (!mayBeShrunk && !wouldServeNobody(pair))) return back;
  const larger = wholeAgain(stable);
  if (larger) return larger;
  const capacity = capacityFor(plan, stable, observation.service.desiredCount, 100);
  const deadlineMs = plan.startedAtMs + plan.spec.timeouts.rollback / 2;
  if (capacity.kind === "enough" || fresh.healthyCount === 0 || nowMs >= deadlineMs) return back;
  const reason = `the old version comes back: ${capacity.reason}`;
  return stopFinish(scene) ?? checkedAgain(scene, stable) ?? { kind: "wait", reason, untilMs: deadlineMs };
}

/** A `finish` that is at work would shrink the old version again, and again. */
function stopFinish({ plan, observation }: Scene): Move | undefined {
  if (observation.service.tags.aborted === plan.rollout) return undefined;
  const reason = "a finish that is at work must not shrink the old version again";
  return { kind: "tag-service", tags: { [TAG.aborted]: plan.rollout }, reason };
}

/** The old version has no healthy target, and the new one has: traffic stays where it is answered at all. */
function wouldServeNobody({ stable, fresh }: Pair): boolean {
  return stable.healthyCount === 0 && fresh.healthyCount > 0;
}

/** What the old version lacks before its traffic can come back, where it was shrunk or is down and the new one serves. */
export function lackingCapacity({ plan, observation }: Scene, pair: Pair): string | undefined {
  const { stable, fresh } = pair;
  const mayBeShrunk = fresh.status === "PRIMARY" && fresh.healthyCount > 0;
  if (!mayBeShrunk && !wouldServeNobody(pair)) return undefined;
  const capacity = capacityFor(plan, stable, observation.service.desiredCount, 100);
  return capacity.kind === "short" ? capacity.reason : undefined;
}

/** A group that hangs on no route is not health-checked; the test route will do. */
function checkedAgain(scene: Scene, stable: ObservedTaskSet): Move | undefined {
  const groupArn = stable.targetGroupArn ?? "";
  const hangs = scene.observation.routes.some((route) =>
    route.weights.some((entry) => entry.groupArn === groupArn),
  );
  return hangs
    ? undefined
    : testRouteMove(scene, groupArn, "its targets are checked only while a route leads to them");
}

function wholeAgain(stable: ObservedTaskSet): Move | undefined {
  if (stable.scalePercent >= 100) return undefined;
  return {
    kind: "scale-task-set",
    taskSetArn: stable.arn,
    scalePercent: 100,
    reason: "the old version was being retired; it needs its capacity back",
  };
}

/** The weights are back, but whoever moved them did not live to say so; or there were none to move. */
function markAborted(scene: Scene): Move | undefined {
  const { plan, observation } = scene;
  const { aborted, shifted, step, idleGroup } = observation.service.tags;
  const idle = groupTakenOut(scene);
  const hadWeight = shifted === plan.rollout && step?.weightPercent !== 0;
  if (aborted === plan.rollout && !hadWeight && (!idle || idle === idleGroup)) return undefined;
  return {
    kind: "tag-service",
    tags: {
      [TAG.aborted]: plan.rollout,
      ...(hadWeight || shifted === plan.rollout ? { [TAG.step]: formatStep(0, scene.nowMs) } : {}),
      ...(idle ? { [TAG.idleGroup]: idle } : {}),
    },
    reason: "no phase of this rollout may shift traffic any more",
  };
}

/** A group that has just lost its traffic may still get requests that were on their way. */
function drain({ plan, observation, nowMs }: Scene): Move | undefined {
  const { step } = observation.service.tags;
  if (!step) return undefined;
  const drainedMs = step.atMs + Math.max(plan.drainMs, plan.spec.settle);
  if (nowMs >= drainedMs) return undefined;
  const left = formatDuration(drainedMs - nowMs);
  return { kind: "wait", reason: `the new version drains, ${left} left`, untilMs: drainedMs };
}

/** No new version stands (any more): make sure that nobody is sent to where it was, and that the old one serves. */
function afterwards(scene: Scene, stable: ObservedTaskSet): Move {
  const { plan, observation } = scene;
  const { shifted, step, aborted } = observation.service.tags;
  if (stable.origin?.rollout === plan.rollout)
    return refuseFinished(scene, stable.origin.previousTaskDefinition);
  const stableGroup = stable.targetGroupArn ?? plan.groups[0];
  const leaving = observation.taskSets.find((set) => set.origin?.rollout === plan.rollout);
  const outage = shareRange(observation.routes, plan.groups, stableGroup).smallest === 0;
  const touched = shifted === plan.rollout || leaving !== undefined || (aborted === plan.rollout && outage);
  const astray = touched
    ? giveUpWeight(scene, { stable }, "no other task set stands", { aborted: plan.rollout })
    : undefined;
  const first =
    astray ??
    markAborted(scene) ??
    wholeAgain(stable) ??
    testRouteMove(scene, stableGroup, "no other task set stands");
  if (first) return first;
  if (leaving)
    return { kind: "wait", reason: `task set ${leaving.id} of the new version is ${leaving.status}` };
  const progress = shifted === plan.rollout || step !== undefined;
  const capacity = capacityFor(plan, stable, observation.service.desiredCount, 100);
  if (progress && capacity.kind === "short")
    return { kind: "wait", reason: `the old version: ${capacity.reason}` };
  if (progress) return clearProgress("the rollout is taken back");
  const idle = groupName(otherGroup(plan, stableGroup));
  return {
    kind: "reached",
    reason: `${shortArn(stable.taskDefinitionArn)} has all traffic in ${groupName(stableGroup)}; the new version is gone (${idle} is idle)`,
  };
}

function refuseFinished({ plan }: Scene, previousTaskDefinition: string): Move {
  return {
    kind: "refuse",
    reason: `rollout ${plan.rollout} is finished and the version before it is gone`,
    hint: `Release the previous task definition (${shortArn(previousTaskDefinition)}) as a new rollout.`,
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
