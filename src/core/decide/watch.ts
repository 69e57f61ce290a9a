import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { Step } from "../steps.ts";
import { formatPercent } from "../weights.ts";
import { near, type Position, positionOf } from "./position.ts";
import { doubtWeights, judgePresent, standingOf } from "./present.ts";

/**
 * Judges a rollout while people decide whether it goes on, and writes nothing. It ends when somebody has let it go on:
 * past the approve step that is open, or where none is, past the last weight below all of the traffic. No evidence is
 * a wait: the job that goes on, and the limit of this one, see to the rest.
 */
export function decideWatch(scene: Scene, situation: UnderWay): Move {
  const { fresh } = situation;
  if (fresh.status === "PRIMARY") return { kind: "reached", reason: "the rollout went on: it is promoted" };
  const position = positionOf(scene, situation);
  const doubt = doubtWeights(scene, fresh, position);
  if (doubt) return doubt;
  if (hasGoneOn(scene, position)) {
    const percent = formatPercent(position.halfWritten?.percent ?? position.percent);
    return { kind: "reached", reason: `the rollout went on: the new version gets ${percent} of the traffic` };
  }
  const present = judgePresent(scene, fresh, standingOf(scene, position));
  if (present.kind === "move") return present.move;
  return { kind: "wait", reason: `watching ${where(position)} until somebody decides: ${present.seen}` };
}

function hasGoneOn({ plan }: Scene, { steps, reached, halfWritten }: Position): boolean {
  const furthest = halfWritten ? steps.indexOf(halfWritten) : reached;
  const open = steps.flatMap((step, index) => (step.kind === "approve" ? [index] : []))[plan.approvals];
  return furthest > (open ?? steps.findLastIndex(isBelowAll));
}

function isBelowAll(step: Step): boolean {
  return step.kind === "route" || (step.kind === "weight" && !near(step.percent, 100));
}

function where({ percent, reached }: Position): string {
  if (percent > 0) return `at ${formatPercent(percent)}`;
  return reached >= 0 ? "its first users" : "before its first users";
}
