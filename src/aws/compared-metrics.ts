import { GetMetricDataCommand, type MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { ComparedMetric } from "../core/journal.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";
import { ANSWERED, groupMetric, pointsOf } from "./metric-points.ts";

export interface ComparedWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ComparedWindows {
  readonly early: ComparedWindow;
  readonly late: ComparedWindow;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LATE_MS = 10 * MINUTE_MS;

/**
 * When a version that began at `createdAtMs` was new (its first hour), and right before `nowMs` (ten minutes);
 * half of its time each where it has had less. They never overlap. Pure.
 */
export function comparedWindows(createdAtMs: number, nowMs: number): ComparedWindows {
  const lateFromMs = Math.max(nowMs - LATE_MS, createdAtMs + (nowMs - createdAtMs) / 2);
  return {
    early: { fromMs: createdAtMs, toMs: Math.min(createdAtMs + HOUR_MS, lateFromMs) },
    late: { fromMs: lateFromMs, toMs: nowMs },
  };
}

/** Each metric once for each statistic, by the id of its query. */
const QUERIES = {
  requests: ["RequestCount", "Sum"],
  answered2: [ANSWERED[0], "Sum"],
  answered3: [ANSWERED[1], "Sum"],
  answered4: [ANSWERED[2], "Sum"],
  failed: ["HTTPCode_Target_5XX_Count", "Sum"],
  connections: ["TargetConnectionErrorCount", "Sum"],
  timed: ["TargetResponseTime", "SampleCount"],
  seconds: ["TargetResponseTime", "Sum"],
  p99: ["TargetResponseTime", "p99"],
} as const;

type QueryId = keyof typeof QUERIES;
/** By the start of the period. */
type Points = Readonly<Record<QueryId, ReadonlyMap<number, number>>>;

/**
 * Figures of a target group in both windows. Whole periods only. Throws SluiceError where CloudWatch cannot be
 * asked; `signal` ends it early.
 */
export async function readComparedMetrics(
  clients: Pick<Clients, "cloudWatch">,
  query: ComparedWindows & {
    readonly loadBalancer: string;
    readonly groupArn: string;
    /** In which metrics are published; older ones are kept in longer periods. */
    readonly periodMs: number;
    readonly nowMs: number;
  },
  signal: AbortSignal,
): Promise<readonly ComparedMetric[]> {
  const [early, late] = await Promise.all(
    [query.early, query.late].map((window) => readFigures(clients, query, window, signal)),
  );
  return FIGURES.map(({ name, unit, of }) => ({
    name,
    unit,
    early: early && of(early),
    late: late && of(late),
  }));
}

interface Figures {
  readonly points: Points;
  readonly seconds: number;
}

async function readFigures(
  clients: Pick<Clients, "cloudWatch">,
  query: {
    readonly loadBalancer: string;
    readonly groupArn: string;
    readonly periodMs: number;
    readonly nowMs: number;
  },
  { fromMs, toMs }: ComparedWindow,
  signal: AbortSignal,
): Promise<Figures | undefined> {
  const periodMs = Math.max(query.periodMs, keptPeriodMs(query.nowMs - fromMs));
  const startMs = Math.ceil(fromMs / periodMs) * periodMs;
  const endMs = Math.floor(toMs / periodMs) * periodMs;
  if (endMs <= startMs) return undefined;
  const answer = await call("cloudwatch:GetMetricData", () =>
    clients.cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(startMs),
        EndTime: new Date(endMs),
        ScanBy: "TimestampAscending",
        MetricDataQueries: Object.entries(QUERIES).map(([Id, [name, Stat]]) => ({
          Id,
          MetricStat: {
            Metric: groupMetric(query.loadBalancer, query.groupArn, name),
            Period: periodMs / 1000,
            Stat,
          },
        })),
      }),
      { abortSignal: signal },
    ),
  );
  const points = toPoints(answer.MetricDataResults ?? []);
  return points.requests.size === 0 ? undefined : { points, seconds: (endMs - startMs) / 1000 };
}

/** CloudWatch keeps minutes for 15 days, five minutes for 63, hours after that. Source: "CloudWatch concepts". */
export function keptPeriodMs(ageMs: number): number {
  if (ageMs < 15 * DAY_MS) return 0;
  return ageMs < 63 * DAY_MS ? 5 * MINUTE_MS : HOUR_MS;
}

function toPoints(results: readonly MetricDataResult[]): Points {
  const of = (id: QueryId) => pointsOf(results.filter(({ Id }) => Id === id));
  return {
    requests: of("requests"),
    answered2: of("answered2"),
    answered3: of("answered3"),
    answered4: of("answered4"),
    failed: of("failed"),
    connections: of("connections"),
    timed: of("timed"),
    seconds: of("seconds"),
    p99: of("p99"),
  };
}

/** Counters of zero are not published: where there were requests, no point is none of them. */
const FIGURES: readonly {
  readonly name: string;
  readonly unit: ComparedMetric["unit"];
  readonly of: (figures: Figures) => number | undefined;
}[] = [
  { name: "bad requests", unit: "percent", of: ({ points }) => percent(bad(points), points) },
  { name: "5xx answers", unit: "percent", of: ({ points }) => percent(sum(points.failed), points) },
  { name: "4xx answers", unit: "percent", of: ({ points }) => percent(sum(points.answered4), points) },
  { name: "requests", unit: "per-second", of: ({ points, seconds }) => sum(points.requests) / seconds },
  { name: "mean response time", unit: "milliseconds", of: ({ points }) => meanMs(points) },
  { name: "p99 response time", unit: "milliseconds", of: ({ points }) => p99Ms(points) },
  {
    name: "connection errors",
    unit: "per-second",
    of: ({ points, seconds }) => sum(points.connections) / seconds,
  },
];

/** As the errors gate counts them: whatever has no 2xx, 3xx or 4xx. */
function bad({ requests, answered2, answered3, answered4 }: Points): number {
  return Math.max(0, sum(requests) - sum(answered2) - sum(answered3) - sum(answered4));
}

function percent(count: number, { requests }: Points): number {
  return (100 * count) / Math.max(1, sum(requests));
}

function meanMs({ timed, seconds }: Points): number | undefined {
  const count = sum(timed);
  return count === 0 ? undefined : (1000 * sum(seconds)) / count;
}

/** Percentiles of periods cannot be added: the mean of them, each weighing as much as it had requests. */
function p99Ms({ timed, p99 }: Points): number | undefined {
  const counted = [...p99].map(([atMs, value]) => [value, timed.get(atMs) ?? 0] as const);
  const count = counted.reduce((total, [, weight]) => total + weight, 0);
  if (count === 0) return undefined;
  return (1000 * counted.reduce((total, [value, weight]) => total + value * weight, 0)) / count;
}

function sum(points: ReadonlyMap<number, number>): number {
  return [...points.values()].reduce((total, value) => total + value, 0);
}
