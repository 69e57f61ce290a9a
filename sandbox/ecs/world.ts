import type { MetricSink, Surroundings, TargetGroups, TaskRuntime } from "../ports.ts";
import type { EcsChange } from "./changes.ts";
import type { Ids } from "./ids.ts";
import type { EcsState, ServiceRecord } from "./state.ts";

/** What every part of the control plane works with. */
export interface World {
  readonly surroundings: Surroundings;
  readonly targetGroups: TargetGroups;
  readonly runtime: TaskRuntime;
  readonly metrics: MetricSink | undefined;
  readonly state: EcsState;
  readonly ids: Ids;
  /** Something in this service is not as it was: what stale readers see must remember it. */
  touched(service: ServiceRecord): void;
  /** Tells the listeners. */
  changed(change: EcsChange): void;
  /** The scheduler should look soon. */
  wake(): void;
}

export const nowMs = (world: World): number => world.surroundings.clock.nowMs();

/** An AWS duration as it passes here (`settings.speed`). */
export const sped = (world: World, durationMs: number): number =>
  durationMs / world.surroundings.settings.speed;
