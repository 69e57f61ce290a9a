import { capacityFor, presentCapacity } from "../capacity.ts";
import { countOf } from "../count-words.ts";
import type { Scene, Target } from "../decide.ts";
import { firstGroup } from "../first-group.ts";
import type { Move } from "../moves.ts";
import type { Situation } from "../situation.ts";
import { formatDuration } from "../spec/duration.ts";
import { weightSteps } from "../steps.ts";
import { formatStep, TAG } from "../tags.ts";
import { formatWeights, groupName, sharePercent } from "../weights.ts";
import { unlessSettled } from "./doubt.ts";
import { clearProgress } from "./finish.ts";
import { becomeHealthy } from "./health.ts";
import { intruderAmong } from "./intruder.ts";
import { bakeEndMs, judge } from "./judge.ts";
import type { Position } from "./position.ts";
import { judgePresent, type Present } from "./present.ts";
import { decideVerify } from "./verify.ts";
import { testRouteMove } from "./weights.ts";

type First = Extract<Situation, { kind: "first" }>;
type Fresh = First["fresh"];

const NOTHING_BEFORE =
  "It is the service's first deployment: there is nothing to go back to, so it is deleted, and nothing serves.";

/**
 * The next move of a service's first deployment, which is ours. Its task set stands in the group that has the
 * service's traffic, so whatever the strategy it takes no steps: it is as large, and has as much of the traffic,
 * as it will, and a failure deletes it. It is judged before it is PRIMARY, as the last step of any other.
 */
export function decideFirst(
  scene: Scene,
  target: Target,
  situation: First | Extract<Situation, { kind: "empty" }>,
): Move {
  if (situation.kind === "empty") return target === "stage" ? begin(scene) : refuseUnstaged(scene);
  const move = goOn(scene, target, situation);
  if (move.kind !== "roll-back") return move;
  return { ...move, hint: [move.hint, NOTHING_BEFORE].filter(Boolean).join(" ") };
}

function goOn(scene: Scene, target: Target, first: First): Move {
  const { fresh } = first;
  if (target === "watch") return watch(scene, first);
  if (fresh.status === "PRIMARY") return waitForOthers(scene, first);
  switch (target) {
    case "stage":
      return stage(scene, fresh);
    case "verify":
      return decideVerify(scene, first);
    case "shift":
      return {
        kind: "reached",
        reason: "a service's first deployment takes no steps: all of the traffic leads to it already",
      };
    case "promote":
      return promote(scene, first);
    default:
      return {
        kind: "refuse",
        reason: `the service's first task set is not promoted: it is ${fresh.status}`,
        hint: "Run the promote phase first.",
      };
  }
}

/** What a rollout shifted of which nothing stands any more would make this one look like one that is finished. */
function begin(scene: Scene): Move {
  const { plan, observation } = scene;
  if (observation.service.tags.shifted !== undefined)
    return clearProgress(scene, "nothing stands of what had begun to shift");
  const group = firstGroup(observation.routes, plan.groups);
  if (group.kind === "split") {
    return {
      kind: "refuse",
      reason: group.problems.map(({ arn, message }) => `${arn}: ${message}`).join("; "),
      hint: group.problems.map(({ hint }) => hint).join(" "),
    };
  }
  return {
    kind: "create-task-set",
    groupArn: group.groupArn,
    stableArn: undefined,
    scalePercent: 100,
    reason: `the service's first task set, at full size in ${groupName(group.groupArn)}, which has all of the traffic; ${plan.spec.strategy} begins with the next release`,
  };
}

function refuseUnstaged({ plan }: Scene): Move {
  return {
    kind: "refuse",
    reason: `the service has no task set, and so none of rollout ${plan.rollout}`,
    hint: "Run the stage phase first; after a rollback, start a new run.",
  };
}

function stage(scene: Scene, fresh: Fresh): Move {
  const groupArn = fresh.targetGroupArn ?? "";
  return (
    becomeHealthy(scene, fresh, 100) ??
    testRouteMove(scene, groupArn, "people and smoke checks reach the first version") ??
    refuseAstray(scene, fresh) ?? {
      kind: "reached",
      reason: `the service's first version is healthy with ${countOf(fresh.healthyCount, "task")} in ${groupName(groupArn)}, which has all of the traffic`,
    }
  );
}

/** Ends as soon as its promotion has begun; the service's users come to it anyway. */
function watch(scene: Scene, first: First): Move {
  if (first.fresh.status === "PRIMARY" || bakingSinceMs(scene) !== undefined)
    return { kind: "reached", reason: "the rollout went on: its promotion has begun" };
  const present = judgeFirst(scene, first);
  if (present.kind === "move") return present.move;
  return {
    kind: "wait",
    reason: `watching the first version until somebody decides: ${present.seen}`,
  };
}

/** Users judge it only once its bake has begun: while its tasks start there is nobody else to answer them. */
export function judgeFirst(scene: Scene, { fresh }: Pick<First, "fresh">): Present {
  const astray = refuseAstray(scene, fresh);
  if (astray) return { kind: "move", move: unlessSettled(scene, astray) };
  const sinceMs = bakingSinceMs(scene);
  const position = bakePosition(scene, sinceMs);
  return judgePresent(scene, fresh, { position, serves: sinceMs !== undefined, sizePercent: 100 });
}

function promote(scene: Scene, { fresh, younger }: First): Move {
  const astray = refuseAstray(scene, fresh);
  if (astray) return astray;
  const intruder = intruderAmong(younger);
  if (intruder) return within(scene, intruder);
  const sinceMs = bakingSinceMs(scene);
  return sinceMs === undefined ? beginBake(scene, fresh) : bake(scene, fresh, sinceMs);
}

/** It serves, and would be at rest if it were alone. */
function waitForOthers({ plan, nowMs }: Scene, { younger }: First): Move {
  const reason = intruderAmong(younger) ?? "the task sets changed while they were being read";
  const untilMs = plan.startedAtMs + plan.spec.timeouts.shift;
  if (nowMs < untilMs) return { kind: "wait", reason, untilMs };
  return { kind: "refuse", reason, hint: "Roll that rollout back, and run again." };
}

function bakingSinceMs({ plan, observation }: Scene): number | undefined {
  const { shifted, step } = observation.service.tags;
  return shifted === plan.rollout && step?.weightPercent === 100 ? step.atMs : undefined;
}

function beginBake(scene: Scene, fresh: Fresh): Move {
  const { plan, observation, nowMs } = scene;
  const capacity = capacityFor(plan, fresh, observation.service.desiredCount, 100);
  if (capacity.kind === "short") return within(scene, capacity.reason);
  return {
    kind: "tag-service",
    tags: { [TAG.shifted]: plan.rollout, [TAG.step]: formatStep(100, nowMs) },
    reason: "the first version serves everybody who comes; the bake counts from here",
  };
}

/** Waits for what is missing, as long as a weight may take; then the release is to blame. */
function within({ plan, nowMs }: Scene, missing: string): Move {
  const limitMs = plan.spec.timeouts.shift;
  const deadlineMs = plan.startedAtMs + limitMs;
  if (nowMs < deadlineMs) return { kind: "wait", reason: missing, untilMs: deadlineMs };
  const reason = `the bake could not begin within ${formatDuration(limitMs)}: ${missing}`;
  return { kind: "roll-back", gate: "health", reason };
}

/** Too few requests hold up no first version: there is no other that they could rather go to. */
function bake(scene: Scene, fresh: Fresh, sinceMs: number): Move {
  const { plan, observation, evidence, nowMs } = scene;
  const { desiredCount } = observation.service;
  const position = bakePosition(scene, sinceMs);
  const judgement = judge(scene, fresh, position, sinceMs);
  if (judgement.kind === "passed") return complete(fresh, judgement.passed);
  const { move } = judgement;
  const isOpen = move.kind === "wait" || move.kind === "hold";
  const isOver = nowMs >= bakeEndMs(scene, position, sinceMs);
  const isWhole = presentCapacity(plan, fresh, desiredCount, 100).kind === "enough";
  const doubt = evidence.metrics?.reason;
  if (!isOpen || !isOver || !isWhole || doubt === undefined) return move;
  return complete(fresh, `without evidence, for there is nothing to compare with or go back to: ${doubt}`);
}

function bakePosition({ plan, observation }: Scene, sinceMs: number | undefined): Position {
  const steps = weightSteps(plan.spec, observation.service.desiredCount).slice(-1);
  return { steps, reached: 0, halfWritten: undefined, percent: 100, sinceMs };
}

function complete(fresh: Fresh, passed: string): Move {
  return {
    kind: "set-primary",
    taskSetArn: fresh.arn,
    reason: `the bake of the service's first version is over; ${passed}`,
  };
}

function refuseAstray(
  { plan, observation }: Scene,
  fresh: Fresh,
): Extract<Move, { kind: "refuse" }> | undefined {
  const groupArn = fresh.targetGroupArn ?? "";
  const astray = observation.routes.find((route) => sharePercent(route, plan.groups, groupArn) !== 100);
  return (
    astray && {
      kind: "refuse",
      reason: `the service's first version is in ${groupName(groupArn)}, but ${astray.arn} says ${formatWeights(astray.weights)}; somebody else changed it`,
      hint: `Give ${groupName(groupArn)} all of the service's weight, and run again.`,
    }
  );
}
