import { GetMetricDataCommand, type MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { RequestCounts } from "../core/verdict.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";

const ANSWERED = [
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
    readonly fromMs: number;
    readonly toMs: number;
    readonly periodMs: number;
  },
): Promise<RequestCounts> {
  const { periodMs } = query;
  const startMs = Math.floor(query.fromMs / periodMs) * periodMs;
  const endMs = Math.floor(query.toMs / periodMs) * periodMs;
  if (endMs <= startMs) return { requests: 0, bad: 0 };
  const metric = (name: string) => ({
    Namespace: "AWS/ApplicationELB",
    MetricName: name,
    Dimensions: [
      { Name: "LoadBalancer", Value: query.loadBalancer },
      { Name: "TargetGroup", Value: query.groupArn.slice(query.groupArn.lastIndexOf(":") + 1) },
    ],
  });
  const names = ["RequestCount", ...ANSWERED];
  const answer = await call("cloudwatch:GetMetricData", () =>
    clients.cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(startMs),
        EndTime: new Date(endMs),
        ScanBy: "TimestampAscending",
        MetricDataQueries: names.map((name, index) => ({
          Id: `m${index}`,
          MetricStat: { Metric: metric(name), Period: periodMs / 1000, Stat: "Sum" },
        })),
      }),
    ),
  );
  return toCounts(answer.MetricDataResults ?? []);
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
  return { requests: total, bad };
}

function pointsOf(result: MetricDataResult | undefined): Map<number, number> {
  const values = result?.Values ?? [];
  return new Map((result?.Timestamps ?? []).map((time, index) => [time.getTime(), values[index] ?? 0]));
}
