import type { Clock } from "./clock.ts";

/** What the parts of the sandbox need of each other. Each is implemented in one folder and used in others. */

/** What every part is given: whose account this is, and whose time. */
export interface Surroundings {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  readonly settings: Settings;
}

/** Behaviour of AWS that differs by account, load or mood; all of it can be set, also while running. */
export interface Settings {
  /** AWS's own durations (health checks, deregistration, task starts) pass this many times faster. Default 1. */
  speed: number;
  /** A change of rules, weights or targets reaches the data plane after this long. */
  propagationDelayMs: { min: number; max: number };
  /** The same of targets alone. Default: `propagationDelayMs`. */
  targetPropagationDelayMs?: { min: number; max: number };
  /** From RunTask to RUNNING, before `speed`. */
  taskStartMs: number;
  /** Metrics are published in periods of this many seconds (AWS: 60) … */
  metricPeriodSeconds: number;
  /** … and can be read this long after their period has ended. */
  metricDelayMs: number;
  /** Single metrics by name, that are later or earlier than the others. */
  metricDelaysMs?: Readonly<Record<string, number>>;
  /** How much of its CPU and memory a task of an image uses, by the image's name; AWS/ECS says it of services. */
  utilizationPercent?: Readonly<Record<string, { readonly cpu?: number; readonly memory?: number }>>;
  /** A line that a container has written can be read in CloudWatch Logs this long after. */
  logDelayMs: number;
  /** So many pages of log events come empty before the first that is not. */
  emptyLogPages: number;
  /** Unconfirmed in AWS: does a client pinned by the AWSALBTG cookie still reach a group of weight 0? */
  stickyReachesWeightZero: boolean;
  /** Unconfirmed in AWS: do DRAINING task sets count towards the limit of five? */
  drainingCountsAsTaskSet: boolean;
  /** DescribeServices and DescribeTaskSets answer with what was true this long ago. */
  staleReadsMs: number;
  /** No task beyond this many can be placed (capacity shortage). */
  taskLimit: number;
  /** Services created from now on have the cluster's name in their ARN (account setting serviceLongArnFormat). */
  longServiceArns: boolean;
  /** A session of an assumed role lasts no longer than this, whatever its DurationSeconds (AWS: 900 or more). */
  sessionSeconds: number;
}

/** A target as ELBv2 names it: an IP address or EC2 instance id, and a port. */
export interface TargetId {
  readonly id: string;
  readonly port: number;
  readonly zone?: string;
}

/** What ECS needs of the load balancers. Implemented in elbv2/, used in ecs/. */
export interface TargetGroups {
  exists(targetGroupArn: string): boolean;
  /** "ip" or "instance". */
  targetType(targetGroupArn: string): string;
  /** Hangs on a listener or a rule; ECS refuses a group that does not. */
  inUse(targetGroupArn: string): boolean;
  register(targetGroupArn: string, target: TargetId): void;
  /** Starts draining; resolves when the deregistration delay is over and connections are closed. */
  deregister(targetGroupArn: string, target: TargetId): Promise<void>;
  /** "healthy", "initial", "unhealthy", "draining", "unused" … */
  health(targetGroupArn: string, target: TargetId): string;
}

/** What ECS needs of whatever runs tasks: real processes, or simulated ones. Implemented in runtime/. */
export interface TaskRuntime {
  /** Starts the task's containers. Resolves when they run; rejects with a StartFailure. */
  start(task: TaskToRun): Promise<RunningTask>;
  /** Ends every task at once (the sandbox closes). */
  close(): Promise<void>;
}

export interface TaskToRun {
  /** The task's ARN. */
  readonly arn: string;
  readonly containers: readonly ContainerToRun[];
  /** Called when a container ends by itself, with its exit code or signal. Not called after `stop`. */
  readonly onExit: (exit: ContainerExit) => void;
  /** The address others know the task by (awsvpc: its own private address; else the instance's). */
  readonly address: string;
}

export interface ContainerToRun {
  readonly name: string;
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Container port, and the port it has at `address` (the same under awsvpc and host). */
  readonly ports: readonly { readonly containerPort: number; readonly hostPort: number }[];
  readonly stopTimeoutMs: number;
  /** Where its log driver, if that is awslogs, stores what it writes. */
  readonly awslogs?: LogDestination;
  /** Hears each line that it writes. */
  readonly onLine?: (line: string) => void;
}

/** A stream of CloudWatch Logs. */
export interface LogDestination {
  readonly group: string;
  readonly stream: string;
  /** awslogs-create-group: a group that does not exist is created. */
  readonly createsGroup: boolean;
}

export interface ContainerExit {
  readonly container: string;
  readonly exitCode: number;
  /** The last lines that it wrote. */
  readonly log: readonly string[];
}

export interface RunningTask {
  /** SIGTERM, `stopTimeout`, SIGKILL; resolves with the exits when all containers are gone. */
  stop(): Promise<readonly ContainerExit[]>;
  /** SIGKILL to all containers at once, as when the host dies; resolves with the exits. */
  kill(): Promise<readonly ContainerExit[]>;
  /** Digest ("sha256:…") of each container's image, by container name. */
  readonly imageDigests?: Readonly<Record<string, string>>;
}

/** Why a task never ran, in AWS's words: e.g. "CannotPullContainerError: …". */
export class StartFailure extends Error {}

/** Where a target's traffic really goes. Implemented in runtime/, used by the balancer in elbv2/. */
export interface Addresses {
  resolve(address: string, port: number): { readonly host: string; readonly port: number } | undefined;
}

/** What a health check asks of a target. Real: HTTP over loopback. Virtual: the simulated task's behaviour. */
export interface Prober {
  probe(target: TargetId, check: HealthCheck): Promise<ProbeResult>;
}

export interface HealthCheck {
  readonly protocol: string;
  readonly path: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** ELBv2 matcher, e.g. "200", "200-299", "200,301". */
  readonly matcher: string;
}

/** `reason` is AWS's: "Target.ResponseCodeMismatch", "Target.Timeout", "Target.FailedHealthChecks". */
export type ProbeResult =
  | { readonly healthy: true }
  | { readonly healthy: false; readonly reason: string; readonly description: string };

/** Where metrics go. Implemented in cloudwatch/, used by the balancer and the scheduler. */
export interface MetricSink {
  /** One sample, e.g. RequestCount 1 or TargetResponseTime 0.012, at the present time. */
  add(namespace: string, metric: string, dimensions: Readonly<Record<string, string>>, value: number): void;
}

/** What happened on the data plane, for the monitor, the rehearsal's timeline and tests. */
export interface DataPlaneEvents {
  /** Each request that a load balancer answered or passed on, when it ended. */
  request(request: RoutedRequest): void;
  /** A target's health changed. */
  health(change: { targetGroupArn: string; target: TargetId; from: string; to: string }): void;
  /** A route's actions came into force on the data plane (propagated). */
  applied(change: { arn: string; weights: Readonly<Record<string, number>> }): void;
}

export interface RoutedRequest {
  readonly loadBalancerArn: string;
  /** Listener or rule that matched. */
  readonly routeArn: string;
  readonly targetGroupArn?: string;
  readonly target?: TargetId;
  /** The target's health when it was chosen; "healthy" unless the group failed open. */
  readonly targetHealth?: string;
  readonly status: number;
  /** The load balancer itself made the answer (502, 503, 504, 460, fixed response, redirect). */
  readonly fromLoadBalancer: boolean;
  readonly durationMs: number;
  readonly webSocket: boolean;
}
