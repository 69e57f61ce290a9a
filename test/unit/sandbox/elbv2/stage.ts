import type {
  CreateListenerInput,
  CreateLoadBalancerOutput,
  CreateTargetGroupOutput,
  DescribeTargetHealthOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Clock, VirtualClock } from "../../../../sandbox/clock.ts";
import { createElbv2, type Elbv2 } from "../../../../sandbox/elbv2/elbv2.ts";
import type {
  Addresses,
  ProbeResult,
  Prober,
  RoutedRequest,
  Settings,
  TargetId,
} from "../../../../sandbox/ports.ts";

interface Sample {
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

interface HealthChange {
  readonly targetGroupArn: string;
  readonly target: TargetId;
  readonly from: string;
  readonly to: string;
}

export interface Stage {
  readonly elbv2: Elbv2;
  readonly settings: Settings;
  readonly requests: RoutedRequest[];
  readonly health: HealthChange[];
  readonly applied: { readonly arn: string; readonly weights: Readonly<Record<string, number>> }[];
  readonly samples: Sample[];
  /** What probes answer, by "id:port"; healthy if not set. */
  readonly probes: Map<string, ProbeResult>;
  call<T>(operation: string, input: unknown): Promise<T>;
  /** The sum of a metric's samples; `withGroup` takes those with a TargetGroup dimension, else those without. */
  sum(metric: string, withGroup: boolean): number;
}

export interface StageOptions {
  readonly clock?: Clock;
  readonly settings?: Partial<Settings>;
  readonly dataPlane?: boolean;
  readonly addresses?: Addresses;
  readonly random?: () => number;
}

/** The balancer on its own, with stand-ins for the parts beside it. */
export function setStage(options: StageOptions = {}): Stage {
  const settings: Settings = {
    speed: 1,
    propagationDelayMs: { min: 0, max: 0 },
    taskStartMs: 0,
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
  const requests: RoutedRequest[] = [];
  const health: HealthChange[] = [];
  const applied: { arn: string; weights: Readonly<Record<string, number>> }[] = [];
  const samples: Sample[] = [];
  const probes = new Map<string, ProbeResult>();
  const prober: Prober = {
    probe: ({ id, port }) => Promise.resolve(probes.get(`${id}:${port}`) ?? { healthy: true }),
  };
  const elbv2 = createElbv2({
    surroundings: {
      clock: options.clock ?? new VirtualClock(),
      region: "eu-central-1",
      accountId: "123456789012",
      settings,
    },
    addresses: options.addresses ?? { resolve: () => undefined },
    prober,
    metrics: { add: (_namespace, metric, dimensions, value) => samples.push({ metric, dimensions, value }) },
    events: {
      request: (request) => requests.push(request),
      health: (change) => health.push(change),
      applied: (change) => applied.push(change),
    },
    dataPlane: options.dataPlane ?? false,
    ...(options.random ? { random: options.random } : {}),
  });
  return {
    elbv2,
    settings,
    requests,
    health,
    applied,
    samples,
    probes,
    async call(operation, input) {
      const run = elbv2.service.operations[operation];
      if (!run) throw new Error(`no operation ${operation}`);
      return (await run(input, { operation, accessKeyId: "test" })) as never;
    },
    sum: (metric, withGroup) =>
      samples
        .filter((sample) => sample.metric === metric && "TargetGroup" in sample.dimensions === withGroup)
        .reduce((total, sample) => total + sample.value, 0),
  };
}

export async function createLoadBalancer(stage: Stage, name = "web"): Promise<string> {
  const output = await stage.call<CreateLoadBalancerOutput>("CreateLoadBalancer", {
    Name: name,
    Subnets: ["subnet-a", "subnet-b"],
  });
  return output.LoadBalancers?.[0]?.LoadBalancerArn ?? "";
}

export async function createGroup(
  stage: Stage,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const output = await stage.call<CreateTargetGroupOutput>("CreateTargetGroup", {
    Name: name,
    Protocol: "HTTP",
    Port: 80,
    TargetType: "ip",
    VpcId: "vpc-1",
    HealthCheckIntervalSeconds: 10,
    ...more,
  });
  const TargetGroupArn = output.TargetGroups?.[0]?.TargetGroupArn ?? "";
  await stage.call("ModifyTargetGroupAttributes", {
    TargetGroupArn,
    Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
  });
  return TargetGroupArn;
}

/** A forward action over groups by weight. */
export const forward = (weights: Readonly<Record<string, number>>, stickySeconds?: number) => ({
  Type: "forward" as const,
  ForwardConfig: {
    TargetGroups: Object.entries(weights).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
    ...(stickySeconds === undefined
      ? {}
      : { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: stickySeconds } }),
  },
});

export async function createListener(
  stage: Stage,
  LoadBalancerArn: string,
  action: NonNullable<CreateListenerInput["DefaultActions"]>[number],
  name = "main",
): Promise<{ readonly arn: string; readonly port: number }> {
  const listener = await stage.elbv2.createListener({ LoadBalancerArn, DefaultActions: [action] }, { name });
  return { arn: listener.ListenerArn ?? "", port: listener.Port ?? 0 };
}

export async function states(stage: Stage, TargetGroupArn: string): Promise<readonly string[]> {
  const output = await stage.call<DescribeTargetHealthOutput>("DescribeTargetHealth", { TargetGroupArn });
  return (output.TargetHealthDescriptions ?? []).map(({ TargetHealth }) =>
    `${TargetHealth?.State} ${TargetHealth?.Reason ?? ""}`.trim(),
  );
}
