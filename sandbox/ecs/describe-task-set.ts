import type { Deployment, LoadBalancer, NetworkConfiguration, TaskSet } from "@aws-sdk/client-ecs";
import { date } from "./dates.ts";
import { launchTypeOf, pendingCount, runningCount } from "./launch.ts";
import type { LaunchSpec, TaskSetRecord } from "./state.ts";

/** A task set as DescribeTaskSets gives it, with its tags. */
export function describeTaskSet(taskSet: TaskSetRecord): TaskSet {
  const { service, launch } = taskSet;
  return {
    ...summary(taskSet),
    taskSetArn: taskSet.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    externalId: taskSet.externalId,
    computedDesiredCount: taskSet.computedDesiredCount,
    ...launchFields(taskSet),
    loadBalancers: launch.loadBalancers.map(copyBalancer),
    serviceRegistries: [...launch.serviceRegistries],
    scale: { value: taskSet.scalePercent, unit: "PERCENT" },
    stabilityStatus: taskSet.steady ? "STEADY_STATE" : "STABILIZING",
    stabilityStatusAt: date(taskSet.steadyChangedAtMs),
    tags: [...taskSet.tags],
  };
}

/** A task set as DescribeServices gives it: what belongs to its launch comes from DescribeTaskSets only. */
export function summarizeTaskSet(taskSet: TaskSet): TaskSet {
  const { tags, networkConfiguration, loadBalancers, serviceRegistries, externalId, ...rest } = taskSet;
  return rest;
}

export function describeDeployment(deployment: TaskSetRecord): Deployment {
  const primary = deployment.status === "PRIMARY";
  return {
    ...summary(deployment),
    status: primary ? "PRIMARY" : "ACTIVE",
    desiredCount: primary ? deployment.service.desiredCount : deployment.computedDesiredCount,
    failedTasks: deployment.failedStarts,
    ...launchFields(deployment),
    rolloutState: deployment.rolledOut ? "COMPLETED" : "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${deployment.id} ${deployment.rolledOut ? "completed" : "in progress"}.`,
  };
}

export const copyBalancer = (balancer: LoadBalancer): LoadBalancer => ({ ...balancer });

export function networkConfigurationOf(launch: LaunchSpec): NetworkConfiguration | undefined {
  return launch.awsvpc && { awsvpcConfiguration: launch.awsvpc };
}

function summary(taskSet: TaskSetRecord) {
  return {
    id: taskSet.id,
    status: taskSet.status,
    taskDefinition: taskSet.definition.arn,
    pendingCount: pendingCount(taskSet),
    runningCount: runningCount(taskSet),
    createdAt: date(taskSet.createdAtMs),
    updatedAt: date(taskSet.updatedAtMs),
  };
}

function launchFields({ service, launch }: TaskSetRecord) {
  const launchType = launchTypeOf(service, launch);
  const strategy = [...launch.capacityProviderStrategy];
  return {
    ...(strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType }),
    platformVersion: launchType === "FARGATE" ? (launch.platformVersion ?? "1.4.0") : undefined,
    platformFamily: launchType === "FARGATE" ? "Linux" : undefined,
    networkConfiguration: networkConfigurationOf(launch),
  };
}
