import type { Attachment, Container, NetworkBinding, Task } from "@aws-sdk/client-ecs";
import { stableId } from "../arns.ts";
import { date } from "./dates.ts";
import { launchTypeOf } from "./launch.ts";
import type { ContainerRecord, NetworkInterfaceRecord, TaskRecord, TaskStatus } from "./state.ts";

/** A task as DescribeTasks gives it, with its tags. */
export function describeTask(task: TaskRecord): Task {
  const { service, launch, definition, id } = task.taskSet;
  const launchType = launchTypeOf(service, launch);
  return {
    taskArn: task.arn,
    clusterArn: service.cluster.arn,
    taskDefinitionArn: definition.arn,
    group: `service:${service.name}`,
    startedBy: id,
    launchType,
    capacityProviderName: task.place.capacityProvider,
    platformVersion: launchType === "FARGATE" ? (launch.platformVersion ?? "1.4.0") : undefined,
    containerInstanceArn: task.place.instance?.arn,
    availabilityZone: task.place.zone,
    cpu: definition.given.cpu,
    memory: definition.given.memory,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: "UNKNOWN",
    attachments: task.place.networkInterface
      ? [attachment(task.place.networkInterface, task.lastStatus)]
      : [],
    containers: task.containers.map((container) => describeContainer(task, container)),
    createdAt: date(task.createdAtMs),
    startedAt: date(task.startedAtMs),
    stoppingAt: date(task.stoppingAtMs),
    stoppedAt: date(task.stoppedAtMs),
    executionStoppedAt: task.startedAtMs === undefined ? undefined : date(task.stoppedAtMs),
    stopCode: task.stop?.code,
    stoppedReason: task.stop?.reason,
    tags: [...task.tags],
  };
}

function describeContainer(task: TaskRecord, container: ContainerRecord): Container {
  const networkInterface = task.place.networkInterface;
  return {
    containerArn: `${task.arn.replace(":task/", ":container/")}/${stableId(32, task.arn, container.name)}`,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    lastStatus: containerStatus(task, container),
    exitCode: container.exitCode,
    reason: container.reason,
    healthStatus: "UNKNOWN",
    networkBindings: networkInterface ? [] : bindings(task, container),
    networkInterfaces: networkInterface
      ? [
          {
            attachmentId: networkInterface.attachmentId,
            privateIpv4Address: networkInterface.privateIpv4Address,
          },
        ]
      : [],
  };
}

function containerStatus(task: TaskRecord, container: ContainerRecord): string {
  if (task.lastStatus === "STOPPED" || container.exitCode !== undefined) return "STOPPED";
  return task.running ? "RUNNING" : "PENDING";
}

/** Present only while the task has run: ports are bound when its containers start. */
function bindings(task: TaskRecord, container: ContainerRecord): NetworkBinding[] {
  if (task.startedAtMs === undefined) return [];
  return task.place.ports
    .filter((port) => port.container === container.name)
    .map(({ containerPort, hostPort, protocol }) => ({
      bindIP: "0.0.0.0",
      containerPort,
      hostPort,
      protocol,
    }));
}

function attachment(at: NetworkInterfaceRecord, lastStatus: TaskStatus): Attachment {
  return {
    id: at.attachmentId,
    type: "ElasticNetworkInterface",
    status: lastStatus === "PROVISIONING" ? "PRECREATED" : lastStatus === "STOPPED" ? "DELETED" : "ATTACHED",
    details: [
      { name: "subnetId", value: at.subnetId },
      { name: "networkInterfaceId", value: at.networkInterfaceId },
      { name: "macAddress", value: at.macAddress },
      { name: "privateDnsName", value: `ip-${at.privateIpv4Address.replaceAll(".", "-")}.internal` },
      { name: "privateIPv4Address", value: at.privateIpv4Address },
    ],
  };
}
