import type { Service as ServiceDescription } from "@aws-sdk/client-ecs";
import type { MetricSink, Surroundings, TargetGroups, TaskRuntime } from "../ports.ts";
import type { Service } from "../wire/service.ts";
import type { EcsListener } from "./changes.ts";
import { clusterOperations } from "./clusters.ts";
import { containerInstanceOperations } from "./container-instances.ts";
import { describeService } from "./describe-service.ts";
import { createFaults, type EcsFaults } from "./faults.ts";
import { createHistory } from "./history.ts";
import { createIds } from "./ids.ts";
import { createScheduler } from "./scheduler.ts";
import { serviceOperations } from "./services.ts";
import { createStaleReads } from "./stale-reads.ts";
import { emptyState } from "./state.ts";
import { tagOperations } from "./tags.ts";
import { taskDefinitionOperations } from "./task-definitions.ts";
import { taskSetOperations } from "./task-sets.ts";
import { taskOperations } from "./tasks.ts";
import { type EcsView, viewOf } from "./view.ts";
import type { World } from "./world.ts";

export interface EcsOptions {
  readonly surroundings: Surroundings;
  readonly targetGroups: TargetGroups;
  readonly runtime: TaskRuntime;
  /** Where the utilization of services goes. Default: nowhere. */
  readonly metrics?: MetricSink;
  /** EC2 instances that every new cluster has, in one zone each. Default 2. */
  readonly instancesPerCluster?: number;
}

export interface Ecs {
  readonly service: Service;
  readonly faults: EcsFaults;
  view(): EcsView;
  /** Calls `listener` at every change, while it happens; the returned function ends it. */
  onChange(listener: EcsListener): () => void;
  /** Ends the scheduler. Tasks are ended by the runtime's own `close`. */
  close(): void;
}

/** Amazon ECS: the control plane and the scheduler that starts and stops tasks. */
export function createEcs(options: EcsOptions): Ecs {
  const { surroundings, targetGroups, runtime } = options;
  const listeners = new Set<EcsListener>();
  const history = createHistory<ServiceDescription>(() => surroundings.settings.staleReadsMs);
  const world: World = {
    surroundings,
    targetGroups,
    runtime,
    metrics: options.metrics,
    state: emptyState(),
    ids: createIds(),
    touched: (service) => history.record(service.arn, describeService(service), surroundings.clock.nowMs()),
    changed: (change) => {
      for (const listener of listeners) listener(change);
    },
    wake: () => scheduler.wake(),
  };
  const scheduler = createScheduler(world);
  const reads = createStaleReads(world.state, history, () => ({
    nowMs: surroundings.clock.nowMs(),
    staleReadsMs: surroundings.settings.staleReadsMs,
  }));
  return {
    service: { name: "ecs", operations: operationsOf(world, options.instancesPerCluster ?? 2, reads) },
    faults: createFaults(world),
    view: () => viewOf(world.state),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => scheduler.close(),
  };
}

type Reads = ReturnType<typeof createStaleReads>;

function operationsOf(world: World, instancesPerCluster: number, reads: Reads): Service["operations"] {
  return {
    ...clusterOperations(world, instancesPerCluster),
    ...containerInstanceOperations(world),
    ...taskDefinitionOperations(world),
    ...serviceOperations(world, reads),
    ...taskSetOperations(world, reads),
    ...taskOperations(world),
    ...tagOperations(world),
  };
}
