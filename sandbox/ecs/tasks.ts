import type {
  DescribeTasksRequest,
  DescribeTasksResponse,
  ListTasksRequest,
  ListTasksResponse,
  StopTaskRequest,
  StopTaskResponse,
} from "@aws-sdk/client-ecs";
import { taskArn } from "../arns.ts";
import { describeTask } from "./describe-task.ts";
import { invalidParameter, serviceNotFound } from "./errors.ts";
import { launchTypeOf } from "./launch.ts";
import { stopTask } from "./lifecycle.ts";
import { findCluster, lookUpService, lookUpTask } from "./lookup.ts";
import { page } from "./paging.ts";
import type { Parsed } from "./parsed.ts";
import type { TaskRecord } from "./state.ts";
import type { World } from "./world.ts";

const MOST_DESCRIBED = 100;

/** ListTasks, DescribeTasks, StopTask. */
export function taskOperations(world: World) {
  return {
    ListTasks(request: Parsed<ListTasksRequest>): ListTasksResponse {
      const cluster = findCluster(world.state, request.cluster);
      checkFilters(request);
      const service =
        request.serviceName === undefined
          ? undefined
          : lookUpService(world.state, cluster, request.serviceName);
      if (request.serviceName !== undefined && !service) throw serviceNotFound();
      const found = [...world.state.tasks.values()]
        .filter((task) => task.taskSet.service.cluster === cluster)
        .filter((task) => !service || task.taskSet.service === service)
        .filter((task) => task.desiredStatus === (request.desiredStatus ?? "RUNNING"))
        .filter((task) => matches(task, request));
      const { items, nextToken } = page(found, request);
      return { taskArns: items.map(({ arn }) => arn), nextToken };
    },

    DescribeTasks(request: Parsed<DescribeTasksRequest>): DescribeTasksResponse {
      const cluster = findCluster(world.state, request.cluster);
      if (request.tasks.length === 0) throw invalidParameter("Tasks cannot be empty.");
      if (request.tasks.length > MOST_DESCRIBED) throw invalidParameter("tasks can have at most 100 items.");
      const tagged = request.include?.includes("TAGS") ?? false;
      const found = request.tasks.map((reference) => ({
        reference,
        task: lookUpTask(world.state, cluster, reference),
      }));
      return {
        tasks: found
          .flatMap(({ task }) => (task ? describeTask(task) : []))
          .map((task) => (tagged ? task : { ...task, tags: [] })),
        failures: found
          .filter(({ task }) => !task)
          .map(({ reference }) => ({
            arn: reference.startsWith("arn:")
              ? reference
              : taskArn(world.surroundings, cluster.name, reference),
            reason: "MISSING",
          })),
      };
    },

    StopTask(request: Parsed<StopTaskRequest>): StopTaskResponse {
      const cluster = findCluster(world.state, request.cluster);
      const task = lookUpTask(world.state, cluster, request.task);
      if (!task) throw invalidParameter("The referenced task was not found.");
      const reason = request.reason ?? "Task stopped by user";
      stopTask(world, task, { code: "UserInitiated", reason, manner: "drain" });
      return { task: { ...describeTask(task), tags: [] } };
    },
  };
}

/** API reference of ListTasks: startedBy must be the only filter; family and serviceName exclude each other. */
function checkFilters(request: Parsed<ListTasksRequest>): void {
  const others = [request.family, request.serviceName, request.containerInstance, request.launchType];
  const stopped = request.desiredStatus !== undefined && request.desiredStatus !== "RUNNING";
  if (request.startedBy !== undefined && (stopped || others.some((filter) => filter !== undefined)))
    throw invalidParameter(
      "When you specify startedBy as the filter, it must be the only filter that you use.",
    );
  if (request.family !== undefined && request.serviceName !== undefined)
    throw invalidParameter("Only one of family and serviceName can be specified.");
}

function matches(task: TaskRecord, request: Parsed<ListTasksRequest>): boolean {
  const { taskSet, place } = task;
  const instance = request.containerInstance;
  return (
    (request.family === undefined || taskSet.definition.family === request.family) &&
    (request.startedBy === undefined || taskSet.id === request.startedBy) &&
    (request.launchType === undefined ||
      launchTypeOf(taskSet.service, taskSet.launch) === request.launchType) &&
    (instance === undefined ||
      place.instance?.arn === instance ||
      place.instance?.arn.endsWith(`/${instance}`) === true)
  );
}
