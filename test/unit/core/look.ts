import type { Observation, ObservedRoute, ObservedTaskSet } from "../../../src/core/observation.ts";
import { parseServiceTags } from "../../../src/core/tags.ts";
import { computedCount, type ModelRoute, type ModelSet, type World } from "./model.ts";
import { SERVICE } from "./world.ts";

/** Targets of a set are checked, and can be healthy, only while its group hangs on a route. */
export function healthyCount(world: World, set: ModelSet): number {
  const since = world.attachedSinceMs[set.groupArn];
  if (set.goneAtMs !== undefined || since === undefined) return 0;
  const checkedAtMs = since === 0 ? 0 : since + world.chance.checkMs;
  return set.tasks.filter((task) => Math.max(task.healthyAtMs, checkedAtMs) <= world.nowMs).length;
}

/** What AWS says of the world: route writes show late, everything else at once. */
export function observe(world: World): Observation {
  const seen = (route: ModelRoute): ObservedRoute => ({
    kind: route.kind,
    arn: route.arn,
    sticky: route.sticky,
    weights: world.nowMs < route.freshAtMs ? route.before : route.weights,
  });
  return {
    cohorts: world.cohorts,
    atMs: world.nowMs,
    service: { arn: SERVICE, desiredCount: world.desiredCount, tags: parseServiceTags(world.tags) },
    taskSets: world.sets.map((set) => observeSet(world, set)),
    routes: world.routes.map(seen),
    testRoute: seen(world.testRoute),
  };
}

function observeSet(world: World, set: ModelSet): ObservedTaskSet {
  const healthy = healthyCount(world, set);
  return {
    arn: set.arn,
    id: set.id,
    status: set.goneAtMs !== undefined ? "DRAINING" : set.primary ? "PRIMARY" : "ACTIVE",
    taskDefinitionArn: set.taskDefinitionArn,
    targetGroupArn: set.groupArn,
    scalePercent: set.scalePercent,
    computedDesiredCount: computedCount(world, set),
    runningCount: set.tasks.length + set.stopping.length,
    pendingCount: 0,
    createdAtMs: set.createdAtMs,
    origin: set.origin,
    healthyCount: healthy,
    healthyZones: healthy > 0 ? ["eu-west-1a"] : [],
    unhealthyReasons: healthy < set.tasks.length ? ["Elb.InitialHealthChecking"] : [],
    stops: set.stops,
  };
}
