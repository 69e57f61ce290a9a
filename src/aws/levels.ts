import { type CompositeAlarm, DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { SluiceError } from "../core/errors.ts";
import type { AlarmState, LevelPoint, SaturationReading } from "../core/levels.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";
import { type Points, readPoints } from "./metric-points.ts";

type CloudWatch = Pick<Clients, "cloudWatch">;
type Resource = "cpu" | "memory";

const METRICS = { cpu: "CPUUtilization", memory: "MemoryUtilization" } as const;

/** DescribeAlarms takes and gives no more at once. */
const ALARMS_AT_ONCE = 100;

/**
 * How much of its CPU and memory the service used, averaged over its tasks, of whichever version: Amazon ECS does not
 * say it of each. Only periods that are over; the one in which the step came is in neither part.
 */
export async function readSaturation(
  clients: CloudWatch,
  query: {
    /** Of the long format, which names the cluster. */
    readonly serviceArn: string;
    readonly of: readonly Resource[];
    readonly historyFromMs: number;
    /** The beginning of the first whole period after the step. */
    readonly fromMs: number;
    readonly toMs: number;
    readonly periodMs: number;
  },
  signal: AbortSignal = new AbortController().signal,
): Promise<SaturationReading> {
  const { fromMs, toMs, periodMs } = query;
  const Dimensions = dimensionsOf(query.serviceArn);
  const points = await readPoints(
    clients,
    query.of.map((resource) => ({
      metric: { Namespace: "AWS/ECS", MetricName: METRICS[resource], Dimensions },
      statistic: "Average",
    })),
    { fromMs: query.historyFromMs, toMs, periodMs },
    signal,
  );
  const levels = query.of.map((resource, nth) => {
    const all = inOrder(points[nth] ?? new Map());
    const before = all.filter(({ atMs }) => atMs + 2 * periodMs <= fromMs);
    return [resource, { before, since: all.filter(({ atMs }) => atMs >= fromMs) }] as const;
  });
  return Object.fromEntries(levels);
}

/**
 * The alarms of these names as they stand, metric and composite; a name that no alarm has is left out. Without
 * AlarmTypes AWS would answer with metric alarms alone (DescribeAlarms in the API reference).
 */
export async function readAlarms(
  clients: CloudWatch,
  names: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly AlarmState[]> {
  const distinct = [...new Set(names)];
  const states: AlarmState[] = [];
  for (let from = 0; from < distinct.length; from += ALARMS_AT_ONCE) {
    states.push(...(await readSome(clients, distinct.slice(from, from + ALARMS_AT_ONCE), signal)));
  }
  return states;
}

async function readSome(
  clients: CloudWatch,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly AlarmState[]> {
  const states: AlarmState[] = [];
  let token: string | undefined;
  do {
    const NextToken = token;
    const answer = await call("cloudwatch:DescribeAlarms", () =>
      clients.cloudWatch.send(
        new DescribeAlarmsCommand({
          AlarmNames: [...names],
          AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
          MaxRecords: ALARMS_AT_ONCE,
          ...(NextToken ? { NextToken } : {}),
        }),
        { abortSignal: signal },
      ),
    );
    for (const alarm of [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])])
      states.push(toState(alarm));
    token = answer.NextToken;
  } while (token);
  return states;
}

function toState(alarm: MetricAlarm | CompositeAlarm): AlarmState {
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
  return {
    name: alarm.AlarmName ?? "",
    state: alarm.StateValue ?? "INSUFFICIENT_DATA",
    sinceMs: since?.getTime() ?? 0,
    reason: alarm.StateReason ?? "",
  };
}

function dimensionsOf(serviceArn: string) {
  const [, cluster, service] = /:service\/([^/]+)\/([^/]+)$/.exec(serviceArn) ?? [];
  if (!cluster || !service)
    throw new SluiceError("configuration", `${serviceArn} does not name the service's cluster`);
  return [
    { Name: "ClusterName", Value: cluster },
    { Name: "ServiceName", Value: service },
  ];
}

function inOrder(points: Points): readonly LevelPoint[] {
  return [...points]
    .map(([atMs, percent]) => ({ atMs, percent }))
    .sort((one, other) => one.atMs - other.atMs);
}
