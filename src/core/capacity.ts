import type { ObservedTaskSet } from "./observation.ts";
import type { Plan } from "./plan.ts";

export type Capacity =
  | { readonly kind: "enough" }
  /** `reason`: "3 of 4 targets healthy (1: Target.FailedHealthChecks)". */
  | { readonly kind: "short"; readonly reason: string };

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
  const needed = Math.max(1, Math.ceil((desiredCount * percent) / 100), set.computedDesiredCount);
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
