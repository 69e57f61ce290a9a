import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import { TOLERANCE_PERCENT } from "../steps.ts";
import { formatStep, TAG } from "../tags.ts";
import { formatPercent, formatWeights, groupName, sharePercent, shareRange } from "../weights.ts";
import { advance, raise } from "./advance.ts";
import { unlessSettled } from "./doubt.ts";
import { judge } from "./judge.ts";
import { actualPercent, near, nextWeight, type Position, positionOf } from "./position.ts";
import { takenBack, wasTakenBack } from "./stage.ts";

type Refusal = Extract<Move, { kind: "refuse" }>;

/**
 * Both targets go up the same steps, each with capacity first, then the weight, then its bake and gates.
 * - `shift` ends before the step of all traffic, and is held at an approve step that nobody has let pass.
 * - `promote` lets approve steps pass, since that is what a person asks by it, and ends when the new version
 *   has all traffic, its last bake is over and it is PRIMARY; the old one stands by.
 */
export function decideShift(scene: Scene, situation: UnderWay, target: "shift" | "promote"): Move {
  const { fresh } = situation;
  const position = positionOf(scene, situation);
  const foreign = foreignWeights(scene, fresh, position);
  if (foreign) return isTakenBackInPart(scene, fresh) ? unlessSettled(scene, foreign) : foreign;
  if (position.halfWritten) return raise(scene, situation, position, position.halfWritten);
  if (position.reached === -1 && position.percent === 0) return advance(scene, situation, position, target);
  if (position.sinceMs === undefined) return recordStep(scene, position.percent);
  const isFull = near(position.percent, 100);
  if (isFull && target === "shift")
    return { kind: "reached", reason: "the new version has all traffic already" };
  const verdict = judge(scene, fresh, position, position.sinceMs);
  if (verdict.kind === "move") return verdict.move;
  return isFull
    ? complete(fresh, verdict.passed)
    : advance(scene, situation, position, target, verdict.passed);
}

/**
 * Of several routes some have been taken from the new version: so it is in the middle of a rollback, which says that it is
 * one with its last write.
 */
function isTakenBackInPart({ plan, observation }: Scene, fresh: UnderWay["fresh"]): boolean {
  const { shifted, step } = observation.service.tags;
  const share = shareRange(observation.routes, plan.groups, fresh.targetGroupArn ?? "");
  const hadTraffic = shifted === plan.rollout && (step?.weightPercent ?? 0) > 0;
  return hadTraffic && share.smallest === 0 && share.largest > 0;
}

function recordStep({ nowMs }: Scene, percent: number): Move {
  return {
    kind: "tag-service",
    tags: { [TAG.step]: formatStep(percent, nowMs) },
    reason: "the weights read back as written; the bake counts from here",
  };
}

function complete(fresh: UnderWay["fresh"], passed: string): Move {
  if (fresh.status !== "PRIMARY") {
    const reason = `the bake is over; ${passed}`;
    return { kind: "set-primary", taskSetArn: fresh.arn, reason };
  }
  return { kind: "reached", reason: `the new version has all traffic and is PRIMARY; ${passed}` };
}

/** Why no phase goes on with weights that this rollout did not write, or that were taken from it. */
export function foreignWeights(
  scene: Scene,
  fresh: UnderWay["fresh"],
  position: Position,
): Refusal | undefined {
  const { plan, observation } = scene;
  const groupArn = fresh.targetGroupArn ?? "";
  const share = shareRange(observation.routes, plan.groups, groupArn);
  if (wasTakenBack(scene, share.largest)) return takenBack(scene);
  const hasBegun = observation.service.tags.shifted === plan.rollout;
  return hasBegun ? strayWeights(scene, position, groupArn) : uninvited(scene, groupArn, share.largest);
}

/** This rollout has written no weight, and yet there is some. */
function uninvited({ plan }: Scene, groupArn: string, largest: number): Refusal | undefined {
  if (largest === 0) return undefined;
  return {
    kind: "refuse",
    reason: `${groupName(groupArn)} has ${formatPercent(largest)} of the traffic, but rollout ${plan.rollout} has shifted none; somebody else changed the weights`,
    hint: "Roll the rollout back, and start a new run.",
  };
}

/**
 * Every route has the weight on record or, between the writes of a step, the next one; anything else is not
 * ours. A rolling rollout's steps follow the desired count, so there any weight above the recorded one may be.
 */
function strayWeights(scene: Scene, { steps }: Position, groupArn: string): Refusal | undefined {
  const { plan, observation } = scene;
  const recorded = observation.service.tags.step?.weightPercent ?? 0;
  const next = nextWeight({ steps, percent: recorded });
  const isOurs = (route: (typeof observation.routes)[number]): boolean => {
    const share = sharePercent(route, plan.groups, groupArn) ?? 0;
    const least = actualPercent(scene, route, groupArn, recorded);
    if (near(share, least)) return true;
    if (plan.spec.strategy === "rolling" && next && share > least - TOLERANCE_PERCENT) return true;
    return next !== undefined && near(share, actualPercent(scene, route, groupArn, next.percent));
  };
  const stray = observation.routes.find((route) => !isOurs(route));
  return (
    stray && {
      kind: "refuse",
      reason: `${stray.arn} says ${formatWeights(stray.weights)}, which this rollout did not write; somebody else changed it`,
      hint: "Roll the rollout back, or set the weights as they were, and run again.",
    }
  );
}
