import type {
  ContainerInstance,
  DescribeContainerInstancesRequest,
  DescribeContainerInstancesResponse,
  ListContainerInstancesRequest,
  ListContainerInstancesResponse,
} from "@aws-sdk/client-ecs";
import { date } from "./dates.ts";
import { invalidParameter } from "./errors.ts";
import { findCluster } from "./lookup.ts";
import { page } from "./paging.ts";
import type { Parsed } from "./parsed.ts";
import type { ContainerInstanceRecord } from "./state.ts";
import type { World } from "./world.ts";

/** ListContainerInstances, DescribeContainerInstances: the EC2 instances of a cluster. */
export function containerInstanceOperations(world: World) {
  return {
    ListContainerInstances(request: Parsed<ListContainerInstancesRequest>): ListContainerInstancesResponse {
      const cluster = findCluster(world.state, request.cluster);
      const found = cluster.instances.filter(({ status }) => status === (request.status ?? "ACTIVE"));
      const { items, nextToken } = page(found, request);
      return { containerInstanceArns: items.map(({ arn }) => arn), nextToken };
    },

    DescribeContainerInstances(
      request: Parsed<DescribeContainerInstancesRequest>,
    ): DescribeContainerInstancesResponse {
      const cluster = findCluster(world.state, request.cluster);
      const wanted = request.containerInstances;
      if (wanted.length === 0) throw invalidParameter("Container instances cannot be empty.");
      if (wanted.length > 100) throw invalidParameter("containerInstances can have at most 100 items.");
      const find = (reference: string): ContainerInstanceRecord | undefined =>
        cluster.instances.find(({ arn }) => arn === reference || arn.endsWith(`/${reference}`));
      return {
        containerInstances: wanted.flatMap(find).flatMap((found) => (found ? describe(world, found) : [])),
        failures: wanted
          .filter((reference) => !find(reference))
          .map((reference) => ({ arn: reference, reason: "MISSING" })),
      };
    },
  };
}

function describe(world: World, instance: ContainerInstanceRecord): ContainerInstance {
  const tasks = [...world.state.tasks.values()].filter((task) => task.place.instance === instance);
  const count = (...statuses: readonly string[]): number =>
    tasks.filter(({ lastStatus }) => statuses.includes(lastStatus)).length;
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    status: instance.status,
    agentConnected: instance.status === "ACTIVE",
    runningTasksCount: count("RUNNING"),
    pendingTasksCount: count("PROVISIONING", "PENDING"),
    registeredAt: date(instance.registeredAtMs),
    attributes: [{ name: "ecs.availability-zone", value: instance.zone }],
    attachments: [],
    tags: [],
  };
}
