import { alive, isHealthy } from "./launch.ts";
import { rollingCounts } from "./rolling.ts";
import type { ServiceRecord, TaskSetRecord } from "./state.ts";
import type { World } from "./world.ts";

/** Says how many tasks each deployment of an ECS-controlled service should have now. */
export function planRollout(world: World, service: ServiceRecord): void {
  const fresh = service.taskSets.find((deployment) => deployment.status === "PRIMARY");
  const old = service.taskSets.filter((deployment) => deployment !== fresh);
  const active = service.status === "ACTIVE";
  const counts = rollingCounts({
    desiredCount: active ? service.desiredCount : 0,
    minimumHealthyPercent: service.deploymentConfiguration?.minimumHealthyPercent ?? 100,
    maximumPercent: service.deploymentConfiguration?.maximumPercent ?? 200,
    fresh: tally(world, fresh ? [fresh] : []),
    old: tally(world, old),
  });
  if (fresh) fresh.computedDesiredCount = counts.fresh;
  let left = active ? counts.old : 0;
  for (const deployment of [...old].reverse()) {
    deployment.computedDesiredCount = Math.min(left, alive(deployment).length);
    left -= deployment.computedDesiredCount;
  }
}

/** A deployment that was replaced and has no task left is not described any more; one that stands alone and steady is COMPLETED. */
export function settleDeployments(service: ServiceRecord): void {
  for (const deployment of service.taskSets) {
    const replaced = deployment.status !== "PRIMARY" || service.status !== "ACTIVE";
    if (replaced && deployment.tasks.length === 0) deployment.status = "DRAINING";
    if (service.taskSets.length === 1 && deployment.steady) deployment.rolledOut = true;
  }
}

function tally(world: World, deployments: readonly TaskSetRecord[]): { alive: number; healthy: number } {
  const tasks = deployments.flatMap(alive);
  return {
    alive: tasks.length,
    healthy: tasks.filter((task) => isHealthy(task, world.targetGroups)).length,
  };
}
