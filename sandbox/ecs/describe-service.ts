import type { Service } from "@aws-sdk/client-ecs";
import { date } from "./dates.ts";
import {
  copyBalancer,
  describeDeployment,
  describeTaskSet,
  networkConfigurationOf,
} from "./describe-task-set.ts";
import { pendingCount, runningCount } from "./launch.ts";
import type { ServiceRecord, TaskSetRecord } from "./state.ts";

/** A service with everything that any operation may ask for: its task sets in full, and all tags. */
export function describeService(service: ServiceRecord): Service {
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: total(service, runningCount),
    pendingCount: total(service, pendingCount),
    deploymentConfiguration: service.deploymentConfiguration,
    placementConstraints: service.placementConstraints ?? [],
    placementStrategy: service.placementStrategy ?? [],
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: "REPLICA",
    deploymentController: { type: service.controller },
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags ?? "NONE",
    enableExecuteCommand: false,
    createdAt: date(service.createdAtMs),
    events: service.events.map((event) => ({
      id: event.id,
      createdAt: date(event.atMs),
      message: event.message,
    })),
    tags: [...service.tags],
    ...(service.controller === "EXTERNAL" ? externalFields(service) : nativeFields(service)),
  };
}

function externalFields(service: ServiceRecord): Partial<Service> {
  return {
    taskSets: service.taskSets.map(describeTaskSet),
    deployments: [],
    loadBalancers: [],
    serviceRegistries: [],
  };
}

function nativeFields(service: ServiceRecord): Partial<Service> {
  const deployments = [...service.taskSets].reverse();
  const primary = deployments.find((deployment) => deployment.status === "PRIMARY");
  const launch = primary?.launch;
  return {
    deployments: deployments.map(describeDeployment),
    taskDefinition: primary?.definition.arn,
    loadBalancers: launch?.loadBalancers.map(copyBalancer) ?? [],
    serviceRegistries: [...(launch?.serviceRegistries ?? [])],
    launchType: launch?.launchType,
    platformVersion: launch?.platformVersion,
    networkConfiguration: launch && networkConfigurationOf(launch),
  };
}

const total = (service: ServiceRecord, count: (taskSet: TaskSetRecord) => number): number =>
  service.taskSets.reduce((sum, taskSet) => sum + count(taskSet), 0);
