import type { GetMetricDataInput, GetMetricDataOutput, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Surroundings } from "../ports.ts";
import { AwsError, type Operation } from "../wire/service.ts";
import {
  checkPeriod,
  checkTimes,
  dimensionsOf,
  readToken,
  visibleMs,
  windowOf,
  writeToken,
} from "./requests.ts";
import { evaluate, parseStatistic } from "./statistic.ts";
import type { MetricStore } from "./store.ts";

const mostDatapoints = 100_800;
const mostQueries = 500;

interface Result {
  readonly id: string;
  readonly label: string;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

/** GetMetricData for MetricStat queries; metric math is refused. */
export function getMetricData(store: MetricStore, surroundings: Surroundings): Operation {
  return (input: GetMetricDataInput): GetMetricDataOutput => {
    const { StartTime: start, EndTime: end, MetricDataQueries: queries = [] } = input;
    if (!start || !end) throw invalid("The parameters StartTime and EndTime are required.");
    checkTimes(start, end, "ValidationError");
    checkQueries(queries);
    const token = input.NextToken === undefined ? undefined : readToken(input.NextToken);
    const asOfMs = token?.asOfMs ?? surroundings.clock.nowMs();
    const descending = input.ScanBy !== "TimestampAscending";
    const results = queries
      .filter(({ ReturnData }) => ReturnData !== false)
      .map((query) => {
        const visible = visibleMs(surroundings, query.MetricStat?.Metric?.MetricName ?? "", asOfMs);
        return readQuery(store, query, { start, end }, visible, descending);
      });
    const most = Math.min(input.MaxDatapoints ?? mostDatapoints, mostDatapoints);
    return pageOf(results, token?.offset ?? 0, most, asOfMs);
  };
}

function checkQueries(queries: readonly MetricDataQuery[]): void {
  if (queries.length > mostQueries) throw invalid(`At most ${mostQueries} MetricDataQueries are allowed.`);
  const ids = new Set<string>();
  for (const { Id = "", Expression, MetricStat } of queries) {
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id)) {
      throw invalid(`The value '${Id}' for parameter Id is not matching the expected pattern.`);
    }
    if (ids.has(Id)) throw invalid(`The values for parameter id in MetricDataQueries are not unique: ${Id}.`);
    ids.add(Id);
    if (Expression !== undefined) throw invalid(`The sandbox does not evaluate metric math: ${Expression}`);
    if (!MetricStat) throw invalid(`The query ${Id} has neither a MetricStat nor an Expression.`);
  }
}

function readQuery(
  store: MetricStore,
  query: MetricDataQuery,
  times: { readonly start: Date; readonly end: Date },
  visible: number,
  descending: boolean,
): Result {
  const { Metric, Period, Stat = "", Unit } = query.MetricStat ?? {};
  const { Namespace, MetricName, Dimensions } = Metric ?? {};
  if (Namespace === undefined || MetricName === undefined || Period === undefined) {
    throw invalid(`The query ${query.Id} needs Namespace, MetricName and Period.`);
  }
  checkPeriod(Period, "ValidationError");
  const statistic = parseStatistic(Stat);
  if (!statistic) throw invalid(`The value ${Stat} for parameter Stat is not supported.`);
  const id = { namespace: Namespace, name: MetricName, dimensions: dimensionsOf(Dimensions) };
  const hasUnit = Unit === undefined || store.find(id)?.unit === Unit;
  const window = windowOf({ ...times, periodSeconds: Period }, true, visible);
  const points = (hasUnit ? store.read(id, window) : []).flatMap(({ atMs, distribution }) => {
    const value = evaluate(statistic, distribution);
    return value === undefined ? [] : [[atMs, value] as const];
  });
  return {
    id: query.Id ?? "",
    label: query.Label ?? MetricName,
    points: descending ? points.reverse() : points,
  };
}

/** The page counts datapoints over all results, one result after the other. */
function pageOf(
  results: readonly Result[],
  offset: number,
  most: number,
  asOfMs: number,
): GetMetricDataOutput {
  let before = 0;
  const pages = results.map(({ id, label, points }) => {
    const from = Math.max(0, offset - before);
    const to = Math.max(0, offset + most - before);
    before += points.length;
    const page = points.slice(from, to);
    return {
      Id: id,
      Label: label,
      Timestamps: page.map(([atMs]) => new Date(atMs)),
      Values: page.map(([, value]) => value),
      StatusCode: to < points.length ? ("PartialData" as const) : ("Complete" as const),
    };
  });
  const next = offset + most;
  const NextToken = next < before ? writeToken({ offset: next, asOfMs }) : undefined;
  return { MetricDataResults: pages, Messages: [], ...(NextToken === undefined ? {} : { NextToken }) };
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationError", message);
}
