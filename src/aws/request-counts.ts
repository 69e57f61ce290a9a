import { GetMetricDataCommand, type MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { RequestCounts } from "../core/verdict.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";

/** Counts of answers that are not bad. */
export const ANSWERED = [
  "HTTPCode_Target_2XX_Count",
  "HTTPCode_Target_3XX_Count",
  "HTTPCode_Target_4XX_Count",
] as const;

/**
 * Requests of one target group since `fromMs`, and how many of them went wrong: everything that was not
 * answered with 2xx, 3xx or 4xx. A target that crashes leaves no 5XX of its own, so failures are what is
 * missing. Counters of zero are not published: no point is no request, or no such answer. Only whole periods
 * are read, since the running one would lack answers that are still to be counted.
 */
export async function readRequestCounts(
  clients: Clients,
  query: {
    readonly loadBalancer: string;
    readonly groupArn: string;
    /** The other version's group, whose requests are counted, too: what share a group really got. */
    readonly otherGroupArn: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly periodMs: number;
  },
): Promise<RequestCounts> {
  const { periodMs } = query;
  const startMs = Math.floor(query.fromMs / periodMs) * periodMs;
  const endMs = Math.floor(query.toMs / periodMs) * periodMs;
  if (endMs <= startMs) return { requests: 0, bad: 0, otherRequests: 0 };
  const metrics = [
    ...["RequestCount", ...ANSWERED].map((name) => groupMetric(query.loadBalancer, query.groupArn, name)),
    groupMetric(query.loadBalancer, query.otherGroupArn, "RequestCount"),
  ];
  const answer = await call("cloudwatch:GetMetricData", () =>
    clients.cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(startMs),
        EndTime: new Date(endMs),
        ScanBy: "TimestampAscending",
        MetricDataQueries: metrics.map((metric, index) => ({
          Id: `m${index}`,
          MetricStat: { Metric: metric, Period: periodMs / 1000, Stat: "Sum" },
        })),
      }),
    ),
  );
  return toCounts(answer.MetricDataResults ?? []);
}

/** A target group's metric; `loadBalancer` is "app/name/id". */
export function groupMetric(loadBalancer: string, groupArn: string, name: string) {
  return {
    Namespace: "AWS/ApplicationELB",
    MetricName: name,
    Dimensions: [
      { Name: "LoadBalancer", Value: loadBalancer },
      { Name: "TargetGroup", Value: groupArn.slice(groupArn.lastIndexOf(":") + 1) },
    ],
  };
}

/** Only periods that have a RequestCount count: the newest one may still lack some of its metrics. */
function toCounts(results: readonly MetricDataResult[]): RequestCounts {
  const [requests = new Map<number, number>(), ...answered] = ["m0", "m1", "m2", "m3"].map((id) =>
    pointsOf(results.find((result) => result.Id === id)),
  );
  let total = 0;
  let bad = 0;
  for (const [atMs, count] of requests) {
    const good = answered.reduce((sum, points) => sum + (points.get(atMs) ?? 0), 0);
    total += count;
    bad += Math.max(0, count - good);
  }
  const others = pointsOf(results.find(({ Id }) => Id === "m4"));
  const otherRequests = [...others.values()].reduce((sum, count) => sum + count, 0);
  return { requests: total, bad, otherRequests };
}

/** By the start of their period. */
export function pointsOf(result: MetricDataResult | undefined): Map<number, number> {
  const values = result?.Values ?? [];
  return new Map((result?.Timestamps ?? []).map((time, index) => [time.getTime(), values[index] ?? 0]));
}
