import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { stableId } from "../arns.ts";
import type { LogDestination } from "../ports.ts";

/**
 * Where the log driver awslogs puts what a container writes: PREFIX/CONTAINER/TASK ID; without a prefix the
 * stream is named by the container's own id. Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch".
 */
export function logDestination(
  container: ContainerDefinition,
  taskId: string,
): { readonly awslogs?: LogDestination } {
  const { logDriver, options = {} } = container.logConfiguration ?? {};
  const group = options["awslogs-group"];
  if (logDriver !== "awslogs" || !group) return {};
  const { name = "" } = container;
  const prefix = options["awslogs-stream-prefix"];
  return {
    awslogs: {
      group,
      stream: prefix ? `${prefix}/${name}/${taskId}` : stableId(64, "container", taskId, name),
      createsGroup: options["awslogs-create-group"] === "true",
    },
  };
}
