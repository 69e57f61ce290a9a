import { type MetricDataResult, paginateGetMetricData } from "@aws-sdk/client-cloudwatch";
import type { MinuteCounts } from "../core/advise/traffic.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";
import { ANSWERED, groupMetric, pointsOf } from "./metric-points.ts";

const MINUTE_MS = 60_000;
const NAMES = ["RequestCount", ...ANSWERED, "TargetConnectionErrorCount"] as const;

/**
 * The requests of the target groups together, minute by minute; minutes without a RequestCount are left out. At
 * most 15 days back: CloudWatch keeps minutes no longer. A day of two groups is one call, and one page.
 */
export async function readTraffic(
  clients: Clients,
  query: {
    readonly loadBalancer: string;
    readonly groupArns: readonly string[];
    readonly fromMs: number;
    readonly toMs: number;
  },
  signal?: AbortSignal,
): Promise<readonly MinuteCounts[]> {
  const queries = query.groupArns.flatMap((groupArn, group) =>
    NAMES.map((name) => ({
      Id: `g${group}${name.replaceAll("_", "").toLowerCase()}`,
      MetricStat: { Metric: groupMetric(query.loadBalancer, groupArn, name), Period: 60, Stat: "Sum" },
      Label: name,
    })),
  );
  const results = await call("cloudwatch:GetMetricData", async () => {
    const found: MetricDataResult[] = [];
    const pages = paginateGetMetricData(
      { client: clients.cloudWatch },
      {
        StartTime: new Date(Math.floor(query.fromMs / MINUTE_MS) * MINUTE_MS),
        EndTime: new Date(Math.floor(query.toMs / MINUTE_MS) * MINUTE_MS),
        ScanBy: "TimestampAscending",
        MetricDataQueries: queries,
      },
      { abortSignal: signal },
    );
    for await (const page of pages) found.push(...(page.MetricDataResults ?? []));
    return found;
  });
  return toMinutes(results);
}

function toMinutes(results: readonly MetricDataResult[]): readonly MinuteCounts[] {
  const sums = new Map<number, Map<string, number>>();
  for (const result of results) {
    const name = result.Label ?? "";
    for (const [atMs, value] of pointsOf([result])) {
      const minute = sums.get(atMs) ?? new Map<string, number>();
      sums.set(atMs, minute.set(name, (minute.get(name) ?? 0) + value));
    }
  }
  const requestsOf = (minute: ReadonlyMap<string, number>): number => minute.get("RequestCount") ?? 0;
  return [...sums]
    .filter(([, minute]) => requestsOf(minute) > 0)
    .map(([atMs, minute]) => ({
      atMs,
      requests: requestsOf(minute),
      good: ANSWERED.reduce((sum, name) => sum + (minute.get(name) ?? 0), 0),
      connectionErrors: minute.get("TargetConnectionErrorCount") ?? 0,
    }));
}
