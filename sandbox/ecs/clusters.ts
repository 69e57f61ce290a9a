import type {
  Cluster,
  CreateClusterRequest,
  CreateClusterResponse,
  DeleteClusterRequest,
  DeleteClusterResponse,
  DescribeClustersRequest,
  DescribeClustersResponse,
  ListClustersRequest,
  ListClustersResponse,
} from "@aws-sdk/client-ecs";
import { clusterArn, stableId } from "../arns.ts";
import { AwsError } from "../wire/service.ts";
import { invalidParameter } from "./errors.ts";
import { findCluster } from "./lookup.ts";
import { page } from "./paging.ts";
import type { Parsed } from "./parsed.ts";
import { zoneOf } from "./placement.ts";
import type { ClusterRecord, ContainerInstanceRecord, TaskRecord } from "./state.ts";
import { newTags } from "./tag-rules.ts";
import { nowMs, type World } from "./world.ts";

/** CreateCluster, DescribeClusters, ListClusters, DeleteCluster. A cluster comes with EC2 instances in it. */
export function clusterOperations(world: World, instancesPerCluster: number) {
  return {
    CreateCluster(request: Parsed<CreateClusterRequest>): CreateClusterResponse {
      const name = request.clusterName || "default";
      if (!/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}$/.test(name))
        throw invalidParameter("Identifiers must contain only letters, numbers, hyphens and underscores.");
      const present = world.state.clusters.get(name);
      if (present?.status === "ACTIVE") return { cluster: describe(world, present) };
      const cluster = newCluster(world, name, request, instancesPerCluster);
      world.state.clusters.set(name, cluster);
      return { cluster: describe(world, cluster) };
    },

    DescribeClusters(request: Parsed<DescribeClustersRequest>): DescribeClustersResponse {
      const wanted = request.clusters?.length ? request.clusters : ["default"];
      const clusters: Cluster[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const reference of wanted) {
        const name = reference.slice(reference.lastIndexOf("/") + 1);
        const cluster = world.state.clusters.get(name);
        if (cluster) clusters.push(describe(world, cluster, request.include ?? []));
        else failures.push({ arn: clusterArn(world.surroundings, name), reason: "MISSING" });
      }
      return { clusters, failures };
    },

    ListClusters(request: Parsed<ListClustersRequest>): ListClustersResponse {
      const active = [...world.state.clusters.values()].filter((cluster) => cluster.status === "ACTIVE");
      const { items, nextToken } = page(active, request);
      return { clusterArns: items.map((cluster) => cluster.arn), nextToken };
    },

    DeleteCluster(request: Parsed<DeleteClusterRequest>): DeleteClusterResponse {
      const cluster = findCluster(world.state, request.cluster);
      if (servicesOf(world, cluster) > 0)
        throw new AwsError(
          "ClusterContainsServicesException",
          "The Cluster cannot be deleted while Services are active.",
        );
      if (tasksOf(world, cluster).length > 0)
        throw new AwsError(
          "ClusterContainsTasksException",
          "The Cluster cannot be deleted while Tasks are active.",
        );
      cluster.status = "INACTIVE";
      return { cluster: describe(world, cluster) };
    },
  };
}

function newCluster(
  world: World,
  name: string,
  request: Parsed<CreateClusterRequest>,
  instances: number,
): ClusterRecord {
  return {
    name,
    arn: clusterArn(world.surroundings, name),
    settings: request.settings ?? [{ name: "containerInsights", value: "disabled" }],
    capacityProviders: request.capacityProviders ?? [],
    defaultStrategy: request.defaultCapacityProviderStrategy ?? [],
    instances: Array.from({ length: instances }, (_, index) => newInstance(world, name, index)),
    status: "ACTIVE",
    tags: newTags(request.tags),
  };
}

function newInstance(world: World, cluster: string, index: number): ContainerInstanceRecord {
  const { region, accountId } = world.surroundings;
  const id = stableId(32, "container-instance", cluster, String(index));
  return {
    arn: `arn:aws:ecs:${region}:${accountId}:container-instance/${cluster}/${id}`,
    ec2InstanceId: `i-0${stableId(16, "instance", cluster, String(index))}`,
    zone: zoneOf(region, index),
    registeredAtMs: nowMs(world),
    status: "ACTIVE",
  };
}

function describe(world: World, cluster: ClusterRecord, include: readonly string[] = ["TAGS"]): Cluster {
  const tasks = tasksOf(world, cluster);
  const running = tasks.filter((task) => task.lastStatus === "RUNNING").length;
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: cluster.instances.filter(({ status }) => status === "ACTIVE").length,
    runningTasksCount: running,
    pendingTasksCount: tasks.filter(
      ({ lastStatus }) => lastStatus === "PENDING" || lastStatus === "PROVISIONING",
    ).length,
    activeServicesCount: servicesOf(world, cluster),
    statistics: [],
    tags: include.includes("TAGS") ? [...cluster.tags] : [],
    settings: include.includes("SETTINGS") ? [...cluster.settings] : [],
    capacityProviders: [...cluster.capacityProviders],
    defaultCapacityProviderStrategy: [...cluster.defaultStrategy],
  };
}

const tasksOf = (world: World, cluster: ClusterRecord): readonly TaskRecord[] =>
  [...world.state.tasks.values()].filter(
    (task) => task.taskSet.service.cluster === cluster && task.lastStatus !== "STOPPED",
  );

const servicesOf = (world: World, cluster: ClusterRecord): number =>
  [...world.state.services.values()].filter(
    (service) => service.cluster === cluster && service.status === "ACTIVE",
  ).length;
