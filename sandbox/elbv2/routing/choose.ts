import type { Forward } from "./outcome.ts";

/**
 * The target group for one request, or undefined when nobody may have it (all weights are zero).
 *
 * `pinned` is the group of a valid AWSALBTG cookie. It overrides the weights while its group is in the action;
 * at weight 0 only if `pinnedReachesWeightZero` (AWS does not say). `random` is in [0, 1).
 */
export function chooseGroup(
  forward: Forward,
  choice: { readonly pinned?: string; readonly pinnedReachesWeightZero: boolean; readonly random: number },
): string | undefined {
  const { pinned } = choice;
  if (pinned !== undefined && forward.stickySeconds !== undefined) {
    const group = forward.groups.find((candidate) => candidate.targetGroupArn === pinned);
    if (group && (group.weight > 0 || choice.pinnedReachesWeightZero)) return pinned;
  }
  const total = forward.groups.reduce((sum, group) => sum + group.weight, 0);
  let left = choice.random * total;
  for (const group of forward.groups) {
    if (group.weight > 0 && left < group.weight) return group.targetGroupArn;
    left -= group.weight;
  }
  return undefined;
}

/** A registered target that is not draining, and what the health checks say of it. */
export interface Candidate {
  readonly healthy: boolean;
}

/** The smallest number of healthy targets with which a group does not fail open. */
export function minimumHealthy(attributes: Readonly<Record<string, string>>, registered: number): number {
  const prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets";
  const count = Number(attributes[`${prefix}.count`] ?? "1");
  const percentage = attributes[`${prefix}.percentage`] ?? "off";
  const byPercentage = percentage === "off" ? 0 : Math.ceil((registered * Number(percentage)) / 100);
  return Math.max(count, byPercentage);
}

/**
 * The targets that get traffic: the healthy ones; or all of them (fail open) when fewer than `minimum` are
 * healthy. None registered: none, which is a 503.
 */
export function eligible<T extends Candidate>(
  targets: readonly T[],
  minimum: number,
): { readonly targets: readonly T[]; readonly failedOpen: boolean } {
  const healthy = targets.filter((target) => target.healthy);
  return healthy.length >= minimum
    ? { targets: healthy, failedOpen: false }
    : { targets, failedOpen: targets.length > 0 };
}
