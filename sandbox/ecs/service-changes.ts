import type { CreateServiceRequest, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import { serviceArn, shortServiceArn } from "../arns.ts";
import { computedCount } from "./launch.ts";
import { type LaunchRequest, launchSpec } from "./launch-rules.ts";
import { findActiveTaskDefinition } from "./lookup.ts";
import { addTaskSet } from "./new-task-set.ts";
import type { Parsed } from "./parsed.ts";
import type { ClusterRecord, LaunchSpec, ServiceRecord, TaskSetRecord } from "./state.ts";
import { newTags } from "./tag-rules.ts";
import { nowMs, type World } from "./world.ts";

const MOST_BALANCERS = 5;
const DEFAULT_DEPLOYMENT = { maximumPercent: 200, minimumHealthyPercent: 100 };

/** Adds the service to the account; under ECS with its first deployment. */
export function createService(
  world: World,
  cluster: ClusterRecord,
  controller: "EXTERNAL" | "ECS",
  request: Parsed<CreateServiceRequest>,
): ServiceRecord {
  const service: ServiceRecord = {
    arn: arnOf(world, cluster, request.serviceName),
    name: request.serviceName,
    cluster,
    controller,
    createdAtMs: nowMs(world),
    clientToken: request.clientToken,
    taskSetTokens: new Map(),
    status: "ACTIVE",
    desiredCount: request.desiredCount ?? 0,
    deploymentConfiguration: { ...DEFAULT_DEPLOYMENT, ...request.deploymentConfiguration },
    placementConstraints: request.placementConstraints,
    placementStrategy: request.placementStrategy,
    healthCheckGracePeriodSeconds: request.healthCheckGracePeriodSeconds,
    enableECSManagedTags: request.enableECSManagedTags ?? false,
    propagateTags: request.propagateTags,
    tags: newTags(request.tags),
    events: [],
    taskSets: [],
    startFault: undefined,
    placementRefusal: undefined,
  };
  if (controller === "ECS") addDeployment(world, service, request, undefined);
  world.state.services.set(service.arn, service);
  world.touched(service);
  world.wake();
  return service;
}

function arnOf({ surroundings }: World, cluster: ClusterRecord, name: string): string {
  return surroundings.settings.longServiceArns
    ? serviceArn(surroundings, cluster.name, name)
    : shortServiceArn(surroundings, name);
}

/** Applies what UpdateService changes on the service itself. */
export function updateService(
  world: World,
  service: ServiceRecord,
  request: Parsed<UpdateServiceRequest>,
): void {
  const fromCount = service.desiredCount;
  service.desiredCount = request.desiredCount ?? fromCount;
  service.placementConstraints = request.placementConstraints ?? service.placementConstraints;
  service.placementStrategy = request.placementStrategy ?? service.placementStrategy;
  service.healthCheckGracePeriodSeconds =
    request.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds;
  service.deploymentConfiguration = {
    ...service.deploymentConfiguration,
    ...request.deploymentConfiguration,
  };
  service.enableECSManagedTags = request.enableECSManagedTags ?? service.enableECSManagedTags;
  service.propagateTags = request.propagateTags ?? service.propagateTags;
  if (service.controller === "EXTERNAL") for (const taskSet of service.taskSets) recount(world, taskSet);
  world.touched(service);
  world.wake();
  if (service.desiredCount !== fromCount)
    world.changed({
      kind: "desired-count",
      atMs: nowMs(world),
      service: service.arn,
      fromCount,
      desiredCount: service.desiredCount,
    });
}

/** Under ECS: starts a new deployment if the request asks for something that running tasks do not have. */
export function deploy(world: World, service: ServiceRecord, request: Parsed<UpdateServiceRequest>): void {
  const primary = service.taskSets.find(({ status }) => status === "PRIMARY");
  const asks =
    request.forceNewDeployment ||
    request.taskDefinition !== undefined ||
    request.networkConfiguration !== undefined ||
    request.loadBalancers !== undefined ||
    request.capacityProviderStrategy !== undefined ||
    request.platformVersion !== undefined;
  if (primary && asks) addDeployment(world, service, request, primary);
}

function addDeployment(
  world: World,
  service: ServiceRecord,
  request: LaunchRequest & { readonly taskDefinition?: string | undefined },
  primary: TaskSetRecord | undefined,
): void {
  const definition =
    request.taskDefinition === undefined && primary
      ? primary.definition
      : findActiveTaskDefinition(world.state, request.taskDefinition ?? "");
  const merged = primary ? mergedRequest(primary.launch, request) : request;
  const launch = launchSpec(merged, definition, world.targetGroups, MOST_BALANCERS);
  if (primary) primary.status = "ACTIVE";
  addTaskSet(world, service, "PRIMARY", {
    definition,
    launch,
    externalId: undefined,
    tags: [],
    scalePercent: 100,
  });
}

function mergedRequest(present: LaunchSpec, request: LaunchRequest): LaunchRequest {
  const strategy = request.capacityProviderStrategy ?? [...present.capacityProviderStrategy];
  return {
    launchType: strategy.length > 0 ? undefined : present.launchType,
    capacityProviderStrategy: strategy,
    platformVersion: request.platformVersion ?? present.platformVersion,
    networkConfiguration: request.networkConfiguration ?? {
      awsvpcConfiguration: present.awsvpc,
    },
    loadBalancers: request.loadBalancers ?? [...present.loadBalancers],
    serviceRegistries: request.serviceRegistries ?? [...present.serviceRegistries],
  };
}

function recount(world: World, taskSet: TaskSetRecord): void {
  const count = computedCount(taskSet);
  if (count === taskSet.computedDesiredCount) return;
  taskSet.computedDesiredCount = count;
  taskSet.steady = false;
  taskSet.steadyChangedAtMs = nowMs(world);
}
