import type {
  AwsVpcConfiguration,
  CapacityProviderStrategyItem,
  ClusterSetting,
  Compatibility,
  CreateServiceRequest,
  LaunchType,
  LoadBalancer,
  RegisterTaskDefinitionRequest,
  ServiceRegistry,
  Tag,
} from "@aws-sdk/client-ecs";
import type { RunningTask, TargetId } from "../ports.ts";
import type { Parsed } from "./parsed.ts";

/** What the account holds. Fields without `readonly` change in a resource's life. */
export interface EcsState {
  /** By name. */
  readonly clusters: Map<string, ClusterRecord>;
  /** By family, oldest revision first. */
  readonly taskDefinitions: Map<string, TaskDefinitionRecord[]>;
  /** By ARN; INACTIVE services stay until another takes their name. */
  readonly services: Map<string, ServiceRecord>;
  /** By ARN, oldest first; stopped tasks stay for an hour. */
  readonly tasks: Map<string, TaskRecord>;
}

export function emptyState(): EcsState {
  return { clusters: new Map(), taskDefinitions: new Map(), services: new Map(), tasks: new Map() };
}

export interface ClusterRecord {
  readonly name: string;
  readonly arn: string;
  readonly settings: readonly ClusterSetting[];
  readonly capacityProviders: readonly string[];
  readonly defaultStrategy: readonly CapacityProviderStrategyItem[];
  readonly instances: ContainerInstanceRecord[];
  status: "ACTIVE" | "INACTIVE";
  tags: readonly Tag[];
}

export interface ContainerInstanceRecord {
  readonly arn: string;
  readonly ec2InstanceId: string;
  readonly zone: string;
  readonly registeredAtMs: number;
  status: "ACTIVE" | "INACTIVE";
}

export interface TaskDefinitionRecord {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly given: Omit<Parsed<RegisterTaskDefinitionRequest>, "tags">;
  readonly compatibilities: readonly Compatibility[];
  readonly registeredAtMs: number;
  status: "ACTIVE" | "INACTIVE";
  deregisteredAtMs: number | undefined;
  tags: readonly Tag[];
}

/** Where and behind what tasks run: a task set has one of its own, an ECS-controlled service has one. */
export interface LaunchSpec {
  readonly launchType: LaunchType | undefined;
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly platformVersion: string | undefined;
  readonly awsvpc: AwsVpcConfiguration | undefined;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly serviceRegistries: readonly ServiceRegistry[];
}

export interface ServiceRecord {
  readonly arn: string;
  readonly name: string;
  readonly cluster: ClusterRecord;
  readonly controller: "EXTERNAL" | "ECS";
  readonly createdAtMs: number;
  readonly clientToken: string | undefined;
  readonly taskSetTokens: Map<string, { readonly request: string; readonly taskSet: TaskSetRecord }>;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  desiredCount: number;
  deploymentConfiguration: CreateServiceRequest["deploymentConfiguration"];
  placementConstraints: CreateServiceRequest["placementConstraints"];
  placementStrategy: CreateServiceRequest["placementStrategy"];
  healthCheckGracePeriodSeconds: number | undefined;
  enableECSManagedTags: boolean;
  propagateTags: CreateServiceRequest["propagateTags"];
  tags: readonly Tag[];
  /** Newest first. */
  events: readonly ServiceEventRecord[];
  /** Under ECS, its deployments: they have the same life. Oldest first. */
  taskSets: readonly TaskSetRecord[];
  /** Faults may have every new task fail for this reason. */
  startFault: string | undefined;
  placementRefusal: { readonly reason: string; readonly atMs: number } | undefined;
}

interface ServiceEventRecord {
  readonly id: string;
  readonly atMs: number;
  readonly message: string;
}

type TaskSetStatus = "PRIMARY" | "ACTIVE" | "DRAINING";

export interface TaskSetRecord {
  /** "ecs-svc/" and 19 digits; its tasks' startedBy. */
  readonly id: string;
  readonly arn: string;
  readonly service: ServiceRecord;
  readonly definition: TaskDefinitionRecord;
  readonly launch: LaunchSpec;
  readonly externalId: string | undefined;
  readonly tags: readonly Tag[];
  readonly createdAtMs: number;
  updatedAtMs: number;
  status: TaskSetStatus;
  scalePercent: number;
  computedDesiredCount: number;
  steady: boolean;
  steadyChangedAtMs: number;
  backoff: Backoff;
  failedStarts: number;
  /** ECS controller: the deployment has once been the only one and steady. */
  rolledOut: boolean;
  /** Tasks that are not STOPPED, oldest first. */
  tasks: readonly TaskRecord[];
}

/** Start failures in a row, and when the next start may be tried. */
export interface Backoff {
  readonly failures: number;
  readonly untilMs: number;
}

export type TaskStatus = "PROVISIONING" | "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPING" | "STOPPED";

type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "UserInitiated"
  | "ServiceSchedulerInitiated"
  | "SpotInterruption"
  | "TerminationNotice";

export interface TaskRecord {
  readonly id: string;
  readonly arn: string;
  readonly taskSet: TaskSetRecord;
  readonly place: Place;
  readonly containers: readonly ContainerRecord[];
  readonly createdAtMs: number;
  readonly registrations: readonly Registration[];
  tags: readonly Tag[];
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  /** The runtime is starting it. */
  launching: boolean;
  running: RunningTask | undefined;
  startedAtMs: number | undefined;
  stoppingAtMs: number | undefined;
  stoppedAtMs: number | undefined;
  stop: StopReason | undefined;
}

export interface Registration {
  readonly targetGroupArn: string;
  readonly target: TargetId;
}

export interface ContainerRecord {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  exitCode: number | undefined;
  reason: string | undefined;
  imageDigest: string | undefined;
}

export interface StopReason {
  readonly code: StopCode;
  readonly reason: string;
  /**
   * "drain" waits for the deregistration delay before SIGTERM, "terminate" sends SIGTERM at once,
   * "kill" leaves the containers no time.
   */
  readonly manner: "drain" | "terminate" | "kill";
}

/** Where a task runs, and by which address others know it. */
export interface Place {
  readonly zone: string;
  /** awsvpc: the private address of its network interface; else the EC2 instance's id. */
  readonly address: string;
  readonly networkInterface: NetworkInterfaceRecord | undefined;
  readonly instance: ContainerInstanceRecord | undefined;
  readonly capacityProvider: string | undefined;
  readonly ports: readonly PortRecord[];
}

export interface NetworkInterfaceRecord {
  readonly attachmentId: string;
  readonly networkInterfaceId: string;
  readonly subnetId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
}

export interface PortRecord {
  readonly container: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: "tcp" | "udp";
}
