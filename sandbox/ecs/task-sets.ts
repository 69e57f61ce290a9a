import type {
  CreateTaskSetRequest,
  CreateTaskSetResponse,
  DeleteTaskSetRequest,
  DeleteTaskSetResponse,
  DescribeTaskSetsRequest,
  DescribeTaskSetsResponse,
  Scale,
  TaskSet,
  UpdateServicePrimaryTaskSetRequest,
  UpdateServicePrimaryTaskSetResponse,
  UpdateTaskSetRequest,
  UpdateTaskSetResponse,
} from "@aws-sdk/client-ecs";
import { taskSetArn } from "../arns.ts";
import { describeTaskSet } from "./describe-task-set.ts";
import { invalidParameter, serviceNotActive, taskSetNotFound } from "./errors.ts";
import { computedCount } from "./launch.ts";
import { launchSpec } from "./launch-rules.ts";
import { findActiveService, findActiveTaskDefinition, findService, findTaskSet } from "./lookup.ts";
import { addTaskSet } from "./new-task-set.ts";
import type { Parsed } from "./parsed.ts";
import type { StaleReads } from "./stale-reads.ts";
import type { ServiceRecord, TaskSetRecord } from "./state.ts";
import { newTags } from "./tag-rules.ts";
import { nowMs, type World } from "./world.ts";

const MOST_TASK_SETS = 5;

/** CreateTaskSet, DescribeTaskSets, UpdateTaskSet, UpdateServicePrimaryTaskSet, DeleteTaskSet. */
export function taskSetOperations(world: World, reads: StaleReads) {
  return {
    CreateTaskSet: (request: Parsed<CreateTaskSetRequest>): CreateTaskSetResponse =>
      createTaskSet(world, request),

    DescribeTaskSets(request: Parsed<DescribeTaskSetsRequest>): DescribeTaskSetsResponse {
      const service = externalService(findService(world.state, request.cluster, request.service));
      if (service.status === "INACTIVE") throw serviceNotActive();
      const seen = reads.service(service.arn)?.taskSets ?? [];
      return pickTaskSets(world, service, seen, request);
    },

    UpdateTaskSet(request: Parsed<UpdateTaskSetRequest>): UpdateTaskSetResponse {
      const taskSet = changeableTaskSet(world, request, request.taskSet);
      const fromPercent = taskSet.scalePercent;
      taskSet.scalePercent = scaleOf(request.scale);
      markChanged(world, taskSet);
      world.changed({
        ...about(world, taskSet),
        kind: "task-set-scaled",
        fromPercent,
        scalePercent: taskSet.scalePercent,
      });
      return { taskSet: withoutTags(taskSet) };
    },

    UpdateServicePrimaryTaskSet(
      request: Parsed<UpdateServicePrimaryTaskSetRequest>,
    ): UpdateServicePrimaryTaskSetResponse {
      const taskSet = changeableTaskSet(world, request, request.primaryTaskSet);
      for (const other of taskSet.service.taskSets) if (other.status === "PRIMARY") other.status = "ACTIVE";
      taskSet.status = "PRIMARY";
      taskSet.updatedAtMs = nowMs(world);
      world.touched(taskSet.service);
      world.changed({ ...about(world, taskSet), kind: "primary" });
      return { taskSet: withoutTags(taskSet) };
    },

    DeleteTaskSet: (request: Parsed<DeleteTaskSetRequest>): DeleteTaskSetResponse =>
      deleteTaskSet(world, request),
  };
}

function createTaskSet(world: World, request: Parsed<CreateTaskSetRequest>): CreateTaskSetResponse {
  const service = externalService(findActiveService(world.state, request.cluster, request.service));
  const token = checkedToken(request.clientToken);
  const fingerprint = JSON.stringify(request);
  const earlier = token === undefined ? undefined : service.taskSetTokens.get(token);
  if (earlier) {
    if (earlier.request === fingerprint) return { taskSet: describeTaskSet(earlier.taskSet) };
    throw invalidParameter("The client token was used before with different parameters.");
  }
  const definition = findActiveTaskDefinition(world.state, request.taskDefinition);
  const launch = launchSpec(request, definition, world.targetGroups, 1);
  const scalePercent = request.scale ? scaleOf(request.scale) : 0;
  const tags = newTags(request.tags);
  refuseSixth(world, service);
  const given = { definition, launch, externalId: request.externalId, tags, scalePercent };
  const taskSet = addTaskSet(world, service, "ACTIVE", given);
  if (token !== undefined) service.taskSetTokens.set(token, { request: fingerprint, taskSet });
  markChanged(world, taskSet);
  world.changed({ ...about(world, taskSet), kind: "task-set-created", scalePercent });
  return { taskSet: describeTaskSet(taskSet) };
}

function deleteTaskSet(world: World, request: Parsed<DeleteTaskSetRequest>): DeleteTaskSetResponse {
  const service = externalService(findActiveService(world.state, request.cluster, request.service));
  const taskSet = findTaskSet(service, request.taskSet);
  const force = request.force ?? false;
  if (!force && taskSet.status === "PRIMARY")
    throw invalidParameter("The primary task set cannot be deleted without force.");
  if (!force && taskSet.scalePercent > 0)
    throw invalidParameter("The task set cannot be deleted while it is scaled above 0 without force.");
  if (taskSet.status !== "DRAINING") {
    taskSet.status = "DRAINING";
    taskSet.scalePercent = 0;
    markChanged(world, taskSet);
    world.changed({ ...about(world, taskSet), kind: "task-set-deleted", force });
  }
  return { taskSet: withoutTags(taskSet) };
}

function pickTaskSets(
  world: World,
  service: ServiceRecord,
  seen: readonly TaskSet[],
  request: Parsed<DescribeTaskSetsRequest>,
): DescribeTaskSetsResponse {
  const tagged = request.include?.includes("TAGS") ?? false;
  const answer = (taskSet: TaskSet): TaskSet => (tagged ? taskSet : { ...taskSet, tags: [] });
  const wanted = request.taskSets ?? [];
  if (wanted.length === 0) return { taskSets: seen.map(answer), failures: [] };
  const find = (reference: string): TaskSet | undefined =>
    seen.find(({ id, taskSetArn }) => id === reference || taskSetArn === reference);
  const arnOf = (reference: string): string =>
    reference.startsWith("arn:")
      ? reference
      : taskSetArn(world.surroundings, service.cluster.name, service.name, reference);
  return {
    taskSets: wanted.flatMap((reference) => find(reference) ?? []).map(answer),
    failures: wanted
      .filter((reference) => !find(reference))
      .map((reference) => ({ arn: arnOf(reference), reason: "MISSING" })),
  };
}

function externalService(service: ServiceRecord): ServiceRecord {
  if (service.controller !== "EXTERNAL")
    throw invalidParameter(
      "Amazon ECS only supports task set management on services configured to use external deployment controllers.",
    );
  return service;
}

/** One that is not DRAINING. @throws TaskSetNotFoundException, and what `findActiveService` throws */
function changeableTaskSet(
  world: World,
  request: { readonly cluster: string; readonly service: string },
  reference: string,
): TaskSetRecord {
  const service = externalService(findActiveService(world.state, request.cluster, request.service));
  const taskSet = findTaskSet(service, reference);
  if (taskSet.status === "DRAINING") throw taskSetNotFound();
  return taskSet;
}

/** Whether DRAINING sets count is unconfirmed in AWS: `settings.drainingCountsAsTaskSet`. */
function refuseSixth(world: World, service: ServiceRecord): void {
  const counted = service.taskSets.filter(
    ({ status }) => status !== "DRAINING" || world.surroundings.settings.drainingCountsAsTaskSet,
  );
  if (counted.length >= MOST_TASK_SETS)
    throw invalidParameter(
      `${MOST_TASK_SETS} deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.`,
    );
}

function scaleOf(scale: Scale): number {
  const value = scale.value ?? 0;
  if (!(value >= 0 && value <= 100)) throw invalidParameter("Scale value must be between 0 and 100.");
  return value;
}

function checkedToken(token: string | undefined): string | undefined {
  if (token !== undefined && !/^[\x21-\x7e]{1,36}$/.test(token))
    throw invalidParameter("clientToken must have 1 to 36 ASCII characters.");
  return token;
}

function markChanged(world: World, taskSet: TaskSetRecord): void {
  const count = computedCount(taskSet);
  if (count !== taskSet.computedDesiredCount || taskSet.tasks.length !== count) {
    taskSet.steady = false;
    taskSet.steadyChangedAtMs = nowMs(world);
  }
  taskSet.computedDesiredCount = count;
  taskSet.updatedAtMs = nowMs(world);
  world.touched(taskSet.service);
  world.wake();
}

const about = (world: World, taskSet: TaskSetRecord) => ({
  atMs: nowMs(world),
  service: taskSet.service.arn,
  taskSet: taskSet.id,
});

const withoutTags = (taskSet: TaskSetRecord): TaskSet => ({ ...describeTaskSet(taskSet), tags: [] });
