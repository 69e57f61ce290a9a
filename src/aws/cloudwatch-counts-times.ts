import type { MeasuredVersion, MetricWindow } from "../core/metric-source.ts";
import type { Clients } from "./clients.ts";
import {
  isCounted,
  limitOf,
  PERCENTILES,
  type Percentiles,
  secondsText,
  type TimePoints,
} from "./cloudwatch-counts-slow.ts";
import { groupMetric, type Points, readPoints, type StatisticQuery } from "./metric-points.ts";

type CloudWatch = Pick<Clients, "cloudWatch">;

const NONE: Points = new Map();

/** A statistic of how long a version's answers took, in seconds. Requests without an answer are not in it. */
export function timeQuery(
  loadBalancer: string,
  { groupArn }: MeasuredVersion,
  statistic: string,
): StatisticQuery {
  return { metric: groupMetric(loadBalancer, groupArn, "TargetResponseTime"), statistic };
}

/** The 99th percentile of the version before the window, in seconds; undefined where it had no answers then. */
export async function readLimit(
  clients: CloudWatch,
  loadBalancer: string,
  version: MeasuredVersion | undefined,
  { historyFromMs, fromMs, periodMs }: MetricWindow,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!version) return undefined;
  const queries = ["SampleCount", "p99"].map((name) => timeQuery(loadBalancer, version, name));
  const window = { fromMs: historyFromMs, toMs: fromMs, periodMs };
  const [timed = NONE, p99 = NONE] = await readPoints(clients, queries, window, signal);
  return limitOf(timed, p99);
}

/**
 * How many answers each version gave, and how many of them took longer. Percentiles are asked for only where
 * CloudWatch does not count.
 */
export async function readTimes(
  clients: CloudWatch,
  loadBalancer: string,
  versions: readonly MeasuredVersion[],
  window: MetricWindow,
  limitSeconds: number,
  signal: AbortSignal,
): Promise<readonly { readonly times: TimePoints; readonly percentiles: Percentiles }[]> {
  const limit = secondsText(limitSeconds);
  const counts = ["SampleCount", `TC(${limit}:)`, `TC(:${limit})`];
  const read = async (statistics: readonly string[]): Promise<readonly (readonly Points[])[]> => {
    const queries = versions.flatMap((version) =>
      statistics.map((name) => timeQuery(loadBalancer, version, name)),
    );
    const { historyFromMs: fromMs, toMs, periodMs } = window;
    const points = await readPoints(clients, queries, { fromMs, toMs, periodMs }, signal);
    return versions.map((_version, nth) =>
      points.slice(nth * statistics.length, (nth + 1) * statistics.length),
    );
  };
  const times = (await read(counts)).map(
    ([timed = NONE, above = NONE, upTo = NONE]): TimePoints => ({ timed, above, upTo }),
  );
  const percentiles = times.every(isCounted) ? [] : await read(PERCENTILES.map(([, name]) => name));
  return times.map((time, nth) => ({
    times: time,
    percentiles: PERCENTILES.flatMap(([percent], index) => {
      const points = percentiles[nth]?.[index];
      return points ? [[percent, points] as const] : [];
    }),
  }));
}
