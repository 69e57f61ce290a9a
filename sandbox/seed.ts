import type {
  Action,
  CreateTargetGroupInput,
  RuleCondition,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Account, listenerArn, loadBalancerArn, targetGroupArn } from "./arns.ts";
import type { AutoScaling } from "./autoscaling/autoscaling.ts";
import type {
  ActionDefinition,
  Definition,
  ListenerDefinition,
  LoadBalancerDefinition,
  RuleDefinition,
  ServiceDefinition,
  TargetGroupDefinition,
} from "./definition.ts";
import type { Ecs } from "./ecs/ecs.ts";
import type { Elbv2 } from "./elbv2/elbv2.ts";
import type { Logs } from "./logs/logs.ts";
import type { Service } from "./wire/service.ts";

const DEFAULT_ZONES = ["a", "b"];

/** A listener of the sandbox, and where it really listens. */
export interface SeededListener {
  readonly loadBalancer: string;
  readonly listener: string;
  readonly arn: string;
  readonly url: string;
}

/** Puts into the account what a sandbox file says, by the same operations that clients use. */
export async function seed(
  definition: Definition,
  account: Account,
  parts: {
    readonly ecs: Ecs;
    readonly elbv2: Elbv2;
    readonly autoscaling: AutoScaling;
    readonly logs: Logs;
  },
): Promise<readonly SeededListener[]> {
  const elb = caller(parts.elbv2.service);
  for (const group of definition.targetGroups) await createTargetGroup(elb, account, group);
  const listeners: SeededListener[] = [];
  for (const balancer of definition.loadBalancers) {
    listeners.push(...(await createLoadBalancer(elb, account, parts.elbv2, balancer)));
  }
  const logs = caller(parts.logs.service);
  for (const logGroupName of definition.logGroups ?? []) await logs("CreateLogGroup", { logGroupName });
  const ecs = caller(parts.ecs.service);
  await ecs("CreateCluster", { clusterName: definition.cluster });
  const autoscaling = caller(parts.autoscaling.service);
  for (const service of definition.services) {
    await createService(ecs, account, definition.cluster, service);
    await registerScaling(autoscaling, definition.cluster, service);
  }
  return listeners;
}

type Caller = (operation: string, input: object) => Promise<unknown>;

function caller(service: Service): Caller {
  return async (operation, input) => {
    const run = service.operations[operation];
    if (!run) throw new Error(`The sandbox has no ${service.name}:${operation}`);
    return run(input, { operation, accessKeyId: "sandbox" });
  };
}

async function createTargetGroup(elb: Caller, account: Account, group: TargetGroupDefinition): Promise<void> {
  const check = group.healthCheck ?? {};
  const input: CreateTargetGroupInput = {
    Name: group.name,
    Protocol: "HTTP",
    Port: group.port ?? 80,
    VpcId: "vpc-0a1b2c3d4e5f60718",
    TargetType: group.targetType ?? "ip",
    ...(check.path ? { HealthCheckPath: check.path } : {}),
    ...(check.intervalSeconds ? { HealthCheckIntervalSeconds: check.intervalSeconds } : {}),
    ...(check.timeoutSeconds ? { HealthCheckTimeoutSeconds: check.timeoutSeconds } : {}),
    ...(check.healthyThreshold ? { HealthyThresholdCount: check.healthyThreshold } : {}),
    ...(check.unhealthyThreshold ? { UnhealthyThresholdCount: check.unhealthyThreshold } : {}),
    ...(check.matcher ? { Matcher: { HttpCode: check.matcher } } : {}),
  };
  await elb("CreateTargetGroup", input);
  const attributes = Object.entries(group.attributes ?? {}).map(([Key, Value]) => ({ Key, Value }));
  if (attributes.length === 0) return;
  await elb("ModifyTargetGroupAttributes", {
    TargetGroupArn: targetGroupArn(account, group.name),
    Attributes: attributes,
  });
}

async function createLoadBalancer(
  elb: Caller,
  account: Account,
  elbv2: Elbv2,
  balancer: LoadBalancerDefinition,
): Promise<readonly SeededListener[]> {
  const type = balancer.type ?? "application";
  const arn = loadBalancerArn(account, type === "network" ? "net" : "app", balancer.name);
  const zones = balancer.zones ?? DEFAULT_ZONES.map((letter) => `${account.region}${letter}`);
  await elb("CreateLoadBalancer", {
    Name: balancer.name,
    Type: type,
    Subnets: zones.map((zone) => `subnet-${zone}`),
  });
  if (balancer.idleTimeoutSeconds) {
    await elb("ModifyLoadBalancerAttributes", {
      LoadBalancerArn: arn,
      Attributes: [{ Key: "idle_timeout.timeout_seconds", Value: String(balancer.idleTimeoutSeconds) }],
    });
  }
  const listeners: SeededListener[] = [];
  for (const listener of balancer.listeners) {
    listeners.push(await createListener(account, elbv2, { arn, name: balancer.name, type }, listener));
  }
  return listeners;
}

async function createListener(
  account: Account,
  elbv2: Elbv2,
  balancer: { readonly arn: string; readonly name: string; readonly type: "application" | "network" },
  listener: ListenerDefinition,
): Promise<SeededListener> {
  const created = await elbv2.createListener(
    {
      LoadBalancerArn: balancer.arn,
      Protocol: balancer.type === "network" ? "TCP" : "HTTP",
      ...(listener.port ? { Port: listener.port } : {}),
      DefaultActions: [toAction(account, listener.default)],
    },
    { name: listener.name },
  );
  const arn = created.ListenerArn ?? listenerArn(balancer.arn, listener.name);
  for (const rule of listener.rules ?? []) {
    elbv2.createRule(
      {
        ListenerArn: arn,
        Priority: rule.priority,
        Conditions: toConditions(rule),
        Actions: [toAction(account, rule.action)],
      },
      { name: rule.name },
    );
  }
  return {
    loadBalancer: balancer.name,
    listener: listener.name,
    arn,
    url: `http://127.0.0.1:${created.Port}`,
  };
}

function toAction(account: Account, action: ActionDefinition): Action {
  if (action.respond) {
    const { status, body } = action.respond;
    return {
      Type: "fixed-response",
      FixedResponseConfig: {
        StatusCode: String(status),
        ContentType: "text/plain",
        ...(body ? { MessageBody: body } : {}),
      },
    };
  }
  return {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: Object.entries(action.forward ?? {}).map(([name, Weight]) => ({
        TargetGroupArn: targetGroupArn(account, name),
        Weight,
      })),
      ...(action.stickySeconds
        ? { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: action.stickySeconds } }
        : {}),
    },
  };
}

function toConditions({ when }: RuleDefinition): RuleCondition[] {
  return [
    ...(when.path ? [{ Field: "path-pattern", PathPatternConfig: { Values: [...when.path] } }] : []),
    ...(when.host ? [{ Field: "host-header", HostHeaderConfig: { Values: [...when.host] } }] : []),
    ...(when.header
      ? [
          {
            Field: "http-header",
            HttpHeaderConfig: { HttpHeaderName: when.header.name, Values: [...when.header.values] },
          },
        ]
      : []),
  ];
}

async function createService(
  ecs: Caller,
  account: Account,
  cluster: string,
  service: ServiceDefinition,
): Promise<void> {
  const { taskDefinition } = service;
  const awsvpc = (taskDefinition.networkMode ?? "awsvpc") === "awsvpc";
  await ecs("RegisterTaskDefinition", {
    family: taskDefinition.family,
    networkMode: taskDefinition.networkMode ?? "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [containerOf(service, account)],
  });
  const external = (service.controller ?? "EXTERNAL") === "EXTERNAL";
  const launch = {
    taskDefinition: taskDefinition.family,
    launchType: awsvpc ? "FARGATE" : "EC2",
    ...(awsvpc
      ? {
          networkConfiguration: {
            awsvpcConfiguration: { subnets: DEFAULT_ZONES.map((zone) => `subnet-${account.region}${zone}`) },
          },
        }
      : {}),
    ...(service.targetGroup
      ? {
          loadBalancers: [
            {
              targetGroupArn: targetGroupArn(account, service.targetGroup),
              containerName: taskDefinition.container,
              containerPort: taskDefinition.containerPort,
            },
          ],
        }
      : {}),
  };
  await ecs("CreateService", {
    cluster,
    serviceName: service.name,
    desiredCount: service.desiredCount,
    deploymentController: { type: service.controller ?? "EXTERNAL" },
    ...(external ? {} : launch),
  });
  if (!external || !service.targetGroup) return;
  const created = (await ecs("CreateTaskSet", {
    ...launch,
    cluster,
    service: service.name,
    scale: { value: 100, unit: "PERCENT" },
  })) as { taskSet?: { taskSetArn?: string } };
  await ecs("UpdateServicePrimaryTaskSet", {
    cluster,
    service: service.name,
    primaryTaskSet: created.taskSet?.taskSetArn,
  });
}

async function registerScaling(
  autoscaling: Caller,
  cluster: string,
  { name, scaling }: ServiceDefinition,
): Promise<void> {
  if (!scaling) return;
  await autoscaling("RegisterScalableTarget", {
    ServiceNamespace: "ecs",
    ResourceId: `service/${cluster}/${name}`,
    ScalableDimension: "ecs:service:DesiredCount",
    MinCapacity: scaling.minCapacity,
    MaxCapacity: scaling.maxCapacity,
  });
}

function containerOf({ taskDefinition }: ServiceDefinition, { region }: Account): object {
  const { logs } = taskDefinition;
  return {
    name: taskDefinition.container,
    image: taskDefinition.image,
    essential: true,
    portMappings: [{ containerPort: taskDefinition.containerPort, protocol: "tcp" }],
    environment: Object.entries(taskDefinition.environment ?? {}).map(([name, value]) => ({ name, value })),
    ...(taskDefinition.stopTimeoutSeconds === undefined
      ? {}
      : { stopTimeout: taskDefinition.stopTimeoutSeconds }),
    ...(logs ? { logConfiguration: logConfiguration(logs, region) } : {}),
  };
}

function logConfiguration(
  { group, streamPrefix }: NonNullable<ServiceDefinition["taskDefinition"]["logs"]>,
  region: string,
): object {
  const options = {
    "awslogs-group": group,
    "awslogs-region": region,
    "awslogs-stream-prefix": streamPrefix,
  };
  return { logDriver: "awslogs", options };
}
