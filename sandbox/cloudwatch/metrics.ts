import {
  type Datapoint,
  type DimensionFilter,
  type GetMetricStatisticsInput,
  type GetMetricStatisticsOutput,
  type ListMetricsInput,
  type ListMetricsOutput,
  type MetricDatum,
  type PutMetricDataInput,
  StandardUnit,
} from "@aws-sdk/client-cloudwatch";
import type { Surroundings } from "../ports.ts";
import { AwsError, type Operation } from "../wire/service.ts";
import {
  checkPeriod,
  checkTimes,
  dimensionsOf,
  readToken,
  toDimensions,
  visibleMs,
  windowOf,
  writeToken,
} from "./requests.ts";
import { evaluate, parseStatistic, type Statistic } from "./statistic.ts";
import type { MetricStore, Series, Datapoint as StoredPoint } from "./store.ts";

const mostDatapoints = 1440;
const metricsPerPage = 500;

/** GetMetricStatistics, with Statistics or ExtendedStatistics. */
export function getMetricStatistics(store: MetricStore, surroundings: Surroundings): Operation {
  return (input: GetMetricStatisticsInput): GetMetricStatisticsOutput => {
    const { StartTime: start, EndTime: end, Period = 0, MetricName = "", Namespace = "" } = input;
    if (!start || !end) throw new AwsError("MissingParameter", "The parameter StartTime is required.");
    checkTimes(start, end, "InvalidParameterValue");
    checkPeriod(Period, "InvalidParameterValue");
    if ((end.getTime() - start.getTime()) / (Period * 1000) > mostDatapoints) {
      const message = `You have requested more than the limit of ${mostDatapoints} datapoints.`;
      throw new AwsError("InvalidParameterCombination", message);
    }
    const statistics = statisticsIn(input);
    const id = { namespace: Namespace, name: MetricName, dimensions: dimensionsOf(input.Dimensions) };
    const unit = store.find(id)?.unit;
    const times = { start, end, periodSeconds: Period };
    const visible = visibleMs(surroundings, MetricName, surroundings.clock.nowMs());
    const window = windowOf(times, false, visible);
    const points = input.Unit === undefined || input.Unit === unit ? store.read(id, window) : [];
    const Datapoints = points.map((point) => toDatapoint(point, statistics, toUnit(unit)));
    return { Label: MetricName, Datapoints };
  };
}

function statisticsIn(input: GetMetricStatisticsInput): ReadonlyMap<string, Statistic> {
  const names = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])];
  if (names.length === 0 || (input.Statistics?.length && input.ExtendedStatistics?.length)) {
    const message = "At least one of the parameters Statistics and ExtendedStatistics must be specified.";
    throw new AwsError("InvalidParameterCombination", message);
  }
  const statistics = names.map((name): [string, Statistic] => {
    const statistic = parseStatistic(name);
    const extended = input.ExtendedStatistics?.includes(name) ?? false;
    if (statistic && (statistic.kind !== "simple") === extended) return [name, statistic];
    throw new AwsError(
      "InvalidParameterValue",
      `The value ${name} for parameter Statistics is not supported.`,
    );
  });
  return new Map(statistics);
}

function toDatapoint(
  point: StoredPoint,
  statistics: ReadonlyMap<string, Statistic>,
  unit: StandardUnit,
): Datapoint {
  const simple: Record<string, number> = {};
  const extended: Record<string, number> = {};
  for (const [name, statistic] of statistics) {
    const value = evaluate(statistic, point.distribution);
    if (value !== undefined) (statistic.kind === "simple" ? simple : extended)[name] = value;
  }
  return {
    Timestamp: new Date(point.atMs),
    Unit: unit,
    ...simple,
    ...(Object.keys(extended).length > 0 ? { ExtendedStatistics: extended } : {}),
  };
}

/** ListMetrics, by namespace, name and dimensions; 500 a page. */
export function listMetrics(store: MetricStore, surroundings: Surroundings): Operation {
  return (input: ListMetricsInput): ListMetricsOutput => {
    const token = input.NextToken === undefined ? undefined : readToken(input.NextToken);
    const asOfMs = token?.asOfMs ?? surroundings.clock.nowMs();
    const offset = token?.offset ?? 0;
    const found = store
      .all(({ name }) => visibleMs(surroundings, name, asOfMs))
      .filter((series) => matches(series, input));
    const Metrics = found.slice(offset, offset + metricsPerPage).map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: toDimensions(dimensions),
    }));
    const next = offset + metricsPerPage;
    return { Metrics, ...(next < found.length ? { NextToken: writeToken({ offset: next, asOfMs }) } : {}) };
  };
}

function matches(series: Series, input: ListMetricsInput): boolean {
  if (input.Namespace !== undefined && input.Namespace !== series.namespace) return false;
  if (input.MetricName !== undefined && input.MetricName !== series.name) return false;
  return (input.Dimensions ?? []).every(({ Name = "", Value }: DimensionFilter) => {
    const value = series.dimensions[Name];
    return value !== undefined && (Value === undefined || Value === value);
  });
}

/** PutMetricData: single values, values with counts, or statistic sets. */
export function putMetricData(store: MetricStore, surroundings: Surroundings): Operation {
  return (input: PutMetricDataInput) => {
    const { Namespace = "", MetricData = [] } = input;
    if (Namespace.startsWith("AWS/")) {
      throw new AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.");
    }
    for (const datum of MetricData) putDatum(store, surroundings, Namespace, datum);
    return {};
  };
}

function putDatum(
  store: MetricStore,
  surroundings: Surroundings,
  namespace: string,
  datum: MetricDatum,
): void {
  const id = { namespace, name: datum.MetricName ?? "", dimensions: dimensionsOf(datum.Dimensions) };
  const atMs = datum.Timestamp?.getTime() ?? surroundings.clock.nowMs();
  checkAge(atMs - surroundings.clock.nowMs());
  const standardMs = surroundings.settings.metricPeriodSeconds * 1000;
  const periodMs = datum.StorageResolution === 1 ? 1000 : standardMs;
  const unit = datum.Unit ?? "None";
  const { Value, Values = [], Counts = [], StatisticValues: set } = datum;
  if (Value === undefined && Values.length === 0 && !set) {
    const message = "The parameters MetricData.Value, Values and StatisticValues: one is required.";
    throw new AwsError("InvalidParameterCombination", message);
  }
  if (Counts.length > 0 && Counts.length !== Values.length) {
    const message = "The parameters MetricData.Values and Counts must be of the same size.";
    throw new AwsError("InvalidParameterValue", message);
  }
  if (Value !== undefined) store.add(id, unit, atMs, periodMs, Value);
  for (const [index, value] of Values.entries()) {
    store.add(id, unit, atMs, periodMs, value, Counts[index] ?? 1);
  }
  if (!set) return;
  const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = set;
  if (Minimum === Maximum) store.add(id, unit, atMs, periodMs, Minimum, SampleCount);
  else
    store.addSet(id, unit, atMs, periodMs, {
      sampleCount: SampleCount,
      sum: Sum,
      minimum: Minimum,
      maximum: Maximum,
    });
}

/** CloudWatch takes samples up to two weeks old and up to two hours ahead. */
function checkAge(aheadMs: number): void {
  const hourMs = 3_600_000;
  if (aheadMs <= 2 * hourMs && aheadMs >= -14 * 24 * hourMs) return;
  const message = "The parameter MetricData.Timestamp must not be older than two weeks or two hours ahead.";
  throw new AwsError("InvalidParameterValue", message);
}

function toUnit(unit: string | undefined): StandardUnit {
  return Object.values(StandardUnit).find((known) => known === unit) ?? "None";
}
