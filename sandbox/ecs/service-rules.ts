import type { CreateServiceRequest, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import { invalidParameter } from "./errors.ts";
import type { Parsed } from "./parsed.ts";
import type { ServiceRecord } from "./state.ts";

/** What a task set owns under EXTERNAL, with the words that AWS uses for it in "… must be blank." */
const OWNED_BY_TASK_SETS = [
  ["taskDefinition", "TaskDefinition"],
  ["launchType", "LaunchType"],
  ["capacityProviderStrategy", "CapacityProviderStrategy"],
  ["platformVersion", "PlatformVersion"],
  ["networkConfiguration", "NetworkConfiguration"],
  ["loadBalancers", "LoadBalancers"],
  ["serviceRegistries", "ServiceRegistries"],
  ["serviceConnectConfiguration", "ServiceConnectConfiguration"],
  ["volumeConfigurations", "VolumeConfigurations"],
  ["vpcLatticeConfigurations", "VpcLatticeConfigurations"],
  ["role", "Role"],
] as const;

/** @throws InvalidParameterException */
export function checkNewService(request: Parsed<CreateServiceRequest>, controller: "EXTERNAL" | "ECS"): void {
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(request.serviceName))
    throw invalidParameter("Service name must contain only letters, numbers, hyphens and underscores.");
  checkCounts(request);
  if (request.schedulingStrategy === "DAEMON")
    throw invalidParameter(`The DAEMON scheduling strategy is not supported here with ${controller}.`);
  if (request.taskDefinition === "") throw invalidParameter("Family should not be null or empty.");
  if (controller === "ECS") {
    if (request.taskDefinition === undefined) throw invalidParameter("TaskDefinition can not be blank.");
    return;
  }
  for (const [key, name] of OWNED_BY_TASK_SETS)
    if (isGiven(request[key])) throw invalidParameter(`${name} must be blank.`);
}

/** Fields that UpdateService changes under EXTERNAL (API reference: desired count, placement, grace, tags). */
const CHANGEABLE_UNDER_EXTERNAL: ReadonlySet<string> = new Set([
  "cluster",
  "service",
  "desiredCount",
  "placementConstraints",
  "placementStrategy",
  "healthCheckGracePeriodSeconds",
  "enableECSManagedTags",
  "propagateTags",
]);

/** @throws InvalidParameterException */
export function checkServiceUpdate(service: ServiceRecord, request: Parsed<UpdateServiceRequest>): void {
  checkCounts(request);
  const controller = request.deploymentController?.type;
  if (controller && controller !== service.controller)
    throw invalidParameter("Unable to update the deployment controller of this service.");
  if (service.controller !== "EXTERNAL") return;
  const given = Object.entries(request).filter(([, value]) => isGiven(value) && value !== false);
  const refused = given.map(([key]) => key).find((key) => !CHANGEABLE_UNDER_EXTERNAL.has(key));
  if (refused && refused !== "deploymentController")
    throw invalidParameter(
      `Unable to update ${inWords(refused)} on services with an EXTERNAL deployment controller. Use CreateTaskSet to start a new deployment.`,
    );
}

interface Counts {
  readonly desiredCount?: number | undefined;
  readonly healthCheckGracePeriodSeconds?: number | undefined;
  readonly deploymentConfiguration?: CreateServiceRequest["deploymentConfiguration"];
}

function checkCounts(request: Counts): void {
  if ((request.desiredCount ?? 0) < 0) throw invalidParameter("Desired count can not be negative.");
  if ((request.healthCheckGracePeriodSeconds ?? 0) < 0)
    throw invalidParameter("Health check grace period can not be negative.");
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = request.deploymentConfiguration ?? {};
  if (minimumHealthyPercent >= maximumPercent && maximumPercent <= 100)
    throw invalidParameter(
      "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    );
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);

const inWords = (key: string): string => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
