import type { Compatibility, ContainerDefinition, RegisterTaskDefinitionRequest } from "@aws-sdk/client-ecs";
import { clientError } from "./errors.ts";
import type { Parsed } from "./parsed.ts";

/** What RegisterTaskDefinition refuses. @throws ClientException */
export function checkTaskDefinition(request: Parsed<RegisterTaskDefinitionRequest>): void {
  if (!request.family) throw clientError("Family should not be null or empty.");
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(request.family))
    throw clientError("Family contains invalid characters.");
  const containers = request.containerDefinitions;
  if (containers.length === 0) throw clientError("Container list cannot be empty.");
  const names = containers.map((container) => container.name);
  if (new Set(names).size < names.length) throw clientError("Container names must be unique.");
  if (!containers.some((container) => container.essential ?? true))
    throw clientError("Invalid 'essential' setting for containers. At least one must be essential.");
  for (const container of containers) checkContainer(request, container);
  if (request.requiresCompatibilities?.includes("FARGATE")) checkFargate(request);
}

/** What the definition could run on, as `compatibilities` lists it. */
export function compatibilitiesOf(request: Parsed<RegisterTaskDefinitionRequest>): readonly Compatibility[] {
  return request.networkMode === "awsvpc" && request.cpu && request.memory ? ["EC2", "FARGATE"] : ["EC2"];
}

function checkContainer(
  request: Parsed<RegisterTaskDefinitionRequest>,
  container: ContainerDefinition,
): void {
  if (!container.name || !/^[a-zA-Z0-9_-]{1,255}$/.test(container.name))
    throw clientError("Container.name contains invalid characters.");
  if (!container.image) throw clientError("Container.image should not be null or empty.");
  if (!request.memory && !container.memory && !container.memoryReservation)
    throw clientError(
      `Invalid setting for container '${container.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  for (const port of container.portMappings ?? []) {
    const differs = port.hostPort && port.hostPort !== port.containerPort;
    if (differs && (request.networkMode === "awsvpc" || request.networkMode === "host"))
      throw clientError(
        `When networkMode=${request.networkMode}, the host ports and container ports in port mappings must match.`,
      );
  }
}

function checkFargate(request: Parsed<RegisterTaskDefinitionRequest>): void {
  if (request.networkMode !== "awsvpc") throw clientError("Fargate only supports network mode ‘awsvpc’.");
  if (!request.cpu) throw clientError("Fargate requires that 'cpu' be defined at the task level.");
  if (!request.memory) throw clientError("Fargate requires that 'memory' be defined at the task level.");
  const tooLong = request.containerDefinitions.find((container) => (container.stopTimeout ?? 0) > 120);
  if (tooLong)
    throw clientError(
      `Invalid setting for container '${tooLong.name ?? ""}'. 'stopTimeout' must be at most 120 seconds on Fargate.`,
    );
}
