import { SluiceError } from "../../core/errors.ts";
import { excerpt } from "../../core/fill.ts";
import { nearest } from "../../core/spec/suggest.ts";
import { lastOf, type Periods } from "./points.ts";
import type { PrometheusApi } from "./prometheus-api.ts";
import { type Selector, selectorsIn } from "./promql.ts";

/** A query to look at before it has to judge a release. */
export interface CheckedQuery {
  /** The spec's key, for sentences: "`requests`". */
  readonly key: string;
  /** Whether no series may mean none so far: errors that never happened are not counted as 0. */
  readonly mayBeSilent: boolean;
  /** The query of the version that serves, for a period as PromQL has it. */
  readonly filled: (period: string) => string;
}

/**
 * What is wrong with a query that no release will mend, a sentence each; none where it found something within `periods`.
 * Throws SluiceError "transient".
 */
export async function checkQuery(
  api: PrometheusApi,
  query: CheckedQuery,
  periods: Periods,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const period = `${periods.periodMs / 1000}s`;
    const text = query.filled(period);
    if ((await api.range(text, periods, signal)).length > 0) return [];
    const strangers = await strangersIn(api, text, periods, query.key, signal);
    if (strangers.length > 0) return strangers;
    if (await api.finds(query.filled(spanOf(periods)), periods.toMs, signal)) {
      return tooShort(api, query, periods);
    }
    if (query.mayBeSilent) return [];
    return [
      `${api.title} found no series for ${query.key} in ${lastOf(periods)}, for the version that serves: ${excerpt(text)}`,
    ];
  } catch (error) {
    if (!(error instanceof SluiceError) || error.kind !== "configuration") throw error;
    return [error.hint === undefined ? error.message : `${error.message}. ${error.hint}`];
  }
}

/** Series that are there over a long time and in no period; a query that does not name its period is no such case. */
function tooShort(api: PrometheusApi, query: CheckedQuery, periods: Periods): readonly string[] {
  const period = `${periods.periodMs / 1000}s`;
  if (query.filled(spanOf(periods)) === query.filled(period)) return [];
  return [
    `${api.title} has series for ${query.key}, but nothing within ${period}: increase() needs two scrapes in each period, and a period of four scrape intervals gives steady counts`,
  ];
}

/** Metrics and labels that a query names and Prometheus has not. A server that tells neither is not asked further. */
async function strangersIn(
  api: PrometheusApi,
  query: string,
  periods: Periods,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { fromMs, toMs } = periods;
  try {
    const known = await api.metrics(fromMs, toMs, signal);
    const strangers = selectorsIn(query).map(async (selector) => {
      if (!known.includes(selector.metric)) {
        return [`${unknownMetric(api, selector, key)} in ${lastOf(periods)}${near(selector.metric, known)}`];
      }
      const labels = await api.labels(selector.metric, fromMs, toMs, signal);
      return unknownLabels(api, selector, labels, key);
    });
    return (await Promise.all(strangers)).flat();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SluiceError) return [];
    throw error;
  }
}

function unknownMetric(api: PrometheusApi, { metric }: Selector, key: string): string {
  return `${api.title} has had no metric ${metric}, which ${key} names,`;
}

function near(metric: string, known: readonly string[]): string {
  const choice = nearest(metric, known);
  return choice === undefined ? "" : `; it has ${choice}`;
}

function unknownLabels(
  api: PrometheusApi,
  { metric, labels }: Selector,
  known: readonly string[],
  key: string,
): readonly string[] {
  const own = known.filter((label) => label !== "__name__");
  return labels
    .filter((label) => !known.includes(label))
    .map(
      (label) =>
        `${metric} in ${api.title} has no label ${label}, by which ${key} selects; it has ${own.join(", ")}`,
    );
}

/** As PromQL has durations. */
const spanOf = ({ fromMs, toMs }: Periods): string => `${(toMs - fromMs) / 1000}s`;
