import { loadBalancerArn, targetGroupArn } from "../../sandbox/arns.ts";
import { VirtualClock } from "../../sandbox/clock.ts";
import { type CloudWatch, createCloudWatch } from "../../sandbox/cloudwatch/cloudwatch.ts";
import { type TargetResult, TrafficMetrics } from "../../sandbox/elbv2/traffic/metrics.ts";
import { createFaults, type Faults } from "../../sandbox/faults/faults.ts";
import type { Settings } from "../../sandbox/ports.ts";
import { settingsFrom } from "../../sandbox/settings.ts";
import { createWireServer } from "../../sandbox/wire/server.ts";
import { type Clients, createClients } from "../../src/aws/clients.ts";
import type { MeasuredVersion, MetricWindow } from "../../src/core/metric-source.ts";
import { setEnvironment } from "../environment.ts";

const ACCOUNT = { region: "eu-west-1", accountId: "123456789012" };
const BALANCER_ARN = loadBalancerArn(ACCOUNT, "app", "shop");

/** As metrics have it. */
export const BALANCER = BALANCER_ARN.replace(/^.*:loadbalancer\//, "");
export const MINUTE_MS = 60_000;

export const STABLE = version("orders-blue");
export const CANARY = version("orders-green");

function version(name: string): MeasuredVersion {
  const groupArn = targetGroupArn(ACCOUNT, name);
  return { groupArn, values: { "target-group-name": name, version: name } };
}

/** The sandbox's CloudWatch on virtual time, asked over the wire by the clients that a release has. */
export interface MetricStage {
  readonly clock: VirtualClock;
  readonly settings: Settings;
  readonly cloudWatch: CloudWatch;
  readonly faults: Faults;
  readonly clients: Clients;
  /** When it began, a whole minute. */
  readonly startMs: number;
  /** Operations that were asked for, in order. */
  calls(): readonly string[];
  answered(version: MeasuredVersion, times: number, status?: number, responseTimeMs?: number): void;
  /** Connections that a target refused, or those that it closed without an answer. */
  failed(version: MeasuredVersion, times: number, how: "refused" | "reset"): void;
  /** From `historyMs` before the step on, which came `stepMs` after the start, up to now. */
  window(stepMs: number, historyMs?: number, periodMs?: number): MetricWindow;
  close(): Promise<void>;
}

export async function openMetricStage(given: Partial<Settings> = {}): Promise<MetricStage> {
  const clock = new VirtualClock();
  const startMs = clock.nowMs();
  const settings = settingsFrom({ metricDelayMs: 60_000, ...given });
  const cloudWatch = createCloudWatch({ ...ACCOUNT, clock, settings });
  const traffic = new TrafficMetrics(cloudWatch.sink);
  const faults = createFaults({ clock, account: ACCOUNT, random: () => 0, callerArn: () => undefined });
  const wire = await createWireServer({
    services: [cloudWatch.service],
    clock,
    gate: faults.gate,
  });
  const restore = setEnvironment({
    AWS_ENDPOINT_URL: wire.url,
    AWS_ACCESS_KEY_ID: "AKIA0000000000000000",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
  });
  const end = ({ groupArn }: MeasuredVersion, times: number, result: TargetResult): void => {
    for (let sent = 0; sent < times; sent++) traffic.targetRequest(BALANCER_ARN, groupArn, result, false);
  };
  return {
    clock,
    settings,
    cloudWatch,
    faults,
    clients: createClients(ACCOUNT.region),
    startMs,
    calls: () => wire.calls.calls.map(({ operation }) => operation),
    answered: (of, times, status = 200, responseTimeMs = 10) =>
      end(of, times, { kind: "answered", status, responseTimeMs }),
    failed: (of, times, how) =>
      end(of, times, { kind: "failed", status: 502, connectionFailed: how === "refused" }),
    window: (stepMs, historyMs = 0, periodMs = MINUTE_MS) => ({
      historyFromMs: startMs + stepMs - historyMs,
      fromMs: startMs + stepMs,
      toMs: clock.nowMs(),
      periodMs,
    }),
    async close() {
      restore();
      cloudWatch.close();
      await wire.close();
    },
  };
}
