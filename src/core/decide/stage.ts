import { countOf } from "../count-words.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { otherGroup } from "../plan.ts";
import { formatPercent, formatWeights, groupName, sharePercent, shareRange, withShare } from "../weights.ts";
import { becomeHealthy } from "./health.ts";
import { suspendScaling } from "./scaling.ts";
import { firstPercent, grow, scaleForWeight } from "./size.ts";
import { testRouteMove } from "./weights.ts";

type Staging = UnderWay | { readonly kind: "at-rest"; readonly stable: ObservedTaskSet };

/** The new task set stands beside the old at weight 0, every task healthy, and the test route leads to it. */
export function decideStage(scene: Scene, situation: Staging): Move {
  return situation.kind === "at-rest" ? beginStage(scene, situation.stable) : continueStage(scene, situation);
}

function beginStage(scene: Scene, stable: ObservedTaskSet): Move {
  const { plan, observation } = scene;
  const stableGroup = stable.targetGroupArn;
  if (!stableGroup || !plan.groups.includes(stableGroup)) {
    return {
      kind: "refuse",
      reason: `the serving task set ${stable.id} is not registered in either target group of the production routes`,
    };
  }
  const idle = otherGroup(plan, stableGroup);
  const astray = observation.routes.find((route) => sharePercent(route, plan.groups, stableGroup) !== 100);
  if (astray) {
    return {
      kind: "refuse",
      reason: `${groupName(stableGroup)} serves, but ${astray.arn} says ${formatWeights(astray.weights)}; somebody else changed it`,
      hint: `Give ${groupName(stableGroup)} all of the service's weight again, and run again.`,
    };
  }
  const lost = observation.routes.find((route) => !route.weights.some((entry) => entry.groupArn === idle));
  if (lost) {
    return {
      kind: "set-weights",
      route: { kind: lost.kind, arn: lost.arn },
      from: lost.weights,
      to: withShare(lost.weights, plan.groups, stableGroup, 100),
      reason: `${groupName(idle)} hangs on the route again at weight 0: without a route its targets are not checked`,
    };
  }
  const held = suspendScaling(scene);
  if (held) return held;
  const { desiredCount } = observation.service;
  const percent = firstPercent(plan, desiredCount);
  const scalePercent = scaleForWeight(plan, desiredCount, percent);
  const size = percent === 100 ? "full size" : `as large as ${formatPercent(percent)} of the traffic needs`;
  return {
    kind: "create-task-set",
    groupArn: idle,
    stableArn: stable.arn,
    scalePercent,
    reason: `the new version stands beside ${stable.id} in ${groupName(idle)}, at weight 0 and ${size}`,
  };
}

function continueStage(scene: Scene, { fresh }: UnderWay): Move {
  const { plan, observation } = scene;
  const groupArn = fresh.targetGroupArn ?? "";
  const { desiredCount } = observation.service;
  const share = shareRange(observation.routes, plan.groups, groupArn);
  if (share.largest > 0) return alreadyServing(scene, groupArn);
  if (wasTakenBack(scene, share.largest)) return takenBack(scene);
  const held = suspendScaling(scene);
  if (held) return held;
  const percent = firstPercent(plan, desiredCount);
  return (
    grow(scene, fresh, percent) ??
    becomeHealthy(scene, fresh, percent) ??
    testRouteMove(scene, groupArn, "people and smoke checks reach the new version before users do") ?? {
      kind: "reached",
      reason: `the new version is healthy in ${groupName(groupArn)} with ${countOf(fresh.healthyCount, "task")}, at weight 0`,
    }
  );
}

function alreadyServing(scene: Scene, groupArn: string): Move {
  if (scene.observation.service.tags.shifted === scene.plan.rollout) {
    return { kind: "reached", reason: "the new version is staged, and already has traffic" };
  }
  return {
    kind: "refuse",
    reason: `${groupName(groupArn)} has production traffic, but this rollout has shifted none; somebody else changed the weights`,
    hint: "Roll the rollout back, or set the weights as they were, and run again.",
  };
}

/**
 * This rollout's weight had read back, and now there is none. `sluice:shifted` alone does not say so: between
 * that tag and the first weight there is a moment, and a phase killed in it may go on.
 */
export function wasTakenBack({ plan, observation }: Scene, largestPercent: number): boolean {
  const { shifted, step } = observation.service.tags;
  return shifted === plan.rollout && (step?.weightPercent ?? 0) > 0 && largestPercent === 0;
}

export function takenBack({ plan }: Scene): Extract<Move, { kind: "refuse" }> {
  return {
    kind: "refuse",
    reason: `rollout ${plan.rollout} had begun to shift and the new version has no traffic: it was taken back`,
    hint: "Run the rollback phase to clean up, then start a new run.",
  };
}
