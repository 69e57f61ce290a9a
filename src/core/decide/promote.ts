import { capacityFor } from "../capacity.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import { formatDuration } from "../spec/duration.ts";
import { formatStep, TAG } from "../tags.ts";
import { judgeStops } from "../task-stops.ts";
import { formatWeights, groupName, sharePercent, shareRange } from "../weights.ts";
import { takenBack, wasTakenBack } from "./stage.ts";
import { shareMove } from "./weights.ts";

/**
 * The new version has all traffic and is PRIMARY; the old one stood by, warm and at full size, while gates
 * were judged for the whole bake.
 */
export function decidePromote(scene: Scene, situation: UnderWay): Move {
  const { fresh } = situation;
  const { plan, observation, nowMs } = scene;
  const { tags } = observation.service;
  const groupArn = fresh.targetGroupArn ?? "";
  const share = shareRange(observation.routes, plan.groups, groupArn);
  const shifted = tags.shifted === plan.rollout;
  if (wasTakenBack(scene, share.largest)) return takenBack(scene);
  const foreign = shifted ? strayWeights(scene, groupArn) : uninvited(scene, groupArn, share.largest);
  if (foreign) return foreign;
  if (share.smallest < 100) return flip(scene, situation, shifted);
  if (tags.step?.weightPercent !== 100) {
    return {
      kind: "tag-service",
      tags: { [TAG.step]: formatStep(100, nowMs) },
      reason: "the weights read back as written; the bake counts from here",
    };
  }
  return bake(scene, fresh, groupArn, tags.step.atMs);
}

function flip(scene: Scene, { fresh, younger }: UnderWay, shifted: boolean): Move {
  const { plan, observation, nowMs } = scene;
  const [intruder] = younger;
  const capacity = capacityFor(plan, fresh, observation.service.desiredCount, 100);
  const obstacle = intruder
    ? `task set ${intruder.id} of rollout ${intruder.origin?.rollout} is in the same target group and has to withdraw`
    : capacity.kind === "short" && capacity.reason;
  if (obstacle) {
    const deadlineMs = plan.startedAtMs + plan.spec.timeouts.shift;
    if (nowMs < deadlineMs) {
      return { kind: "wait", reason: `before any weight: ${obstacle}`, untilMs: deadlineMs };
    }
    return {
      kind: "roll-back",
      gate: "health",
      reason: `no shift was possible within ${formatDuration(plan.spec.timeouts.shift)}: ${obstacle}`,
    };
  }
  if (!shifted) {
    return {
      kind: "tag-service",
      tags: { [TAG.shifted]: plan.rollout, [TAG.step]: formatStep(0, nowMs) },
      reason: "the shift begins: once a weight has read back, weight 0 means taken back",
    };
  }
  const move = shareMove(scene, fresh.targetGroupArn ?? "", 100, "every one of its targets is healthy");
  return move ?? { kind: "refuse", reason: "the weights changed while they were being read; run again" };
}

/** Every look judges what there is, from the first request on; only time and evidence end the bake. */
function bake(scene: Scene, fresh: UnderWay["fresh"], groupArn: string, sinceMs: number): Move {
  const { plan, observation, evidence, nowMs } = scene;
  const stops = judgeStops(fresh.stops, sinceMs);
  if (stops.kind === "give-up") return { kind: "roll-back", gate: "tasks", reason: stops.reason };
  const gate = plan.spec.gates.errors;
  if (gate && !evidence.errors) {
    return {
      kind: "measure",
      question: { kind: "errors", groupArn, fromMs: sinceMs },
      reason: "bad requests so far",
    };
  }
  const verdict = evidence.errors;
  if (verdict?.kind === "regress") return { kind: "roll-back", gate: verdict.gate, reason: verdict.reason };
  const bakedMs = sinceMs + plan.spec.settle + plan.spec.bake;
  if (nowMs < bakedMs) {
    const left = formatDuration(bakedMs - nowMs);
    return {
      kind: "wait",
      reason: `baking, ${left} left${verdict ? `; ${verdict.reason}` : ""}`,
      untilMs: bakedMs,
    };
  }
  const capacity = capacityFor(plan, fresh, observation.service.desiredCount, 100);
  const doubt =
    capacity.kind === "short" ? capacity.reason : verdict && verdict.kind !== "healthy" ? verdict.reason : "";
  if (doubt) return linger(scene, bakedMs, doubt, capacity.kind === "short");
  if (fresh.status !== "PRIMARY") {
    return {
      kind: "set-primary",
      taskSetArn: fresh.arn,
      reason: "the bake is over and every gate has passed",
    };
  }
  const passed = verdict ? verdict.reason : "no metric gate is on";
  return { kind: "reached", reason: `the new version has all traffic and is PRIMARY; ${passed}` };
}

/** The bake is over, but not in the new version's favour: wait for evidence, within the gate's patience. */
function linger(scene: Scene, bakedMs: number, doubt: string, unhealthy: boolean): Move {
  const { plan, nowMs } = scene;
  const gate = plan.spec.gates.errors;
  const patienceMs = gate ? gate.patience : plan.spec.timeouts.shift;
  const deadlineMs = bakedMs + patienceMs;
  if (nowMs < deadlineMs)
    return { kind: "wait", reason: `the bake is over, but ${doubt}`, untilMs: deadlineMs };
  const after = `${formatDuration(patienceMs)} past the bake`;
  if (unhealthy) return { kind: "roll-back", gate: "health", reason: `${after}, ${doubt}` };
  return { kind: "hold", reason: `${after} there is still no evidence: ${doubt}` };
}

/** This rollout has written no weight, and yet there is some. */
function uninvited({ plan }: Scene, groupArn: string, largest: number): Move | undefined {
  if (largest === 0) return undefined;
  return {
    kind: "refuse",
    reason: `${groupName(groupArn)} has ${Math.round(largest)} % of the traffic, but rollout ${plan.rollout} has shifted none; somebody else changed the weights`,
    hint: "Roll the rollout back, and start a new run.",
  };
}

/** Between the routes' writes some have 0 and some 100; anything else, or a step back, is not ours. */
function strayWeights({ plan, observation }: Scene, groupArn: string): Move | undefined {
  const done = observation.service.tags.step?.weightPercent === 100;
  const stray = observation.routes.find((route) => {
    const percent = sharePercent(route, plan.groups, groupArn) ?? 0;
    return done ? percent !== 100 : percent !== 0 && percent !== 100;
  });
  return (
    stray && {
      kind: "refuse",
      reason: `${stray.arn} says ${formatWeights(stray.weights)}, which this rollout did not write; somebody else changed it`,
      hint: "Roll the rollout back, or set the weights as they were, and run again.",
    }
  );
}
