import { ListMetricsCommand, type Metric } from "@aws-sdk/client-cloudwatch";
import { SluiceError } from "../core/errors.ts";
import { formatDuration } from "../core/spec/duration.ts";
import { nearest } from "../core/spec/suggest.ts";
import type { Clients } from "./clients.ts";
import { call, isDenied } from "./failures.ts";
import { type Points, readPoints, type StatisticQuery } from "./metric-points.ts";

type CloudWatch = Pick<Clients, "cloudWatch">;

const MINUTE_MS = 60_000;
/** As long as CloudWatch keeps periods of less than a minute. */
const LOOK_BACK_MS = 180 * MINUTE_MS;

/** Fewer points than this on whole minutes may be chance. */
const ENOUGH_POINTS = 3;

/**
 * Whether the metric may be read, and has points as often as the gate asks for them. Without any point there is nothing
 * to say.
 */
export async function checkPeriod(
  clients: CloudWatch,
  query: StatisticQuery,
  periodMs: number,
  nowMs: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return problemsOrDenial("GetMetricData", async () => {
    const [points] = await readRecent(clients, [query], periodMs, nowMs, signal);
    return points ? periodProblems(query, points, periodMs) : [];
  });
}

/** What is wrong with a gate's metrics, by the key of the spec: as `checkPeriod`, and those that nobody publishes. */
export async function checkMetrics(
  clients: CloudWatch,
  queries: Readonly<Record<string, StatisticQuery>>,
  periodMs: number,
  nowMs: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return problemsOrDenial("GetMetricData", async () => {
    const keys = Object.keys(queries);
    const asked = Object.values(queries);
    const recent = await readRecent(clients, asked, periodMs, nowMs, signal);
    const problems = await Promise.all(
      asked.map(async (query, nth) => {
        const points = recent[nth];
        if (points && points.own.size + points.byMinute.size > 0)
          return periodProblems(query, points, periodMs);
        return problemsOrDenial("ListMetrics", () => unknownProblems(clients, query, signal));
      }),
    );
    return problems.flatMap((found, nth) => found.map((problem) => `${keys[nth]}: ${problem}`));
  });
}

/** A metric's points in periods of the gate's, and in minutes where these are shorter. */
interface Recent {
  readonly own: Points;
  readonly byMinute: Points;
}

async function readRecent(
  clients: CloudWatch,
  queries: readonly StatisticQuery[],
  periodMs: number,
  nowMs: number,
  signal: AbortSignal,
): Promise<readonly Recent[]> {
  const asked = queries.flatMap((query) => [query, { ...query, periodMs: Math.max(periodMs, MINUTE_MS) }]);
  const window = { fromMs: nowMs - Math.max(LOOK_BACK_MS, 3 * periodMs), toMs: nowMs, periodMs };
  const points = await readPoints(clients, asked, window, signal);
  return queries.map((_query, nth) => ({
    own: points[2 * nth] ?? new Map(),
    byMinute: points[2 * nth + 1] ?? new Map(),
  }));
}

/** Shorter periods than a metric's own have no points at all, or one point for each of its own. */
function periodProblems(
  { metric }: StatisticQuery,
  { own, byMinute }: Recent,
  periodMs: number,
): readonly string[] {
  if (periodMs >= MINUTE_MS || byMinute.size < ENOUGH_POINTS) return [];
  if ([...own.keys()].some((atMs) => atMs % MINUTE_MS !== 0)) return [];
  return [
    `${nameOf(metric)} is published once a minute, not every ${formatDuration(periodMs)}: make the period 60s, or a multiple of it`,
  ];
}

async function unknownProblems(
  clients: CloudWatch,
  { metric }: StatisticQuery,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { Namespace, MetricName, Dimensions = [] } = metric;
  const exact = await listMetrics(clients, { Namespace, MetricName, Dimensions }, signal);
  if (exact.some((found) => (found.Dimensions ?? []).length === Dimensions.length)) return [];
  const named = await listMetrics(clients, { Namespace, MetricName }, signal);
  const what = `CloudWatch has no metric ${nameOf(metric)} with ${dimensionsText(Dimensions)}`;
  const published =
    "publish it before it is asked for, with 0 where there is nothing to count, since CloudWatch forgets a metric after two weeks";
  const [closest] = byLikeness(named, Dimensions);
  if (closest) return [`${what}; it has ${dimensionsText(closest.Dimensions ?? [])}`];
  const siblings = await listMetrics(clients, { Namespace }, signal);
  const names = [...new Set(siblings.map((found) => found.MetricName ?? ""))];
  if (names.length === 0) return [`${what}, nor any other in ${Namespace}: ${published}`];
  const near = nearest(MetricName ?? "", names);
  return [`${what}${near ? `; did you mean ${near}?` : `: ${published}`}`];
}

/** The first page, at most 500: enough to name a likely one. */
async function listMetrics(
  clients: CloudWatch,
  { Namespace, MetricName, Dimensions }: Metric,
  signal: AbortSignal,
): Promise<readonly Metric[]> {
  const answer = await call("cloudwatch:ListMetrics", () =>
    clients.cloudWatch.send(
      new ListMetricsCommand({
        Namespace,
        ...(MetricName ? { MetricName } : {}),
        ...(Dimensions?.length ? { Dimensions } : {}),
      }),
      { abortSignal: signal },
    ),
  );
  return answer.Metrics ?? [];
}

/** Those first that have most dimensions in common, by name and value, then by name. */
function byLikeness(metrics: readonly Metric[], dimensions: Metric["Dimensions"]): readonly Metric[] {
  const likeness = (metric: Metric): number => {
    const own = metric.Dimensions ?? [];
    const shared = (dimensions ?? []).map(({ Name, Value }) => {
      const same = own.find((other) => other.Name === Name);
      if (!same) return 0;
      return same.Value === Value ? 2 : 1;
    });
    return shared.reduce<number>((sum, points) => sum + points, 0) - own.length / 100;
  };
  return [...metrics].sort((one, other) => likeness(other) - likeness(one));
}

/** No permission is a problem that no release will mend, so it is said as one. */
async function problemsOrDenial(
  operation: string,
  check: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    return await check();
  } catch (error) {
    if (!isDenied(error)) throw error;
    const hint = error instanceof SluiceError && error.hint ? ` ${error.hint}` : "";
    return [`the role may not call cloudwatch:${operation}.${hint}`];
  }
}

function nameOf({ Namespace, MetricName }: Metric): string {
  return `${Namespace}/${MetricName}`;
}

function dimensionsText(dimensions: NonNullable<Metric["Dimensions"]>): string {
  if (dimensions.length === 0) return "no dimensions";
  return dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(", ");
}
