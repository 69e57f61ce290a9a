import type { ObservedTaskSet } from "./observation.ts";
import type { Plan } from "./plan.ts";

export type Capacity =
  | { readonly kind: "enough" }
  /** `reason`: "3 of 4 targets healthy (1: Target.FailedHealthChecks)". */
  | { readonly kind: "short"; readonly reason: string };

/** Shares on record have two decimals: 66.67 % of 3 tasks are two tasks. */
const RECORDED_TO_PERCENT = 0.01;

/** How many tasks a share of the desired count comes to, rounded up, as ECS counts; at least one for any share. */
export function tasksFor(desiredCount: number, percent: number): number {
  return Math.ceil((desiredCount * Math.max(0, percent - RECORDED_TO_PERCENT)) / 100);
}

/**
 * The scale at which ECS computes `tasks` of `desiredCount`: rounded down to a hundredth, since ECS rounds up
 * (computedDesiredCount = ceil(desired × scale / 100), and a scale is a double).
 */
export function scaleFor(tasks: number, desiredCount: number): number {
  return Math.min(100, Math.floor((10_000 * tasks) / desiredCount) / 100);
}

/**
 * Whether a task set can carry `percent` of the service's traffic: as many healthy targets of its own as its
 * computed count, which itself must cover the share; and one in every zone where the load balancer keeps
 * traffic within zones.
 */
export function capacityFor(
  plan: Pick<Plan, "zones">,
  set: ObservedTaskSet,
  desiredCount: number,
  percent: number,
): Capacity {
  return hasHealthy(plan, set, Math.max(1, tasksFor(desiredCount, percent), set.computedDesiredCount));
}

/** The same of a set that is growing already: what it has so far need only carry its present share. */
export function presentCapacity(
  plan: Pick<Plan, "zones">,
  set: ObservedTaskSet,
  desiredCount: number,
  percent: number,
): Capacity {
  return hasHealthy(plan, set, Math.max(1, tasksFor(desiredCount, percent)));
}

function hasHealthy(plan: Pick<Plan, "zones">, set: ObservedTaskSet, needed: number): Capacity {
  if (set.healthyCount < needed) {
    const reasons = set.unhealthyReasons.length > 0 ? ` (${set.unhealthyReasons.join(", ")})` : "";
    return { kind: "short", reason: `${set.healthyCount} of ${needed} targets healthy${reasons}` };
  }
  const missing = plan.zones.filter((zone) => !set.healthyZones.includes(zone));
  if (missing.length > 0) {
    return {
      kind: "short",
      reason: `no healthy target in ${missing.join(", ")} (cross-zone load balancing is off)`,
    };
  }
  return { kind: "enough" };
}
