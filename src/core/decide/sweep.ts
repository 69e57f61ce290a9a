import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { Observation } from "../observation.ts";
import type { Plan } from "../plan.ts";
import { type Situation, shortArn, situationOf } from "../situation.ts";
import { formatDuration } from "../spec/duration.ts";
import { wasAborted } from "../tags.ts";
import { formatPercent } from "../weights.ts";
import { judgeFirst } from "./first.ts";
import { bakeEndMs, patienceMs } from "./judge.ts";
import { takeBackLeftBehind } from "./left-behind.ts";
import { near, type Position, positionOf } from "./position.ts";
import { doubtWeights, judgePresent, standingOf } from "./present.ts";

/**
 * One look at whichever rollout is under way (`plan.rollout`), by nobody's job: it is judged as it stands, and taken
 * back where it has been held for longer than `timeouts.held`. Nothing else is written, so it may look while a job of
 * the rollout is at work; it waits only for a doubt to be settled. Nothing under way is well.
 */
export function decideSweep(scene: Scene, situation: Situation): Move {
  const { plan, observation } = scene;
  if (wasAborted(observation.service.tags, plan.rollout)) return completeRollback(scene, situation);
  switch (situation.kind) {
    case "empty":
      return reached("the service has no task set");
    case "unclear":
      return { kind: "refuse", reason: situation.reason, hint: "Delete the one that does not serve." };
    case "at-rest": {
      const { stable } = situation;
      const isFinished = stable.origin?.rollout === plan.rollout;
      const left = isFinished ? undefined : takeBackLeftBehind(scene, stable);
      const serves = shortArn(stable.taskDefinitionArn);
      return left ?? reached(`no rollout is under way; ${serves} serves alone`);
    }
    case "first":
    case "under-way": {
      const { rollout } = situation.fresh.origin;
      if (rollout !== plan.rollout) return reached(`rollout ${rollout} has begun meanwhile`);
      return situation.kind === "first" ? sweepFirst(scene, situation) : sweepUnderWay(scene, situation);
    }
  }
}

function sweepUnderWay(scene: Scene, situation: UnderWay): Move {
  const { plan, nowMs } = scene;
  const { fresh } = situation;
  if (fresh.status === "PRIMARY") {
    return reached(`rollout ${plan.rollout} is promoted; the finish phase removes the old version`);
  }
  const position = positionOf(scene, situation);
  const doubt = doubtWeights(scene, fresh, position);
  if (doubt) return doubt;
  const present = judgePresent(scene, fresh, standingOf(scene, position));
  if (present.kind === "move") return present.move;
  const stands = `rollout ${plan.rollout} stands at ${formatPercent(position.percent)}: ${present.seen}`;
  if (near(position.percent, 100)) return reached(`${stands}; the promote phase ends its promotion`);
  const untilMs = heldUntilMs(scene, fresh, position);
  const until = new Date(untilMs).toISOString();
  if (nowMs < untilMs) return reached(`${stands}; unless it goes on it is taken back at ${until}`);
  const limit = formatDuration(plan.spec.timeouts.held);
  return {
    kind: "roll-back",
    gate: "held",
    reason: `nobody has let it go on within ${limit} (timeouts.held), which ended at ${until}`,
  };
}

/** It serves whoever comes, whatever people decide: without it nothing would, so it is not taken back for its age. */
function sweepFirst(scene: Scene, situation: Extract<Situation, { kind: "first" }>): Move {
  const present = judgeFirst(scene, situation);
  if (present.kind === "move") return present.move;
  return reached(`the service's first deployment stands: ${present.seen}; the promote phase ends it`);
}

/** When a sweep would take back what is held as `observation` shows it; undefined where it would not, for its age. */
export function heldUntil(plan: Plan, observation: Observation): number | undefined {
  const situation = situationOf(observation.taskSets, observation.service.tags);
  if (situation.kind !== "under-way" || situation.fresh.origin.rollout !== plan.rollout) return undefined;
  const scene: Scene = { plan, observation, evidence: {}, nowMs: observation.atMs };
  const position = positionOf(scene, situation);
  const isPromoted = situation.fresh.status === "PRIMARY" || near(position.percent, 100);
  return isPromoted ? undefined : heldUntilMs(scene, situation.fresh, position);
}

/** When it has been held for too long; never while a job of it may still wait for what it needs. */
function heldUntilMs(scene: Scene, fresh: UnderWay["fresh"], position: Position): number {
  const { plan, observation } = scene;
  const { shifted, step } = observation.service.tags;
  const { held, stage, shift } = plan.spec.timeouts;
  const begunMs = Math.max(fresh.createdAtMs, shifted === plan.rollout ? (step?.atMs ?? 0) : 0);
  const { sinceMs } = position;
  const fromMs = sinceMs === undefined ? begunMs : bakeEndMs(scene, position, sinceMs);
  return fromMs + Math.max(held, stage, shift, patienceMs(plan));
}

/** Taken back, but not to the end: its rollback is at work as long as that may take, and after that it is not. */
function completeRollback({ plan, observation, nowMs }: Scene, situation: Situation): Move {
  const { shifted, step } = observation.service.tags;
  const own = "fresh" in situation && situation.fresh.origin.rollout === plan.rollout && situation.fresh;
  if (!own && shifted !== plan.rollout) return reached(`rollout ${plan.rollout} is taken back`);
  const lastMs = Math.max(own ? own.createdAtMs : 0, shifted === plan.rollout ? (step?.atMs ?? 0) : 0);
  if (nowMs < lastMs + plan.spec.timeouts.rollback) {
    return reached(`rollout ${plan.rollout} is being taken back`);
  }
  const reason = `rollout ${plan.rollout} was taken back, but its rollback did not come to its end`;
  return { kind: "roll-back", gate: "rollback", reason };
}

function reached(reason: string): Move {
  return { kind: "reached", reason };
}
