import type {
  CreateTaskSetRequest,
  CreateTaskSetResponse,
  DescribeServicesResponse,
  DescribeTaskSetsResponse,
  DescribeTasksResponse,
  ListTasksResponse,
  Service,
  Task,
  TaskSet,
} from "@aws-sdk/client-ecs";
import { type Clock, VirtualClock } from "../../../../sandbox/clock.ts";
import type { EcsChange } from "../../../../sandbox/ecs/changes.ts";
import { createEcs } from "../../../../sandbox/ecs/ecs.ts";
import type { Settings, TargetGroups, TargetId } from "../../../../sandbox/ports.ts";
import type { Behaviour } from "../../../../sandbox/runtime/behaviour.ts";
import { createVirtualRuntime } from "../../../../sandbox/runtime/virtual.ts";
import { AwsError } from "../../../../sandbox/wire/service.ts";

export const BLUE = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/blue/1";
export const GREEN = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/green/2";
export const UNUSED = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/unused/3";
export const INSTANCES = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/instances/4";

const HEALTHY_AFTER_MS = 3000;
export const DRAIN_MS = 20_000;

interface Registered {
  readonly sinceMs: number;
  draining: boolean;
  forced: string | undefined;
}

/** Target groups in memory: a target is healthy after three seconds, a drain takes twenty. */
export class FakeGroups implements TargetGroups {
  readonly log: string[] = [];
  readonly targets = new Map<string, Registered>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  exists(arn: string): boolean {
    return [BLUE, GREEN, UNUSED, INSTANCES].includes(arn);
  }

  targetType(arn: string): string {
    return arn === INSTANCES ? "instance" : "ip";
  }

  inUse(arn: string): boolean {
    return arn !== UNUSED;
  }

  register(arn: string, target: TargetId): void {
    this.log.push(`register ${target.id}:${target.port}`);
    this.targets.set(key(arn, target), { sinceMs: this.#clock.nowMs(), draining: false, forced: undefined });
  }

  deregister(arn: string, target: TargetId): Promise<void> {
    this.log.push(`deregister ${target.id}:${target.port}`);
    const found = this.targets.get(key(arn, target));
    if (found) found.draining = true;
    return new Promise((resolve) => {
      this.#clock.after(DRAIN_MS, () => {
        this.targets.delete(key(arn, target));
        this.log.push(`drained ${target.id}:${target.port}`);
        resolve();
      });
    });
  }

  health(arn: string, target: TargetId): string {
    const found = this.targets.get(key(arn, target));
    if (!found) return "unused";
    if (found.draining) return "draining";
    if (found.forced) return found.forced;
    return this.#clock.nowMs() - found.sinceMs >= HEALTHY_AFTER_MS ? "healthy" : "initial";
  }

  force(arn: string, target: TargetId, health: string): void {
    const found = this.targets.get(key(arn, target));
    if (found) found.forced = health;
  }
}

const key = (arn: string, target: TargetId): string => `${arn} ${target.id}:${target.port}`;

export const SETTINGS: Settings = {
  speed: 1,
  propagationDelayMs: { min: 0, max: 0 },
  taskStartMs: 10_000,
  metricPeriodSeconds: 60,
  metricDelayMs: 0,
  stickyReachesWeightZero: true,
  drainingCountsAsTaskSet: true,
  staleReadsMs: 0,
  taskLimit: Number.POSITIVE_INFINITY,
  longServiceArns: true,
  sessionSeconds: Number.POSITIVE_INFINITY,
  logDelayMs: 0,
  emptyLogPages: 0,
};

const IMAGES: Readonly<Record<string, Behaviour>> = {
  "orders:1": {},
  "orders:2": {},
  "orders:crashing": { crash: { afterMs: 5000, exitCode: 3 } },
  "orders:stubborn": { stopsAfterMs: "never" },
  "orders:no-secret": {
    startFailure:
      "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException",
  },
};

/** An account with a cluster "shop" and an EXTERNAL service "orders"; `call` runs an operation, typed by use. */
export async function account(options: { settings?: Partial<Settings>; desiredCount?: number } = {}) {
  const clock = new VirtualClock();
  const groups = new FakeGroups(clock);
  const settings: Settings = { ...SETTINGS, ...options.settings };
  const runtime = createVirtualRuntime({ clock, settings, images: IMAGES });
  const surroundings = { clock, region: "eu-west-1", accountId: "111111111111", settings };
  const ecs = createEcs({ surroundings, targetGroups: groups, runtime });
  const changes: EcsChange[] = [];
  ecs.onChange((change) => changes.push(change));

  async function call<Output>(operation: string, input: Record<string, unknown>): Promise<Output> {
    const run = ecs.service.operations[operation];
    if (!run) throw new Error(`no operation ${operation}`);
    const output: Output = await (run(input, { operation, accessKeyId: "test" }) as Output);
    return output;
  }

  await call("CreateCluster", { clusterName: "shop" });
  for (const image of Object.keys(IMAGES)) await call("RegisterTaskDefinition", definition(image));
  await call("CreateService", {
    cluster: "shop",
    serviceName: "orders",
    desiredCount: options.desiredCount ?? 2,
    deploymentController: { type: "EXTERNAL" },
  });

  const at = { cluster: "shop", service: "orders" };
  return {
    at,
    call,
    changes,
    clock,
    ecs,
    groups,
    runtime,
    settings,
    advance: (seconds: number) => clock.advance(seconds * 1000),
    createTaskSet: async (input: Partial<CreateTaskSetRequest> = {}): Promise<TaskSet> =>
      (await call<CreateTaskSetResponse>("CreateTaskSet", { ...at, ...taskSetInput(), ...input })).taskSet ??
      {},
    taskSets: async (): Promise<TaskSet[]> =>
      (await call<DescribeTaskSetsResponse>("DescribeTaskSets", { ...at, include: ["TAGS"] })).taskSets ?? [],
    service: async (): Promise<Service> =>
      (await call<DescribeServicesResponse>("DescribeServices", { cluster: "shop", services: ["orders"] }))
        .services?.[0] ?? {},
    tasks: async (desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<Task[]> => {
      const { taskArns = [] } = await call<ListTasksResponse>("ListTasks", {
        cluster: "shop",
        serviceName: "orders",
        desiredStatus,
      });
      if (taskArns.length === 0) return [];
      return (
        (await call<DescribeTasksResponse>("DescribeTasks", { cluster: "shop", tasks: taskArns })).tasks ?? []
      );
    },
  };
}

export function taskSetInput(family = "orders-1") {
  return {
    taskDefinition: family,
    launchType: "FARGATE" as const,
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-a", "subnet-b"] } },
    loadBalancers: [{ targetGroupArn: BLUE, containerName: "app", containerPort: 8080 }],
    scale: { value: 100, unit: "PERCENT" as const },
  };
}

/** Family "orders-2" for image "orders:2". */
export function definition(image: string): Record<string, unknown> {
  return {
    family: image.replace(":", "-"),
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [
      {
        name: "app",
        image,
        portMappings: [{ containerPort: 8080 }],
        environment: [{ name: "A", value: "b" }],
      },
    ],
  };
}

/** "Code: message" of the AwsError that `promise` rejects with. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AwsError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}
