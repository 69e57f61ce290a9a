import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  paginateListTasks,
  type Task,
} from "@aws-sdk/client-ecs";
import type { TaskStop } from "../core/observation.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";

/** ECS describes at most this many tasks at once. */
const TASKS_AT_ONCE = 100;

/**
 * Tasks of a service. `startedBy` must be ListTasks' only filter and would show running tasks only, so the
 * service's tasks are listed and told apart by their own `startedBy`. `signal` ends it early.
 */
export async function readTasks(
  clients: Clients,
  cluster: string,
  service: string,
  desiredStatus: "RUNNING" | "STOPPED",
  signal?: AbortSignal,
): Promise<readonly Task[]> {
  const options = signal ? { abortSignal: signal } : {};
  const arns = await call("ecs:ListTasks", async () => {
    const found: string[] = [];
    const query = { cluster, serviceName: service, desiredStatus };
    for await (const page of paginateListTasks({ client: clients.ecs }, query, options))
      found.push(...(page.taskArns ?? []));
    return found;
  });
  const batches = Array.from({ length: Math.ceil(arns.length / TASKS_AT_ONCE) }, (_, index) =>
    arns.slice(index * TASKS_AT_ONCE, (index + 1) * TASKS_AT_ONCE),
  );
  const answers = await Promise.all(
    batches.map((tasks) =>
      call("ecs:DescribeTasks", () =>
        clients.ecs.send(new DescribeTasksCommand({ cluster, tasks }), options),
      ),
    ),
  );
  return answers.flatMap((answer) => answer.tasks ?? []);
}

/** How a load balancer knows a task: an address, or an instance id with the port of the container on it. */
export interface TaskAddress {
  readonly taskSetId: string;
  readonly zone: string;
  /** "10.0.1.7" (awsvpc) or "i-0abc:32768" (bridge, host). */
  readonly keys: readonly string[];
}

export async function addressesOf(
  clients: Clients,
  cluster: string,
  tasks: readonly Task[],
): Promise<readonly TaskAddress[]> {
  const instances = await readInstances(clients, cluster, tasks);
  return tasks.map((task) => {
    const instanceId = instances.get(task.containerInstanceArn ?? "");
    return {
      taskSetId: task.startedBy ?? "",
      zone: task.availabilityZone ?? "",
      keys: [...privateAddresses(task), ...(instanceId ? hostPorts(task, instanceId) : [])],
    };
  });
}

/** The keys by which a target of a target group may be found among `TaskAddress.keys`. */
export function targetKeys(id: string, port: number | undefined): readonly string[] {
  return id.startsWith("i-") ? [`${id}:${port}`] : [id];
}

function privateAddresses(task: Task): readonly string[] {
  return (task.attachments ?? []).flatMap((attachment) =>
    (attachment.details ?? [])
      .filter((detail) => detail.name === "privateIPv4Address" || detail.name === "privateIPv6Address")
      .map((detail) => detail.value ?? ""),
  );
}

function hostPorts(task: Task, instanceId: string): readonly string[] {
  return (task.containers ?? []).flatMap((container) =>
    (container.networkBindings ?? []).map((binding) => `${instanceId}:${binding.hostPort}`),
  );
}

async function readInstances(
  clients: Clients,
  cluster: string,
  tasks: readonly Task[],
): Promise<ReadonlyMap<string, string>> {
  const bound = tasks.filter((task) => privateAddresses(task).length === 0 && task.containerInstanceArn);
  const arns = [...new Set(bound.map((task) => task.containerInstanceArn ?? ""))];
  if (arns.length === 0) return new Map();
  const answer = await call("ecs:DescribeContainerInstances", () =>
    clients.ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances: arns })),
  );
  return new Map(
    (answer.containerInstances ?? []).map((instance) => [
      instance.containerInstanceArn ?? "",
      instance.ec2InstanceId ?? "",
    ]),
  );
}

export function toStop(task: Task): TaskStop {
  return {
    taskArn: task.taskArn ?? "",
    stopCode: task.stopCode ?? "",
    stoppedReason: task.stoppedReason ?? "",
    stoppedAtMs: (task.stoppedAt ?? task.stoppingAt ?? task.createdAt ?? new Date(0)).getTime(),
    exits: (task.containers ?? []).map((container) => ({
      container: container.name ?? "",
      ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
      ...(container.reason ? { reason: container.reason } : {}),
    })),
  };
}
