import { capacityFor } from "../capacity.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { otherGroup } from "../plan.ts";
import { isSluices, type Situation, shortArn } from "../situation.ts";
import { formatDuration } from "../spec/duration.ts";
import { abortedTag, formatStep, TAG, wasAborted } from "../tags.ts";
import { groupName, shareRange } from "../weights.ts";
import { abort } from "./abort.ts";
import { clearProgress } from "./finish.ts";
import { verifyRecovery } from "./recovery.ts";
import { rollBackFirst } from "./roll-back-first.ts";
import { resumeScaling } from "./scaling.ts";
import { giveUpTraffic, groupTakenOut, raiseMove, testRouteMove } from "./weights.ts";

type Pair = Pick<UnderWay, "stable" | "fresh">;

/** The last good version has all traffic and is PRIMARY; the new one is drained and deleted. */
export function decideRollback(scene: Scene, situation: Situation): Move {
  const first = rollBackFirst(scene, situation);
  if (first) return first;
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
    case "first":
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
    verifyRecovery(scene, pair) ??
    remove(fresh)
  );
}

/**
 * One write a route, at once; unless the old set could not take the traffic, while the new one still serves:
 * it may have been shrunk already (batch by batch, or after the promotion was complete), or be down itself.
 * Then the mark comes first: a phase that is about to shrink it looks for the mark right before it does, so the next
 * look shows all that any phase has done. It gets at once what it can carry, and the rest as it comes back.
 */
function weightsFirst(scene: Scene, pair: Pair): Move | undefined {
  const { plan, observation, nowMs } = scene;
  const { stable, fresh } = pair;
  const aborted = abortedTag(observation.service.tags, plan.rollout);
  const back = giveUpTraffic(scene, pair, "rollback", { aborted });
  if (back?.kind !== "set-weights" || (!mayBeShrunk(pair) && !wouldServeNobody(pair))) return back;
  const capacity = capacityFor(plan, stable, observation.service.desiredCount, 100);
  const deadlineMs = plan.startedAtMs + plan.spec.timeouts.rollback / 2;
  const isWhole = stable.scalePercent >= 100 && capacity.kind === "enough";
  if (fresh.healthyCount === 0) return wholeAgain(stable) ?? back;
  const marked = abort(scene, "a phase that is at work must not shrink the old version again");
  if (marked) return marked;
  if (isWhole) return back;
  const reason =
    capacity.kind === "short"
      ? `the old version comes back: ${capacity.reason}`
      : "the old version comes back";
  return (
    giveBackPart(scene, stable) ??
    wholeAgain(stable) ??
    (nowMs >= deadlineMs ? back : undefined) ??
    checkedAgain(scene, stable) ?? { kind: "wait", reason, untilMs: deadlineMs }
  );
}

/** As much of the traffic as the old version's healthy targets carry, where that is more than it has. */
function giveBackPart(scene: Scene, stable: ObservedTaskSet): Move | undefined {
  const { plan, observation } = scene;
  const lasting = Math.min(stable.healthyCount, stable.computedDesiredCount);
  const carriedPercent = Math.floor((100 * lasting) / Math.max(1, observation.service.desiredCount));
  if (carriedPercent === 0 || carriedPercent >= 100) return undefined;
  if (plan.zones.some((zone) => !stable.healthyZones.includes(zone))) return undefined;
  const why = `its ${lasting} healthy tasks carry so much, and the rest follows as it grows`;
  return raiseMove(scene, stable.targetGroupArn ?? "", carriedPercent, why);
}

/** In a rolling rollout the old set follows its weight; in any other it shrinks once the new one is PRIMARY. */
function mayBeShrunk({ stable, fresh }: Pair): boolean {
  return fresh.status === "PRIMARY" || fresh.origin.strategy === "rolling" || stable.scalePercent < 100;
}

/** The old version has no healthy target, and the new one has: traffic stays where it is answered at all. */
function wouldServeNobody({ stable, fresh }: Pair): boolean {
  return stable.healthyCount === 0 && fresh.healthyCount > 0;
}

/** What the old version lacks before its traffic can come back, where it was shrunk or is down and the new one serves. */
export function lackingCapacity({ plan, observation }: Scene, pair: Pair): string | undefined {
  const { stable, fresh } = pair;
  const wouldOverload = mayBeShrunk(pair) && fresh.healthyCount > 0;
  if (!wouldOverload && !wouldServeNobody(pair)) return undefined;
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
    reason: "the old version needs its full size back",
  };
}

/** The weights are back, but whoever moved them did not live to say so; or there were none to move. */
function markAborted(scene: Scene): Move | undefined {
  const { plan, observation } = scene;
  const { tags } = observation.service;
  const { shifted, step, cohort, idleGroup } = tags;
  const idle = groupTakenOut(scene);
  const hadCohort = cohort !== undefined && (step?.atMs ?? 0) < cohort.atMs;
  const hadWeight = shifted === plan.rollout && (step?.weightPercent !== 0 || hadCohort);
  if (wasAborted(tags, plan.rollout) && !hadWeight && (!idle || idle === idleGroup)) return undefined;
  return {
    kind: "tag-service",
    tags: {
      [TAG.aborted]: abortedTag(tags, plan.rollout),
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
  const { recovery } = scene.evidence;
  const { tags } = observation.service;
  const { shifted, step } = tags;
  if (stable.origin?.rollout === plan.rollout)
    return refuseFinished(scene, stable.origin.previousTaskDefinition);
  const stableGroup = stable.targetGroupArn ?? plan.groups[0];
  const leaving = observation.taskSets.find((set) => set.origin?.rollout === plan.rollout);
  const outage = shareRange(observation.routes, plan.groups, stableGroup).smallest === 0;
  const touched =
    shifted === plan.rollout ||
    leaving !== undefined ||
    observation.cohorts.some((rule) => rule.rollout === plan.rollout) ||
    (wasAborted(tags, plan.rollout) && outage);
  const astray = touched
    ? giveUpTraffic(scene, { stable }, "no other task set stands", {
        aborted: abortedTag(tags, plan.rollout),
      })
    : undefined;
  const first =
    astray ??
    markAborted(scene) ??
    wholeAgain(stable) ??
    (touched && stable.status !== "PRIMARY" ? makePrimary(stable) : undefined) ??
    testRouteMove(scene, stableGroup, "no other task set stands");
  if (first) return first;
  if (leaving)
    return { kind: "wait", reason: `task set ${leaving.id} of the new version is ${leaving.status}` };
  const progress = shifted === plan.rollout || step !== undefined;
  const capacity = capacityFor(plan, stable, observation.service.desiredCount, 100);
  if (progress && capacity.kind === "short")
    return { kind: "wait", reason: `the old version: ${capacity.reason}` };
  const resumed = resumeScaling(scene);
  if (resumed) return resumed;
  if (progress) return clearProgress(scene, "the rollout is taken back");
  const idle = groupName(otherGroup(plan, stableGroup));
  return {
    kind: "reached",
    reason: `${shortArn(stable.taskDefinitionArn)} has all traffic in ${groupName(stableGroup)}; the new version is gone (${idle} is idle)${recovery ? `; ${recovery.reason}` : ""}`,
  };
}

function refuseFinished({ plan }: Scene, previousTaskDefinition: string): Move {
  return {
    kind: "refuse",
    reason: `rollout ${plan.rollout} is finished and the version before it is gone`,
    hint: `Run the rollback phase with rollout: current: it releases what served before (${shortArn(previousTaskDefinition)}).`,
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
