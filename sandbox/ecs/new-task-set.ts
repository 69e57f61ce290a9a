import { taskSetArn } from "../arns.ts";
import { NO_BACKOFF } from "./backoff.ts";
import type { ServiceRecord, TaskSetRecord } from "./state.ts";
import { nowMs, type World } from "./world.ts";

type Given = Pick<TaskSetRecord, "definition" | "launch" | "externalId" | "tags" | "scalePercent">;

/** Adds a task set (or, under ECS, a deployment) to the service; the scheduler finds it there. */
export function addTaskSet(
  world: World,
  service: ServiceRecord,
  status: "PRIMARY" | "ACTIVE",
  given: Given,
): TaskSetRecord {
  const id = world.ids.taskSet(service.arn);
  const atMs = nowMs(world);
  const taskSet: TaskSetRecord = {
    ...given,
    id,
    arn: taskSetArn(world.surroundings, service.cluster.name, service.name, id),
    service,
    status,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    computedDesiredCount: 0,
    steady: false,
    steadyChangedAtMs: atMs,
    backoff: NO_BACKOFF,
    failedStarts: 0,
    rolledOut: false,
    tasks: [],
  };
  service.taskSets = [...service.taskSets, taskSet];
  return taskSet;
}
