import { SluiceError } from "../../core/errors.ts";
import { fill } from "../../core/fill.ts";
import type { CountSource, Counts, MeasuredVersion, MetricWindow } from "../../core/metric-source.ts";
import type { HttpSourceSpec } from "../../core/spec/gate-schema.ts";
import type { SourceDeps, SourceQueries } from "./ask.ts";
import { plainOnly } from "./fill.ts";
import { createHttpApi, type HttpApi } from "./http-api.ts";
import {
  armsOf,
  completePeriods,
  inParts,
  lastOf,
  type Periods,
  type Point,
  recentPeriods,
} from "./points.ts";

/** New Relic gives 366 buckets at most, and Datadog makes coarser ones of more than 1,500. */
const MOST_PERIODS = 300;

/**
 * Counts from anything that answers with JSON. A period is complete the spec's `lag` after its end; until another one is,
 * the same answer is given again, since such APIs allow few requests.
 */
export function createHttpSource(
  spec: HttpSourceSpec,
  queries: SourceQueries,
  deps: SourceDeps,
): CountSource {
  const api = createHttpApi(spec, deps);
  let last: { readonly key: string; readonly counts: Counts } | undefined;
  const count = (version: MeasuredVersion, query: string, periods: Periods, signal: AbortSignal) => {
    const period = `${periods.periodMs / 1000}s`;
    const filled = fill(query, { ...version.values, ...deps.values, period }, plainOnly);
    return countIn(api, filled, periods, signal);
  };
  const readArms = async (
    versions: readonly MeasuredVersion[],
    periods: Periods,
    signal: AbortSignal,
  ): Promise<Counts> => {
    const arms = versions.map(async (version) => {
      const [requests, bad] = await Promise.all([
        count(version, queries.requests, periods, signal),
        count(version, queries.bad, periods, signal),
      ]);
      return armsOf(requests, bad, periods);
    });
    return { arms: await Promise.all(arms) };
  };
  return {
    title: api.title,
    async read(versions: readonly MeasuredVersion[], window: MetricWindow, signal: AbortSignal) {
      const periods = completePeriods(window, spec.lag);
      const key = JSON.stringify([versions, periods]);
      if (last?.key === key) return last.counts;
      const counts = await readArms(versions, periods, signal);
      last = { key, counts };
      return counts;
    },
    async check(version, nowMs, signal) {
      const { periodMs } = queries;
      const periods = recentPeriods(nowMs, periodMs, spec.lag);
      const problems = [
        problemsOf(count(version, queries.requests, periods, signal), nothingFound(api, periods)),
        problemsOf(count(version, queries.bad, periods, signal), undefined),
      ];
      return [...new Set((await Promise.all(problems)).flat())];
    },
  };
}

/** Each part without what an API says beyond it, which the next one says again. */
async function countIn(
  api: HttpApi,
  query: string,
  periods: Periods,
  signal: AbortSignal,
): Promise<readonly Point[]> {
  const parts = inParts(periods, MOST_PERIODS).map(async (part) => {
    const points = await api.points(query, part, signal);
    return points.filter(({ atMs }) => atMs >= part.fromMs && atMs < part.toMs);
  });
  return (await Promise.all(parts)).flat();
}

function nothingFound({ title }: HttpApi, periods: Periods): string {
  return `${title} gave no points for \`requests\` in ${lastOf(periods)}, for the version that serves: does the query find anything, and \`points\` what it found?`;
}

/** What keeps a query from being answered, or `whenNone` where it found nothing; errors may just not have happened yet. */
async function problemsOf(
  asked: Promise<readonly Point[]>,
  whenNone: string | undefined,
): Promise<readonly string[]> {
  try {
    const points = await asked;
    return points.length > 0 || whenNone === undefined ? [] : [whenNone];
  } catch (error) {
    if (!(error instanceof SluiceError) || error.kind !== "configuration") throw error;
    return [error.hint === undefined ? error.message : `${error.message}. ${error.hint}`];
  }
}
