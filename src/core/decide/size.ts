import { capacityFor, scaleFor, tasksFor } from "../capacity.ts";
import { countOf } from "../count-words.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Write } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import type { Plan } from "../plan.ts";
import { TOLERANCE_PERCENT, weightSteps } from "../steps.ts";
import { asWeighted, formatPercent, shareRange } from "../weights.ts";

/** The scale at which a new set carries `percent` of the traffic. Whole tasks of a rolling rollout stay whole. */
export function scaleForWeight(plan: Pick<Plan, "spec">, desiredCount: number, percent: number): number {
  if (plan.spec.strategy !== "rolling") return percent;
  return scaleFor(Math.max(1, tasksFor(desiredCount, percent)), desiredCount);
}

/** What a rollout's task set is staged for: its first weight, or all of the traffic in blue-green, split or not. */
export function firstPercent(plan: Pick<Plan, "spec">, desiredCount: number): number {
  if (plan.spec.strategy === "blue-green") return 100;
  return weightSteps(plan.spec, desiredCount)[0]?.percent ?? 100;
}

/** The new set as large as its next weight needs; undefined when it is. */
export function grow(
  { plan, observation }: Scene,
  fresh: ObservedTaskSet,
  percent: number,
): Write | undefined {
  const { desiredCount } = observation.service;
  const scalePercent = scaleForWeight(plan, desiredCount, percent);
  if (fresh.scalePercent >= scalePercent - TOLERANCE_PERCENT / 10) return undefined;
  const tasks = tasksFor(desiredCount, percent);
  return {
    kind: "scale-task-set",
    taskSetArn: fresh.arn,
    scalePercent,
    reason: `${tasks} of ${desiredCount} tasks of the new version for ${formatPercent(percent)} of the traffic`,
  };
}

/**
 * In a rolling rollout the old set follows its weight before the new one grows again, so that there is never
 * more than one batch above the desired count. Undefined when it does, and with every other strategy.
 */
export function shrinkOld(
  { plan, observation }: Scene,
  { stable, fresh }: Pick<UnderWay, "stable" | "fresh">,
  percent: number,
):
  | { readonly kind: "write"; readonly write: Write }
  | { readonly kind: "wait"; readonly reason: string }
  | undefined {
  if (fresh.origin.strategy !== "rolling" || percent === 0) return undefined;
  const { desiredCount } = observation.service;
  const share = shareRange(observation.routes, plan.groups, stable.targetGroupArn ?? "").largest;
  const needed = tasksFor(desiredCount, share);
  if (stable.computedDesiredCount > needed) {
    const capacity = capacityFor(plan, fresh, desiredCount, percent);
    if (capacity.kind === "short") return { kind: "wait", reason: capacity.reason };
    const write: Write = {
      kind: "scale-task-set",
      taskSetArn: stable.arn,
      scalePercent: scaleFor(needed, desiredCount),
      whileRoutes: observation.routes.map(asWeighted),
      reason: `${needed} of ${desiredCount} tasks of the old version for ${formatPercent(share)} of the traffic`,
    };
    return { kind: "write", write };
  }
  const running = stable.runningCount + stable.pendingCount;
  if (running <= needed) return undefined;
  return { kind: "wait", reason: `the old version is stopping ${countOf(running - needed, "task")}` };
}
