import type { Tag } from "@aws-sdk/client-ecs";
import type { TaskSetRecord } from "./state.ts";

/** The tags that a new task inherits (`propagateTags`) and those that ECS manages itself. */
export function taskTags(taskSet: TaskSetRecord): readonly Tag[] {
  const { service, definition } = taskSet;
  const inherited =
    service.propagateTags === "SERVICE"
      ? service.tags
      : service.propagateTags === "TASK_DEFINITION"
        ? definition.tags
        : [];
  const managed = [
    { key: "aws:ecs:clusterName", value: service.cluster.name },
    { key: "aws:ecs:serviceName", value: service.name },
  ];
  return service.enableECSManagedTags ? [...managed, ...inherited] : inherited;
}
