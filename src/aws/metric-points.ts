import {
  type GetMetricDataCommandInput,
  type Metric,
  type MetricDataResult,
  paginateGetMetricData,
} from "@aws-sdk/client-cloudwatch";
import { SluiceError } from "../core/errors.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";

/** A metric's values by the start of their period; a period without any is not there. */
export type Points = ReadonlyMap<number, number>;

/** What to read of a metric. */
export interface StatisticQuery {
  readonly metric: Metric;
  /** "Sum", "SampleCount", "p99", "TC(0.3:)" */
  readonly statistic: string;
  /** Default: the window's. */
  readonly periodMs?: number;
}

export interface PointsWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
}

/** Counts of answers that are not bad. */
export const ANSWERED = [
  "HTTPCode_Target_2XX_Count",
  "HTTPCode_Target_3XX_Count",
  "HTTPCode_Target_4XX_Count",
] as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * The points of each query, in the order of the queries, at most 500: those of periods that begin and end within the
 * window, in one GetMetricData with all of its pages. Of what CloudWatch no longer keeps in such periods there is
 * nothing. Throws SluiceError: "transient" where CloudWatch answers in part only.
 */
export async function readPoints(
  clients: Pick<Clients, "cloudWatch">,
  queries: readonly StatisticQuery[],
  window: PointsWindow,
  signal: AbortSignal,
): Promise<readonly Points[]> {
  const { periodMs } = window;
  const fromMs = Math.max(window.fromMs, window.toMs - keptMs(periodMs));
  const startMs = Math.ceil(fromMs / periodMs) * periodMs;
  const endMs = Math.floor(window.toMs / periodMs) * periodMs;
  if (endMs <= startMs || queries.length === 0) return queries.map(() => new Map());
  const results = await readPages(
    clients,
    {
      StartTime: new Date(startMs),
      EndTime: new Date(endMs),
      ScanBy: "TimestampAscending",
      MetricDataQueries: queries.map(({ metric, statistic, periodMs: own = periodMs }, index) => ({
        Id: `m${index}`,
        MetricStat: { Metric: metric, Period: own / 1000, Stat: statistic },
      })),
    },
    signal,
  );
  return queries.map((_query, index) => pointsOf(results.get(`m${index}`) ?? []));
}

/** A target group's metric; `loadBalancer` is "app/name/id". */
export function groupMetric(loadBalancer: string, groupArn: string, name: string): Metric {
  return {
    Namespace: "AWS/ApplicationELB",
    MetricName: name,
    Dimensions: [
      { Name: "LoadBalancer", Value: loadBalancer },
      { Name: "TargetGroup", Value: groupArn.slice(groupArn.lastIndexOf(":") + 1) },
    ],
  };
}

/** A metric of the load balancer as a whole. */
export function balancerMetric(loadBalancer: string, name: string): Metric {
  return {
    Namespace: "AWS/ApplicationELB",
    MetricName: name,
    Dimensions: [{ Name: "LoadBalancer", Value: loadBalancer }],
  };
}

/**
 * How far back CloudWatch has such periods, less what may pass until it is asked; asked for more, it answers with
 * nothing at all. Source: MetricStat's Period in the API reference.
 */
function keptMs(periodMs: number): number {
  if (periodMs < MINUTE_MS) return 3 * HOUR_MS - MINUTE_MS;
  return (periodMs % (5 * MINUTE_MS) === 0 ? 63 : 15) * DAY_MS - MINUTE_MS;
}

async function readPages(
  clients: Pick<Clients, "cloudWatch">,
  input: GetMetricDataCommandInput,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly MetricDataResult[]>> {
  return call("cloudwatch:GetMetricData", async () => {
    const results = new Map<string, MetricDataResult[]>();
    const pages = paginateGetMetricData({ client: clients.cloudWatch }, input, { abortSignal: signal });
    for await (const page of pages) {
      for (const result of page.MetricDataResults ?? []) {
        const id = result.Id ?? "";
        results.set(id, [...(results.get(id) ?? []), result]);
      }
    }
    for (const parts of results.values()) checkStatus(parts);
    return results;
  });
}

/** What the last page of a result says counts: on an earlier one, "PartialData" means that there are more pages. */
function checkStatus(parts: readonly MetricDataResult[]): void {
  const last = parts.at(-1);
  const why = last?.Messages?.map(({ Value }) => Value).join("; ") || "no message";
  if (last?.StatusCode === "InternalError")
    throw new SluiceError("transient", `cloudwatch:GetMetricData: ${last.Label}: InternalError: ${why}`);
  if (last?.StatusCode === "Forbidden") {
    throw new SluiceError("aws", `cloudwatch:GetMetricData: ${last.Label}: Forbidden: ${why}`, {
      hint: "Allow cloudwatch:GetMetricData to the role (docs/how-to/permissions.md has the whole policy).",
      cause: Object.assign(new Error(why), { name: "AccessDenied" }),
    });
  }
}

/** All pages of one query's result. */
export function pointsOf(parts: readonly MetricDataResult[]): Points {
  const points = new Map<number, number>();
  for (const { Timestamps = [], Values = [] } of parts) {
    for (const [index, time] of Timestamps.entries()) points.set(time.getTime(), Values[index] ?? 0);
  }
  return points;
}
