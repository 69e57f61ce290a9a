import type { ContainerDefinition, NetworkMode } from "@aws-sdk/client-ecs";
import type { TargetGroups } from "../ports.ts";
import type { LaunchSpec, ServiceRecord, TaskDefinitionRecord, TaskRecord, TaskSetRecord } from "./state.ts";

/** What AWS derives from a launch specification. */

/** The launch type that tasks get: what was asked for, what the capacity providers say, else EC2. */
export function launchTypeOf(service: ServiceRecord, launch: LaunchSpec): "EC2" | "FARGATE" | "EXTERNAL" {
  if (launch.launchType === "FARGATE" || launch.launchType === "EXTERNAL") return launch.launchType;
  if (launch.launchType) return "EC2";
  return capacityProviderOf(service, launch)?.startsWith("FARGATE") ? "FARGATE" : "EC2";
}

/** The capacity provider of new tasks: the one with the greatest weight of the (default) strategy. */
export function capacityProviderOf(service: ServiceRecord, launch: LaunchSpec): string | undefined {
  if (launch.launchType) return undefined;
  const strategy =
    launch.capacityProviderStrategy.length > 0
      ? launch.capacityProviderStrategy
      : service.cluster.defaultStrategy;
  const byWeight = [...strategy].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
  return byWeight[0]?.capacityProvider;
}

export function networkModeOf(definition: TaskDefinitionRecord): NetworkMode {
  return definition.given.networkMode ?? "bridge";
}

export function containersOf(definition: TaskDefinitionRecord): readonly ContainerDefinition[] {
  return definition.given.containerDefinitions;
}

/** ceil(desired × scale ÷ 100); nothing for a set that is draining. */
export function computedCount(taskSet: TaskSetRecord): number {
  if (taskSet.status === "DRAINING" || taskSet.service.status !== "ACTIVE") return 0;
  return Math.ceil((taskSet.service.desiredCount * taskSet.scalePercent) / 100);
}

/** RUNNING, and healthy in every target group that it is registered in. */
export function isHealthy(task: TaskRecord, groups: TargetGroups): boolean {
  return (
    task.lastStatus === "RUNNING" &&
    task.registrations.every((at) => groups.health(at.targetGroupArn, at.target) === "healthy")
  );
}

/** Tasks that are wanted (not being stopped). */
export function alive(taskSet: TaskSetRecord): readonly TaskRecord[] {
  return taskSet.tasks.filter((task) => task.desiredStatus === "RUNNING");
}

export function runningCount(taskSet: TaskSetRecord): number {
  return taskSet.tasks.filter((task) => task.lastStatus === "RUNNING").length;
}

export function pendingCount(taskSet: TaskSetRecord): number {
  return taskSet.tasks.filter((task) => task.lastStatus === "PROVISIONING" || task.lastStatus === "PENDING")
    .length;
}
