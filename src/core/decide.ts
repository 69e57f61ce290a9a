import { decideFinish } from "./decide/finish.ts";
import { decideFirst } from "./decide/first.ts";
import { takeBackLeftBehind } from "./decide/left-behind.ts";
import { remove } from "./decide/roll-back-first.ts";
import { decideRollback, lackingCapacity } from "./decide/rollback.ts";
import { decideShift } from "./decide/shift.ts";
import { decideStage } from "./decide/stage.ts";
import { finishTakingBack, refuseForeign, supersede } from "./decide/supersede.ts";
import { decideSweep } from "./decide/sweep.ts";
import { decideVerify } from "./decide/verify.ts";
import { decideWatch } from "./decide/watch.ts";
import { giveUpTraffic } from "./decide/weights.ts";
import type { Move } from "./moves.ts";
import type { Observation, ObservedRoute, ObservedTaskSet } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { type Situation, shortArn, situationOf } from "./situation.ts";
import { wasAborted } from "./tags.ts";
import type { Evidence } from "./verdict.ts";
import { formatWeights, groupName, sharePercent } from "./weights.ts";

/** The state of the world that a phase is to reach. */
export type Target = "stage" | "verify" | "shift" | "watch" | "promote" | "finish" | "rollback" | "sweep";

export type UnderWay = Extract<Situation, { kind: "under-way" }>;
type First = Extract<Situation, { kind: "first" }>;

/** What a phase's own decision is given: a rollout of ours that stands, and nothing in its way. */
export interface Scene {
  readonly plan: Plan;
  readonly observation: Observation;
  readonly evidence: Evidence;
  readonly nowMs: number;
}

/**
 * The next move towards `target`. Pure: the same world gives the same move, in whichever process. `nowMs`
 * is compared with times in tags, so it must be the clock that wrote them, give or take a second.
 */
export function decide(
  plan: Plan,
  target: Target,
  observation: Observation,
  evidence: Evidence,
  nowMs: number,
): Move {
  const scene: Scene = { plan, observation, evidence, nowMs };
  const situation = situationOf(observation.taskSets, observation.service.tags);
  if (target === "rollback") return decideRollback(scene, situation);
  if (target !== "sweep" && wasAborted(observation.service.tags, plan.rollout)) {
    return target === "watch" ? refuseAborted(plan) : withdraw(scene, situation);
  }
  const gone = plan.routes.find((ref) => !observation.routes.some((route) => route.arn === ref.arn));
  if (gone) return { kind: "refuse", reason: `${gone.arn} is gone; somebody else has deleted it` };
  if (target === "sweep") return decideSweep(scene, situation);
  switch (situation.kind) {
    case "empty": {
      const unfinished = target === "stage" ? finishTakingBack(scene, situation) : undefined;
      return unfinished ?? decideFirst(scene, target, situation);
    }
    case "unclear":
      return {
        kind: "refuse",
        reason: situation.reason,
        hint: "Delete the one that does not serve, and run again.",
      };
    case "at-rest":
      return decideAtRest(scene, target, situation.stable);
    case "first":
    case "under-way":
      return decideUnderWay(scene, target, situation);
  }
}

function decideAtRest(scene: Scene, target: Target, stable: ObservedTaskSet): Move {
  const { plan, observation } = scene;
  if (stable.origin?.rollout === plan.rollout) {
    const astray = observation.routes.find(
      (route) => sharePercent(route, plan.groups, stable.targetGroupArn ?? "") !== 100,
    );
    if (astray) return refuseStranded(stable, astray);
    return target === "finish"
      ? decideFinish(scene, { kind: "at-rest", stable })
      : {
          kind: "reached",
          reason: `rollout ${plan.rollout} is finished: ${shortArn(stable.taskDefinitionArn)} serves`,
        };
  }
  const unfinished = target === "stage" ? finishTakingBack(scene, { kind: "at-rest", stable }) : undefined;
  if (unfinished) return unfinished;
  const left = takeBackLeftBehind(scene, stable);
  if (left && target === "finish") return refuseLeftBehind(left.reason);
  if (left) return left;
  if (target === "stage") return decideStage(scene, { kind: "at-rest", stable });
  return {
    kind: "refuse",
    reason: `rollout ${plan.rollout} has no task set on this service; ${shortArn(stable.taskDefinitionArn)} serves alone`,
    hint: "Run the stage phase first; after a rollback, start a new run.",
  };
}

function refuseLeftBehind(reason: string): Move {
  const hint = "Run the rollback phase: it sends all traffic to the old version.";
  return { kind: "refuse", reason, hint };
}

function refuseStranded(stable: ObservedTaskSet, route: ObservedRoute): Move {
  return {
    kind: "refuse",
    reason: `the new version stands alone, but ${route.arn} says ${formatWeights(route.weights)}; somebody else changed it`,
    hint: `Give ${groupName(stable.targetGroupArn ?? "")} all of the service's weight.`,
  };
}

function decideUnderWay(scene: Scene, target: Target, situation: UnderWay | First): Move {
  const { plan } = scene;
  const own = situation.younger.find((set) => set.origin?.rollout === plan.rollout);
  if (own) {
    const reason = `rollout ${situation.fresh.origin.rollout} was here first; this one withdraws`;
    if (target === "watch") return { kind: "refuse", reason };
    return { kind: "delete-task-set", taskSetArn: own.arn, force: true, reason };
  }
  if (situation.fresh.origin.rollout !== plan.rollout) {
    if (target === "finish" && situation.kind === "under-way") {
      const { stable, fresh } = situation;
      if (stable.origin?.rollout === plan.rollout) return alreadyReplaced(stable, fresh.origin.rollout);
    }
    return target === "stage" ? supersede(scene, situation) : refuseForeign(situation);
  }
  if (situation.kind === "first") return decideFirst(scene, target, situation);
  switch (target) {
    case "stage":
      return decideStage(scene, situation);
    case "verify":
      return decideVerify(scene, situation);
    case "shift":
    case "promote":
      return decideShift(scene, situation, target);
    case "watch":
      return decideWatch(scene, situation);
    default:
      return decideFinish(scene, situation);
  }
}

/** Its old version is gone, and the next release has begun since: what that one finds, it clears away. */
function alreadyReplaced(stable: ObservedTaskSet, next: string): Move {
  const serves = shortArn(stable.taskDefinitionArn);
  return { kind: "reached", reason: `${serves} serves, and rollout ${next} has begun to replace it` };
}

/** The rollout was taken back while this phase was at work, or before: undo what it may just have written. */
function withdraw(scene: Scene, situation: Situation): Move {
  const { plan, nowMs } = scene;
  if (situation.kind === "first" && situation.fresh.origin.rollout === plan.rollout) {
    return remove(situation.fresh);
  }
  const isOurs = situation.kind === "under-way" && situation.fresh.origin.rollout === plan.rollout;
  const undo = isOurs ? giveUpTraffic(scene, situation, "the rollout was taken back", {}) : undefined;
  const deadlineMs = plan.startedAtMs + plan.spec.timeouts.shift;
  const lacking = isOurs && undo ? lackingCapacity(scene, situation) : undefined;
  if (lacking) {
    const reason = `the rollout was taken back, and the old version comes back first: ${lacking}`;
    if (nowMs < deadlineMs) return { kind: "wait", reason, untilMs: deadlineMs };
    return { kind: "refuse", reason, hint: "Run the rollback phase: it brings the old version back." };
  }
  return undo ?? refuseAborted(plan);
}

function refuseAborted({ rollout }: Plan): Move {
  return {
    kind: "refuse",
    reason: `rollout ${rollout} was taken back; it does not ship again`,
    hint: "Start a new run to release again.",
  };
}
