import {
  clientError,
  clusterNotFound,
  serviceNotActive,
  serviceNotFound,
  taskSetNotFound,
} from "./errors.ts";
import type {
  ClusterRecord,
  EcsState,
  ServiceRecord,
  TaskDefinitionRecord,
  TaskRecord,
  TaskSetRecord,
} from "./state.ts";

/** The ACTIVE cluster of that name or ARN; left out, "default". @throws ClusterNotFoundException */
export function findCluster(state: EcsState, reference: string | undefined): ClusterRecord {
  const name = lastSegment(reference || "default");
  const cluster = state.clusters.get(name);
  if (cluster?.status !== "ACTIVE" || !names(reference || "default", name, cluster.arn))
    throw clusterNotFound();
  return cluster;
}

/** The service of that name or ARN in any status. */
export function lookUpService(
  state: EcsState,
  cluster: ClusterRecord,
  reference: string,
): ServiceRecord | undefined {
  const name = lastSegment(reference);
  for (const service of state.services.values())
    if (service.cluster === cluster && service.name === name && names(reference, name, service.arn))
      return service;
  return undefined;
}

/** The ACTIVE service of that name or ARN. @throws ServiceNotFoundException, ServiceNotActiveException */
export function findActiveService(
  state: EcsState,
  clusterReference: string | undefined,
  reference: string,
): ServiceRecord {
  const service = findService(state, clusterReference, reference);
  if (service.status !== "ACTIVE") throw serviceNotActive();
  return service;
}

/** The service of that name or ARN. @throws ClusterNotFoundException, ServiceNotFoundException */
export function findService(
  state: EcsState,
  clusterReference: string | undefined,
  reference: string,
): ServiceRecord {
  const service = lookUpService(state, findCluster(state, clusterReference), reference);
  if (!service) throw serviceNotFound();
  return service;
}

/** The task set of that id ("ecs-svc/…") or ARN. @throws TaskSetNotFoundException */
export function findTaskSet(service: ServiceRecord, reference: string): TaskSetRecord {
  const taskSet = lookUpTaskSet(service, reference);
  if (!taskSet) throw taskSetNotFound();
  return taskSet;
}

function lookUpTaskSet(service: ServiceRecord, reference: string): TaskSetRecord | undefined {
  return service.taskSets.find((taskSet) => taskSet.id === reference || taskSet.arn === reference);
}

/** By "family" (its newest ACTIVE revision), "family:revision" or ARN. */
export function lookUpTaskDefinition(state: EcsState, reference: string): TaskDefinitionRecord | undefined {
  const [family = "", revision] = lastSegment(reference).split(":");
  const revisions = state.taskDefinitions.get(family) ?? [];
  const found =
    revision === undefined
      ? revisions.filter((definition) => definition.status === "ACTIVE").at(-1)
      : revisions.find((definition) => String(definition.revision) === revision);
  return found && (!reference.startsWith("arn:") || found.arn === reference) ? found : undefined;
}

/** One that tasks may be started from. @throws ClientException */
export function findActiveTaskDefinition(state: EcsState, reference: string): TaskDefinitionRecord {
  const definition = lookUpTaskDefinition(state, reference);
  if (!definition) throw clientError("TaskDefinition not found.");
  if (definition.status !== "ACTIVE") throw clientError("TaskDefinition is inactive");
  return definition;
}

/** The task of that id or ARN in the cluster, stopped or not. */
export function lookUpTask(
  state: EcsState,
  cluster: ClusterRecord,
  reference: string,
): TaskRecord | undefined {
  const id = lastSegment(reference);
  for (const task of state.tasks.values())
    if (task.id === id && task.taskSet.service.cluster === cluster && names(reference, id, task.arn))
      return task;
  return undefined;
}

const names = (reference: string, name: string, arn: string): boolean =>
  reference === name || reference === arn;

const lastSegment = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);
