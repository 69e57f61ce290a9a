import { SluiceError } from "../core/errors.ts";
import { type FillValues, fill } from "../core/fill.ts";
import type { CountSource, Counts, MeasuredVersion, MetricWindow } from "../core/metric-source.ts";
import type { CloudWatchMetric, CountQuery, CountsFrom } from "../core/spec/gate-schema.ts";
import type { Clients } from "./clients.ts";
import { checkMetrics, checkPeriod } from "./cloudwatch-counts-check.ts";
import { completeArms, pairedArms } from "./cloudwatch-counts-complete.ts";
import { isCounted, slowArms, slowWords } from "./cloudwatch-counts-slow.ts";
import { readLimit, readTimes, timeQuery } from "./cloudwatch-counts-times.ts";
import {
  ANSWERED,
  balancerMetric,
  groupMetric,
  type Points,
  readPoints,
  type StatisticQuery,
} from "./metric-points.ts";

type CloudWatch = Pick<Clients, "cloudWatch">;

const TITLE = "CloudWatch";

const OF_GROUP = [
  "RequestCount",
  ...ANSWERED,
  "HTTPCode_Target_5XX_Count",
  "TargetConnectionErrorCount",
] as const;

/** The load balancer's own answers where a target gave none, which have no target group. */
const OF_BALANCER = ["HTTPCode_ELB_502_Count", "HTTPCode_ELB_504_Count"] as const;

const NONE: Points = new Map();

/** What a source of the load balancer's own metrics goes by. */
export interface BalancerMetrics {
  /** As metrics have it: "app/shop/50dc6c495c0c9188" */
  readonly loadBalancer: string;
  /** The gate's, for `check`. */
  readonly periodMs: number;
}

/**
 * Requests of target groups, and those without a good answer (docs/decisions/0005-errors-are-what-is-missing.md), of
 * which only complete periods count (0010-complete-periods.md). One GetMetricData a reading.
 */
export function createErrorsSource(
  clients: CloudWatch,
  { loadBalancer, periodMs }: BalancerMetrics,
): CountSource {
  return {
    title: TITLE,
    async read(versions, window, signal): Promise<Counts> {
      const queries = [
        ...versions.flatMap(({ groupArn }) =>
          OF_GROUP.map((name) => sumOf(groupMetric(loadBalancer, groupArn, name))),
        ),
        ...OF_BALANCER.map((name) => sumOf(balancerMetric(loadBalancer, name))),
      ];
      const points = await readPoints(clients, queries, wholeOf(window), signal);
      const groups = versions.map((_version, nth) => {
        const [requests = NONE, ok = NONE, moved = NONE, refusal = NONE, failed = NONE, refused = NONE] =
          points.slice(nth * OF_GROUP.length);
        return { requests, answered: [ok, moved, refusal], failed, refused };
      });
      const unanswered = added(points.slice(-OF_BALANCER.length));
      return { arms: completeArms(groups, unanswered, nowOf(window)) };
    },
    check(version, nowMs, signal) {
      const query = sumOf(groupMetric(loadBalancer, version.groupArn, "RequestCount"));
      return checkPeriod(clients, query, periodMs, nowMs, signal);
    },
  };
}

/**
 * Answers of target groups, and those that took longer than `slowerThanMs`, else than the old version's 99th percentile
 * before the window; where that is not known either, there is nothing to count, and no arm. Requests without an answer
 * are not in it: they are errors. All of its figures are statistics of one metric, so they are published together.
 */
export function createLatencySource(
  clients: CloudWatch,
  { loadBalancer, periodMs, slowerThanMs }: BalancerMetrics & { readonly slowerThanMs: number | undefined },
): CountSource {
  return {
    title: TITLE,
    async read(versions, window, signal): Promise<Counts> {
      const limitSeconds =
        slowerThanMs === undefined
          ? await readLimit(clients, loadBalancer, versions[1], window, signal)
          : slowerThanMs / 1000;
      if (limitSeconds === undefined) {
        const fault = "took longer than the old version's 99th percentile, which is not known";
        return { arms: versions.map(() => []), fault };
      }
      const read = await readTimes(clients, loadBalancer, versions, window, limitSeconds, signal);
      return {
        arms: read.map(({ times, percentiles }) => slowArms(times, percentiles, limitSeconds)),
        fault: slowWords(limitSeconds, !read.every(({ times }) => isCounted(times))),
      };
    },
    check(version, nowMs, signal) {
      const query = timeQuery(loadBalancer, version, "SampleCount");
      return checkPeriod(clients, query, periodMs, nowMs, signal);
    },
  };
}

/** What a source of any two metrics goes by. */
export interface CountedMetrics {
  readonly from: Pick<CountsFrom, "requests" | "bad" | "good">;
  /** The gate's, for `check`. */
  readonly periodMs: number;
  /** Those of the placeholders that are the same for both versions. */
  readonly values: FillValues;
}

/**
 * Any two CloudWatch metrics: what is counted at all, and the bad or the good ones among it. Throws SluiceError
 * "configuration", already when it is created, where either is a query in words.
 */
export function createMetricSource(
  clients: CloudWatch,
  { from, periodMs, values }: CountedMetrics,
): CountSource {
  const side = from.bad === undefined ? "good" : "bad";
  const requests = cloudWatchMetric("requests", from.requests);
  const counted = cloudWatchMetric(side, from[side]);
  const queriesOf = (version: MeasuredVersion) => {
    const known = { ...values, period: `${periodMs / 1000}s`, ...version.values };
    return { requests: filled(requests, known), counted: filled(counted, known) };
  };
  return {
    title: TITLE,
    async read(versions, window, signal): Promise<Counts> {
      const queries = versions.map(queriesOf).flatMap((of) => [of.requests, of.counted]);
      const points = await readPoints(clients, queries, wholeOf(window), signal);
      const arms = versions.map((_version, nth) =>
        pairedArms(points[2 * nth] ?? NONE, points[2 * nth + 1] ?? NONE, side, nowOf(window)),
      );
      return { arms };
    },
    check(version, nowMs, signal) {
      const of = queriesOf(version);
      return checkMetrics(clients, { requests: of.requests, [side]: of.counted }, periodMs, nowMs, signal);
    },
  };
}

function cloudWatchMetric(key: string, query: CountQuery | undefined): CloudWatchMetric {
  if (typeof query === "object") return query;
  const message = `${key}: CloudWatch is asked by namespace, metric and dimensions, not by a query in words`;
  throw new SluiceError("configuration", message);
}

function filled(
  { namespace, metric, dimensions, statistic }: CloudWatchMetric,
  values: FillValues,
): StatisticQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, text]) => ({
    Name,
    Value: fill(text, values, (value) => value),
  }));
  return { metric: { Namespace: namespace, MetricName: metric, Dimensions }, statistic };
}

function sumOf(metric: StatisticQuery["metric"]): StatisticQuery {
  return { metric, statistic: "Sum" };
}

function wholeOf({ historyFromMs, toMs, periodMs }: MetricWindow) {
  return { fromMs: historyFromMs, toMs, periodMs };
}

function nowOf({ toMs, periodMs }: MetricWindow) {
  return { nowMs: toMs, periodMs };
}

function added(all: readonly Points[]): Points {
  const sums = new Map<number, number>();
  for (const points of all) for (const [atMs, value] of points) sums.set(atMs, (sums.get(atMs) ?? 0) + value);
  return sums;
}
