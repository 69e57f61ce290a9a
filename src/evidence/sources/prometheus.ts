import { fill } from "../../core/fill.ts";
import type { CountSource, MeasuredVersion } from "../../core/metric-source.ts";
import type { PrometheusSpec } from "../../core/spec/gate-schema.ts";
import type { SourceQueries } from "./ask.ts";
import { escapePromql } from "./fill.ts";
import { armsOf, completePeriods, inParts, type Periods, type Point, recentPeriods } from "./points.ts";
import { createPrometheusApi, type PrometheusApi, type PrometheusDeps } from "./prometheus-api.ts";
import { checkQuery } from "./prometheus-check.ts";

/** Prometheus answers at most 11,000 points a series. */
const MOST_POINTS = 10_000;
/** A scrape may take 10 s (`scrape_timeout`) and is stored with the time at which it began; remote write adds some. */
const LAG_MS = 15_000;

/**
 * Counts by PromQL, each period by an evaluation at its end. A period is complete 15 s after its end, or one period where
 * that is shorter. What `increase` extrapolates is rounded so that totals stay right.
 */
export function createPrometheusSource(
  spec: PrometheusSpec,
  queries: SourceQueries,
  deps: PrometheusDeps,
): CountSource {
  const api = createPrometheusApi(spec, deps);
  const fillFor = ({ values }: MeasuredVersion, query: string, period: string): string =>
    fill(query, { ...values, ...deps.values, period }, escapePromql);
  return {
    title: api.title,
    async read(versions, window, signal) {
      const periods = completePeriods(window, lagOf(window.periodMs));
      const period = inSeconds(window.periodMs);
      const count = (version: MeasuredVersion, query: string): Promise<readonly Point[]> =>
        countIn(api, fillFor(version, query, period), periods, signal);
      const arms = versions.map(async (version) => {
        const [requests, bad] = await Promise.all([
          count(version, queries.requests),
          count(version, queries.bad),
        ]);
        return armsOf(requests, bad, periods);
      });
      return { arms: await Promise.all(arms) };
    },
    async check(version, nowMs, signal) {
      const { periodMs } = queries;
      const periods = recentPeriods(nowMs, periodMs, lagOf(periodMs));
      const filled = (query: string) => (period: string) => fillFor(version, query, period);
      const problems = [
        checkQuery(
          api,
          { key: "`requests`", mayBeSilent: false, filled: filled(queries.requests) },
          periods,
          signal,
        ),
        checkQuery(
          api,
          { key: "`bad` or `good`", mayBeSilent: true, filled: filled(queries.bad) },
          periods,
          signal,
        ),
      ];
      return [...new Set((await Promise.all(problems)).flat())];
    },
  };
}

/** The values at the ends of periods, as counts from their beginnings on. */
async function countIn(
  api: PrometheusApi,
  query: string,
  periods: Periods,
  signal: AbortSignal,
): Promise<readonly Point[]> {
  const parts = inParts(periods, MOST_POINTS).map((part) => api.range(query, part, signal));
  const samples = (await Promise.all(parts)).flat();
  return samples.map(({ atMs, value }) => ({ atMs: atMs - periods.periodMs, value }));
}

const lagOf = (periodMs: number): number => Math.min(LAG_MS, periodMs);

/** As PromQL has durations: "60s". */
const inSeconds = (periodMs: number): string => `${periodMs / 1000}s`;
