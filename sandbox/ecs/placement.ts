import { stableId } from "../arns.ts";
import { capacityProviderOf, containersOf, launchTypeOf, networkModeOf } from "./launch.ts";
import type {
  ContainerInstanceRecord,
  EcsState,
  NetworkInterfaceRecord,
  Place,
  PortRecord,
  TaskDefinitionRecord,
  TaskRecord,
  TaskSetRecord,
} from "./state.ts";
import type { World } from "./world.ts";

export type Placement =
  | { readonly kind: "placed"; readonly place: Place }
  /** `reason` continues "was unable to place a task". */
  | { readonly kind: "refused"; readonly reason: string };

const NO_INSTANCE = "because no container instance met all of its requirements.";
const NO_CAPACITY =
  "Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.";
const FIRST_DYNAMIC_PORT = 32_768;

/** Finds a place for one more task of the set: spread over zones, and over instances with the fewest tasks. */
export function placeTask(world: World, taskSet: TaskSetRecord, taskId: string): Placement {
  const { service, launch, definition } = taskSet;
  const fargate = launchTypeOf(service, launch) === "FARGATE";
  const present = [...world.state.tasks.values()].filter((task) => task.lastStatus !== "STOPPED");
  if (present.length >= world.surroundings.settings.taskLimit)
    return { kind: "refused", reason: fargate ? NO_CAPACITY : NO_INSTANCE };
  const instance = fargate ? undefined : chooseInstance(service.cluster.instances, present, definition);
  if (!fargate && !instance) return { kind: "refused", reason: NO_INSTANCE };
  const networkInterface =
    networkModeOf(definition) === "awsvpc" ? newInterface(world.state, taskSet, taskId) : undefined;
  const region = world.surroundings.region;
  return {
    kind: "placed",
    place: {
      zone: instance?.zone ?? zoneOf(region, networkInterface?.zoneIndex ?? 0),
      address: networkInterface?.record.privateIpv4Address ?? instance?.ec2InstanceId ?? "",
      networkInterface: networkInterface?.record,
      instance,
      capacityProvider: capacityProviderOf(service, launch),
      ports: portsOf(definition, instance ? tasksOn(instance, present) : []),
    },
  };
}

/** "eu-west-1a" for 0. */
export function zoneOf(region: string, index: number): string {
  return `${region}${"abcdef".charAt(index % 6)}`;
}

function chooseInstance(
  instances: readonly ContainerInstanceRecord[],
  present: readonly TaskRecord[],
  definition: TaskDefinitionRecord,
): ContainerInstanceRecord | undefined {
  const fixed = new Set(fixedHostPorts(definition));
  const fitting = instances.filter(
    (instance) =>
      instance.status === "ACTIVE" &&
      !tasksOn(instance, present).some((task) => task.place.ports.some((port) => fixed.has(port.hostPort))),
  );
  const load = (instance: ContainerInstanceRecord): number => tasksOn(instance, present).length;
  return fitting.sort((a, b) => load(a) - load(b))[0];
}

const tasksOn = (instance: ContainerInstanceRecord, present: readonly TaskRecord[]): readonly TaskRecord[] =>
  present.filter((task) => task.place.instance === instance);

function fixedHostPorts(definition: TaskDefinitionRecord): readonly number[] {
  const mode = networkModeOf(definition);
  if (mode === "awsvpc") return [];
  return portMappings(definition).flatMap((port) => {
    const hostPort = mode === "host" ? port.containerPort : port.hostPort;
    return hostPort === 0 ? [] : [hostPort];
  });
}

/** Under bridge a host port of 0 is dynamic; under awsvpc and host both ports are the same. */
function portsOf(definition: TaskDefinitionRecord, neighbours: readonly TaskRecord[]): readonly PortRecord[] {
  const bridge = networkModeOf(definition) === "bridge";
  const taken = new Set(neighbours.flatMap((task) => task.place.ports.map((port) => port.hostPort)));
  return portMappings(definition).map((port) => {
    if (!bridge) return { ...port, hostPort: port.containerPort };
    const hostPort = port.hostPort || lowestFree(taken);
    taken.add(hostPort);
    return { ...port, hostPort };
  });
}

function lowestFree(taken: ReadonlySet<number>): number {
  let port = FIRST_DYNAMIC_PORT;
  while (taken.has(port)) port++;
  return port;
}

function portMappings(definition: TaskDefinitionRecord): readonly PortRecord[] {
  return containersOf(definition).flatMap((container) =>
    (container.portMappings ?? []).map((port) => ({
      container: container.name ?? "",
      containerPort: port.containerPort ?? 0,
      hostPort: port.hostPort ?? 0,
      protocol: port.protocol === "udp" ? ("udp" as const) : ("tcp" as const),
    })),
  );
}

/** A network interface in the subnet with the fewest tasks of the set; its address is 10.0.<subnet>.<n>. */
function newInterface(
  state: EcsState,
  taskSet: TaskSetRecord,
  taskId: string,
): { readonly record: NetworkInterfaceRecord; readonly zoneIndex: number } {
  const subnets = taskSet.launch.awsvpc?.subnets ?? [];
  const load = (subnet: string): number =>
    taskSet.tasks.filter((task) => task.place.networkInterface?.subnetId === subnet).length;
  const subnetId = [...subnets].sort((a, b) => load(a) - load(b))[0] ?? "subnet-0";
  const zoneIndex = Math.max(0, subnets.indexOf(subnetId));
  return {
    zoneIndex,
    record: {
      attachmentId: stableId(32, "attachment", taskId),
      networkInterfaceId: `eni-0${stableId(16, "eni", taskId)}`,
      subnetId,
      macAddress: `02:${(stableId(10, "mac", taskId).match(/../g) ?? []).join(":")}`,
      privateIpv4Address: freeAddress(state, zoneIndex),
    },
  };
}

/** Addresses of tasks that can still be described are not given out again. */
function freeAddress(state: EcsState, zoneIndex: number): string {
  const taken = new Set([...state.tasks.values()].map((task) => task.place.address));
  for (let n = 0; ; n++) {
    const address = `10.${Math.floor(n / (240 * 16))}.${(Math.floor(n / 240) % 16) * 16 + (zoneIndex % 16)}.${10 + (n % 240)}`;
    if (!taken.has(address)) return address;
  }
}
