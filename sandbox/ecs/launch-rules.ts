import type {
  CapacityProviderStrategyItem,
  LaunchType,
  LoadBalancer,
  NetworkConfiguration,
  ServiceRegistry,
} from "@aws-sdk/client-ecs";
import type { TargetGroups } from "../ports.ts";
import { AwsError } from "../wire/service.ts";
import { invalidParameter } from "./errors.ts";
import { containersOf, networkModeOf } from "./launch.ts";
import type { LaunchSpec, TaskDefinitionRecord } from "./state.ts";

/** What CreateTaskSet, CreateService and UpdateService have in common. */
export interface LaunchRequest {
  readonly launchType?: LaunchType | undefined;
  readonly capacityProviderStrategy?: CapacityProviderStrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: NetworkConfiguration | undefined;
  readonly loadBalancers?: LoadBalancer[] | undefined;
  readonly serviceRegistries?: ServiceRegistry[] | undefined;
}

/** The launch specification that a request asks for, checked against its task definition. @throws AwsError */
export function launchSpec(
  request: LaunchRequest,
  definition: TaskDefinitionRecord,
  groups: TargetGroups,
  maximumBalancers: number,
): LaunchSpec {
  const spec: LaunchSpec = {
    launchType: request.launchType,
    capacityProviderStrategy: structuredClone(request.capacityProviderStrategy ?? []),
    platformVersion: request.platformVersion,
    awsvpc: structuredClone(request.networkConfiguration?.awsvpcConfiguration),
    loadBalancers: structuredClone(request.loadBalancers ?? []),
    serviceRegistries: structuredClone(request.serviceRegistries ?? []),
  };
  checkLaunchType(spec, definition);
  checkNetwork(spec, definition);
  if (spec.loadBalancers.length > maximumBalancers)
    throw invalidParameter(`load balancers can have at most ${maximumBalancers} items.`);
  for (const balancer of spec.loadBalancers) checkBalancer(balancer, definition, groups);
  return spec;
}

function checkLaunchType(spec: LaunchSpec, definition: TaskDefinitionRecord): void {
  if (spec.launchType && spec.capacityProviderStrategy.length > 0)
    throw invalidParameter(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    );
  const compatible = definition.given.requiresCompatibilities;
  if (spec.launchType === "FARGATE" && !definition.compatibilities.includes("FARGATE"))
    throw invalidParameter("Task definition does not support launch_type FARGATE.");
  if (spec.launchType && compatible?.length && !compatible.includes(spec.launchType))
    throw invalidParameter(`Task definition does not support launch_type ${spec.launchType}.`);
  if (spec.platformVersion && !/^(LATEST|1\.[0-4]\.0)$/.test(spec.platformVersion))
    throw new AwsError("PlatformUnknownException", "The specified platform does not exist.");
}

function checkNetwork(spec: LaunchSpec, definition: TaskDefinitionRecord): void {
  const awsvpc = networkModeOf(definition) === "awsvpc";
  if (awsvpc && !spec.awsvpc)
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  if (!awsvpc && spec.awsvpc)
    throw invalidParameter(
      "Network Configuration is not valid for the given networkMode of this task definition.",
    );
  if (spec.awsvpc?.subnets?.length === 0) throw invalidParameter("subnets can not be empty.");
  if ((spec.awsvpc?.subnets?.length ?? 0) > 16) throw invalidParameter("subnets can have at most 16 items.");
}

function checkBalancer(balancer: LoadBalancer, definition: TaskDefinitionRecord, groups: TargetGroups): void {
  const arn = balancer.targetGroupArn;
  if (!arn)
    throw invalidParameter("Target group arn must be specified: Classic Load Balancers are not supported.");
  if (!balancer.containerName) throw invalidParameter("Container name should not be null or empty.");
  const container = containersOf(definition).find(({ name }) => name === balancer.containerName);
  if (!container)
    throw invalidParameter(`The container ${balancer.containerName} does not exist in the task definition.`);
  if (!container.portMappings?.some(({ containerPort }) => containerPort === balancer.containerPort))
    throw invalidParameter(
      `The container ${balancer.containerName} did not have a container port ${balancer.containerPort} defined.`,
    );
  if (!groups.exists(arn)) throw invalidParameter(`The target group ${arn} does not exist.`);
  const mode = networkModeOf(definition);
  const type = groups.targetType(arn);
  if (type !== (mode === "awsvpc" ? "ip" : "instance"))
    throw invalidParameter(
      `The provided target group ${arn} has target type ${type}, which is incompatible with the ${mode} network mode specified in the task definition.`,
    );
  if (!groups.inUse(arn))
    throw invalidParameter(
      `The target group with targetGroupArn ${arn} does not have an associated load balancer.`,
    );
}
