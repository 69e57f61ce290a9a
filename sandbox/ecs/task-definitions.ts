import type {
  DeregisterTaskDefinitionRequest,
  DeregisterTaskDefinitionResponse,
  DescribeTaskDefinitionRequest,
  DescribeTaskDefinitionResponse,
  ListTaskDefinitionFamiliesRequest,
  ListTaskDefinitionFamiliesResponse,
  ListTaskDefinitionsRequest,
  ListTaskDefinitionsResponse,
  RegisterTaskDefinitionRequest,
  RegisterTaskDefinitionResponse,
  TaskDefinition,
} from "@aws-sdk/client-ecs";
import { taskDefinitionArn } from "../arns.ts";
import { date } from "./dates.ts";
import { clientError } from "./errors.ts";
import { lookUpTaskDefinition } from "./lookup.ts";
import { page } from "./paging.ts";
import type { Parsed } from "./parsed.ts";
import type { TaskDefinitionRecord } from "./state.ts";
import { newTags } from "./tag-rules.ts";
import { checkTaskDefinition, compatibilitiesOf } from "./task-definition-rules.ts";
import { nowMs, type World } from "./world.ts";

/** Register-, Describe-, DeregisterTaskDefinition, ListTaskDefinitions and ListTaskDefinitionFamilies. */
export function taskDefinitionOperations(world: World) {
  const all = (): TaskDefinitionRecord[] => [...world.state.taskDefinitions.values()].flat();

  return {
    RegisterTaskDefinition(request: Parsed<RegisterTaskDefinitionRequest>): RegisterTaskDefinitionResponse {
      checkTaskDefinition(request);
      const { tags: givenTags, ...given } = request;
      const revisions = world.state.taskDefinitions.get(request.family) ?? [];
      const revision = (revisions.at(-1)?.revision ?? 0) + 1;
      const definition: TaskDefinitionRecord = {
        arn: taskDefinitionArn(world.surroundings, request.family, revision),
        family: request.family,
        revision,
        given: structuredClone(given),
        compatibilities: compatibilitiesOf(request),
        registeredAtMs: nowMs(world),
        status: "ACTIVE",
        deregisteredAtMs: undefined,
        tags: newTags(givenTags),
      };
      world.state.taskDefinitions.set(request.family, [...revisions, definition]);
      return { taskDefinition: describe(world, definition), tags: [...definition.tags] };
    },

    DescribeTaskDefinition(request: Parsed<DescribeTaskDefinitionRequest>): DescribeTaskDefinitionResponse {
      const definition = lookUpTaskDefinition(world.state, request.taskDefinition ?? "");
      if (!definition) throw clientError("Unable to describe task definition.");
      const tags = request.include?.includes("TAGS") ? { tags: [...definition.tags] } : {};
      return { taskDefinition: describe(world, definition), ...tags };
    },

    DeregisterTaskDefinition(
      request: Parsed<DeregisterTaskDefinitionRequest>,
    ): DeregisterTaskDefinitionResponse {
      const reference = request.taskDefinition ?? "";
      const definition = lookUpTaskDefinition(world.state, reference);
      if (!definition || !reference.includes(":"))
        throw clientError("The specified task definition does not exist.");
      definition.status = "INACTIVE";
      definition.deregisteredAtMs ??= nowMs(world);
      return { taskDefinition: describe(world, definition) };
    },

    ListTaskDefinitions(request: Parsed<ListTaskDefinitionsRequest>): ListTaskDefinitionsResponse {
      const found = all()
        .filter(({ family }) => !request.familyPrefix || family === request.familyPrefix)
        .filter(({ status }) => status === (request.status ?? "ACTIVE"))
        .sort((a, b) => a.family.localeCompare(b.family) || a.revision - b.revision);
      const { items, nextToken } = page(request.sort === "DESC" ? found.reverse() : found, request);
      return { taskDefinitionArns: items.map(({ arn }) => arn), nextToken };
    },

    ListTaskDefinitionFamilies(
      request: Parsed<ListTaskDefinitionFamiliesRequest>,
    ): ListTaskDefinitionFamiliesResponse {
      const wanted = request.status ?? "ALL";
      const families = [...world.state.taskDefinitions]
        .filter(([family]) => family.startsWith(request.familyPrefix ?? ""))
        .filter(([, revisions]) => {
          const active = revisions.some(({ status }) => status === "ACTIVE");
          return wanted === "ALL" || active === (wanted === "ACTIVE");
        })
        .map(([family]) => family);
      const { items, nextToken } = page(families.sort(), request);
      return { families: items, nextToken };
    },
  };
}

/** Everything that was given, with what ECS adds to it. */
function describe(world: World, definition: TaskDefinitionRecord): TaskDefinition {
  const { given } = definition;
  const ownPorts = given.networkMode === "awsvpc" || given.networkMode === "host";
  return {
    ...given,
    containerDefinitions: given.containerDefinitions.map((container) => ({
      ...container,
      cpu: container.cpu ?? 0,
      essential: container.essential ?? true,
      environment: container.environment ?? [],
      mountPoints: container.mountPoints ?? [],
      volumesFrom: container.volumesFrom ?? [],
      portMappings: (container.portMappings ?? []).map((port) => ({
        ...port,
        hostPort: port.hostPort ?? (ownPorts ? port.containerPort : 0),
        protocol: port.protocol ?? "tcp",
      })),
    })),
    volumes: given.volumes ?? [],
    placementConstraints: given.placementConstraints ?? [],
    taskDefinitionArn: definition.arn,
    revision: definition.revision,
    status: definition.status,
    compatibilities: [...definition.compatibilities],
    registeredAt: date(definition.registeredAtMs),
    deregisteredAt: date(definition.deregisteredAtMs),
    registeredBy: `arn:aws:iam::${world.surroundings.accountId}:root`,
  };
}
