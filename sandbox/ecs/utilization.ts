import { containersOf } from "./launch.ts";
import type { ServiceRecord, TaskSetRecord } from "./state.ts";
import { nowMs, type World } from "./world.ts";

/**
 * Once in every metric period, at the first look in it, publishes what each running task uses of its CPU and memory
 * (`settings.utilizationPercent`), under the service that it belongs to: both versions together, as in AWS. Returns what to
 * call at every look of the scheduler.
 */
export function createUtilization(world: World): () => void {
  let published = Number.NEGATIVE_INFINITY;
  return () => {
    const { settings } = world.surroundings;
    if (!settings.utilizationPercent) return;
    const period = Math.floor(nowMs(world) / (settings.metricPeriodSeconds * 1000));
    if (period === published) return;
    published = period;
    for (const service of world.state.services.values())
      for (const taskSet of service.taskSets) publish(world, service, taskSet);
  };
}

function publish({ surroundings, metrics }: World, service: ServiceRecord, taskSet: TaskSetRecord): void {
  const images = containersOf(taskSet.definition).map(({ image }) => image ?? "");
  const used = images.map((image) => surroundings.settings.utilizationPercent?.[image]).find(Boolean);
  const dimensions = { ClusterName: service.cluster.name, ServiceName: service.name };
  for (const task of taskSet.tasks) {
    if (task.lastStatus !== "RUNNING") continue;
    if (used?.cpu !== undefined) metrics?.add("AWS/ECS", "CPUUtilization", dimensions, used.cpu);
    if (used?.memory !== undefined) metrics?.add("AWS/ECS", "MemoryUtilization", dimensions, used.memory);
  }
}
