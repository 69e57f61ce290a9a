import type { CreateTaskSetResponse } from "@aws-sdk/client-ecs";
import type {
  CreateLoadBalancerOutput,
  CreateTargetGroupOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { createEcs } from "../../../../sandbox/ecs/ecs.ts";
import { createElbv2 } from "../../../../sandbox/elbv2/elbv2.ts";
import { createMonitor, type Monitor } from "../../../../sandbox/monitor/monitor.ts";
import type { MonitorOptions } from "../../../../sandbox/monitor/options.ts";
import type { DataPlaneEvents, Settings } from "../../../../sandbox/ports.ts";
import { createVirtualRuntime } from "../../../../sandbox/runtime/virtual.ts";
import { type CallRecord, createCallLog, isWrite } from "../../../../sandbox/wire/calls.ts";
import { type Gate, openGate, type WireCall } from "../../../../sandbox/wire/gate.ts";

export const DRAIN_SECONDS = 30;
const DESIRED = 4;

export interface WorldOptions {
  /** Whether writes are judged at the gate or when they appear in the call log. Default: the log. */
  readonly judged?: "at-the-gate" | "in-the-log";
  readonly monitor?: Partial<MonitorOptions>;
  readonly settings?: Partial<Settings>;
}

/**
 * An account whose service "orders" runs `DESIRED` tasks of v1 behind group blue, all healthy; green idles beside
 * it at weight 0 in the one production rule, behind a sign-in. The monitor has watched since before the service.
 */
export async function createWorld(options: WorldOptions = {}) {
  const clock = new VirtualClock();
  const settings: Settings = {
    speed: 1,
    propagationDelayMs: { min: 0, max: 0 },
    taskStartMs: 5000,
    metricPeriodSeconds: 60,
    metricDelayMs: 0,
    stickyReachesWeightZero: true,
    drainingCountsAsTaskSet: true,
    staleReadsMs: 0,
    taskLimit: 100,
    longServiceArns: true,
    sessionSeconds: Number.POSITIVE_INFINITY,
    logDelayMs: 0,
    emptyLogPages: 0,
    ...options.settings,
  };
  const surroundings = { clock, region: "eu-west-1", accountId: "111111111111", settings };
  const runtime = createVirtualRuntime({ clock, settings, images: { v1: {}, v2: {} } });
  let monitor: Monitor | undefined;
  const events: DataPlaneEvents = {
    request: (request) => monitor?.events.request(request),
    health: (change) => monitor?.events.health(change),
    applied: (change) => monitor?.events.applied(change),
  };
  const elbv2 = createElbv2({
    surroundings,
    addresses: runtime.addresses,
    prober: runtime.prober,
    metrics: { add: () => undefined },
    events,
    dataPlane: false,
    random: () => 0.5,
  });
  const ecs = createEcs({ surroundings, targetGroups: elbv2.targetGroups, runtime });
  const calls = createCallLog();
  let gate: Gate = openGate;
  let seq = 0;

  async function call<Output>(operation: string, input: Record<string, unknown>): Promise<Output> {
    const service = [ecs.service, elbv2.service].find(({ operations }) => operation in operations);
    const run = service?.operations[operation];
    if (!service || !run) throw new Error(`no operation ${operation}`);
    const record: WireCall = {
      seq: ++seq,
      atMs: clock.nowMs(),
      service: service.name,
      action: `${service.name}:${operation}`,
      operation,
      protocol: "query",
      input,
      write: isWrite(operation),
      accessKeyId: "test",
    };
    await gate.before(record);
    const output: Output = await (run(input, record) as Output);
    await gate.after(record);
    const ended: CallRecord = { ...record, outcome: "ok", answer: "ok" };
    calls.add(ended);
    return output;
  }

  const network = await createNetwork(call, (input, name) => elbv2.createListener(input, { name }));
  const watching = createMonitor({ clock, settings, ecs, elbv2, calls, ...options.monitor });
  monitor = watching;
  if (options.judged === "at-the-gate") gate = watching.gate(openGate);

  await call("CreateCluster", { clusterName: "shop" });
  for (const image of ["v1", "v2"]) await call("RegisterTaskDefinition", definition(image));
  await call("CreateService", {
    cluster: "shop",
    serviceName: "orders",
    desiredCount: DESIRED,
    deploymentController: { type: "EXTERNAL" },
  });
  const at = { cluster: "shop", service: "orders" };
  const createSet = async (
    family: string,
    targetGroupArn: string,
    scalePercent: number,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const output = await call<CreateTaskSetResponse>("CreateTaskSet", {
      ...at,
      taskDefinition: family,
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-a"] } },
      loadBalancers: [{ targetGroupArn, containerName: "app", containerPort: 8080 }],
      scale: { value: scalePercent, unit: "PERCENT" },
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
    return output.taskSet?.id ?? "";
  };
  const stable = await createSet("v1", network.blue, 100);
  await call("UpdateServicePrimaryTaskSet", { ...at, primaryTaskSet: stable });
  await clock.advance(30_000);

  return {
    ...network,
    at,
    call,
    calls,
    clock,
    createSet,
    ecs,
    elbv2,
    runtime,
    monitor: watching,
    stable,
    advance: (seconds: number) => clock.advance(seconds * 1000),
    /** Starts v2 on green at a scale, tagged as a rollout that replaces the stable set. */
    createNewSet: (scalePercent: number, rollout = "r1") =>
      createSet("v2", network.green, scalePercent, {
        "sluice:rollout": rollout,
        "sluice:replaces": stable,
      }),
    scale: (taskSet: string, value: number) =>
      call("UpdateTaskSet", { ...at, taskSet, scale: { value, unit: "PERCENT" } }),
    /** Every running task of the set exits by itself. */
    crash(taskSet: string): void {
      const sets = ecs.view().services.flatMap(({ taskSets }) => taskSets);
      const tasks = sets.find(({ id }) => id === taskSet)?.tasks ?? [];
      for (const task of tasks.filter(({ lastStatus }) => lastStatus === "RUNNING")) {
        ecs.faults.crash(task.arn, 1);
      }
    },
    deleteSet: (taskSet: string) => call("DeleteTaskSet", { ...at, taskSet, force: true }),
    /** Writes the production rule with the weights of blue and green, and the sign-in unless it is left out. */
    weigh: (blue: number, green: number, actions: { readonly signIn: boolean } = { signIn: true }) =>
      call("ModifyRule", {
        RuleArn: network.rule,
        Actions: [
          ...(actions.signIn ? [SIGN_IN] : []),
          forward({ [network.blue]: blue, [network.green]: green }),
        ],
      }),
    rulesBroken: () => watching.violations.map(({ rule }) => rule),
    async close() {
      watching.close();
      ecs.close();
      await elbv2.close();
      await runtime.close();
    },
  };
}

export type MonitoredWorld = Awaited<ReturnType<typeof createWorld>>;

type Call = <Output>(operation: string, input: Record<string, unknown>) => Promise<Output>;
type CreateListener = (
  input: Parameters<ReturnType<typeof createElbv2>["createListener"]>[0],
  name: string,
) => ReturnType<ReturnType<typeof createElbv2>["createListener"]>;

async function createNetwork(call: Call, createListener: CreateListener) {
  const { LoadBalancers } = await call<CreateLoadBalancerOutput>("CreateLoadBalancer", {
    Name: "web",
    Subnets: ["subnet-a", "subnet-b"],
  });
  const createGroup = async (Name: string): Promise<string> => {
    const { TargetGroups } = await call<CreateTargetGroupOutput>("CreateTargetGroup", {
      Name,
      Protocol: "HTTP",
      Port: 8080,
      TargetType: "ip",
      VpcId: "vpc-1",
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
    });
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
    const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: String(DRAIN_SECONDS) }];
    await call("ModifyTargetGroupAttributes", { TargetGroupArn, Attributes });
    return TargetGroupArn;
  };
  const blue = await createGroup("blue");
  const green = await createGroup("green");
  const answer = { Type: "fixed-response" as const, FixedResponseConfig: { StatusCode: "404" } };
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  const listener = await createListener({ LoadBalancerArn, Port: 80, DefaultActions: [answer] }, "main");
  const createRule = async (Priority: number, Conditions: unknown, Actions: unknown): Promise<string> => {
    const ListenerArn = listener.ListenerArn ?? "";
    const input = { ListenerArn, Priority, Conditions, Actions };
    const output = await call<{ Rules?: { RuleArn?: string }[] }>("CreateRule", input);
    return output.Rules?.[0]?.RuleArn ?? "";
  };
  const header = { HttpHeaderName: "x-test", Values: ["1"] };
  const testRule = await createRule(
    5,
    [{ Field: "http-header", HttpHeaderConfig: header }],
    [forward({ [blue]: 1 })],
  );
  const rule = await createRule(
    10,
    [{ Field: "path-pattern", Values: ["/*"] }],
    [withSecret, forward({ [blue]: 100, [green]: 0 })],
  );
  return { blue, green, rule, testRule, listener: listener.ListenerArn ?? "" };
}

const oidc = {
  Issuer: "https://idp.test",
  AuthorizationEndpoint: "https://idp.test/a",
  TokenEndpoint: "https://idp.test/t",
  UserInfoEndpoint: "https://idp.test/u",
  ClientId: "shop",
};

const withSecret = {
  Type: "authenticate-oidc",
  Order: 1,
  AuthenticateOidcConfig: { ...oidc, ClientSecret: "secret" },
};

/** As a client has to write it back. */
const SIGN_IN = {
  Type: "authenticate-oidc",
  Order: 1,
  AuthenticateOidcConfig: { ...oidc, UseExistingClientSecret: true },
};

export const forward = (weights: Readonly<Record<string, number>>) => ({
  Type: "forward",
  Order: 2,
  ForwardConfig: {
    TargetGroups: Object.entries(weights).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
  },
});

const definition = (image: string) => ({
  family: image,
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "app", image, portMappings: [{ containerPort: 8080 }] }],
});
