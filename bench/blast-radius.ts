import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { blastFigures, renderReleases, TITLES } from "./blast-radius/figures.ts";
import { PERIOD_SECONDS, SCRAPE_SECONDS, type SourceName } from "./blast-radius/metrics.ts";
import { type MeasuredRelease, measureRelease } from "./blast-radius/release.ts";
import { WEIGHT_PERCENT } from "./blast-radius/spec.ts";
import { renderFigures } from "./figure.ts";
import { conclude, runBench } from "./report.ts";
import { seededRandom } from "./statistics.ts";

/** Of the load. Which of its requests the bad version fails, it draws itself. */
const SEED = 20_261_121;
const REQUESTS_PER_SECOND = 100;
const LIMIT_MS = 700_000;
const SECOND_MS = 1_000;

interface Planned {
  readonly source: SourceName;
  readonly failPercent: number;
  readonly warmUpMs: number;
}

const byPrometheus = (failPercent: number): Planned => ({
  source: "prometheus",
  failPercent,
  warmUpMs: 30 * SECOND_MS,
});
/** Until CloudWatch has minutes of the old version. */
const byCloudWatch = (failPercent: number): Planned => ({
  source: "cloudwatch",
  failPercent,
  warmUpMs: 150 * SECOND_MS,
});

/** Releases of one lane follow each other, and lanes go side by side. */
const LANES: readonly (readonly Planned[])[] = [
  [byCloudWatch(20)],
  [byCloudWatch(5)],
  [20, 5, 20, 5, 20, 5].map(byPrometheus),
];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function measureLane(
  lane: readonly Planned[],
  random: () => number,
  signal: AbortSignal,
): Promise<readonly MeasuredRelease[]> {
  const measured: MeasuredRelease[] = [];
  for (const planned of lane) {
    signal.throwIfAborted();
    const release = await measureRelease({
      ...planned,
      requestsPerSecond: REQUESTS_PER_SECOND,
      random,
      signal,
      nowMs: Date.now,
    });
    const { source, failPercent, seconds, failed, reason } = release;
    say(`${TITLES[source]}, ${failPercent} %: ${seconds.toFixed(1)} s, ${failed} failed: ${reason}`);
    measured.push(release);
  }
  return measured;
}

/** All lanes; the first that fails ends the others, and is thrown when all of them have cleaned up. */
async function measureAll(interrupted: AbortSignal): Promise<readonly MeasuredRelease[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([interrupted, failure.signal]);
  const lanes = LANES.map((lane, index) =>
    measureLane(lane, seededRandom(SEED + index), signal).catch((error: unknown) => {
      failure.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(lanes);
  signal.throwIfAborted();
  return (await Promise.all(lanes)).flat();
}

/** Measures, prints tables, and returns the exit status: 1 when a stated bound is missed. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: "string" } } });
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(LIMIT_MS)]);
  const settings = {
    node: process.version,
    processors: availableParallelism(),
    seed: SEED,
    requestsPerSecond: REQUESTS_PER_SECOND,
    weightPercent: WEIGHT_PERCENT,
    periodSeconds: PERIOD_SECONDS,
    scrapeSeconds: SCRAPE_SECONDS,
  };
  say(
    `Node ${settings.node}, ${settings.processors} processors, seed ${SEED}; ${REQUESTS_PER_SECOND} requests/s, canary at ${WEIGHT_PERCENT} %; ` +
      `Prometheus: scraped each ${SCRAPE_SECONDS} s, period ${PERIOD_SECONDS.prometheus} s; CloudWatch: period ${PERIOD_SECONDS.cloudwatch} s, published 60 s after its end\n`,
  );
  const startedAtMs = Date.now();
  const releases = await measureAll(signal);
  const figures = blastFigures(releases, REQUESTS_PER_SECOND);
  say(`\nFrom the first bad answer to a user:\n\n${renderReleases(releases)}\n`);
  say(`${renderFigures(figures)}\n`);
  const seconds = (Date.now() - startedAtMs) / 1000;
  return conclude(figures, { version: 1, ...settings, seconds, releases }, values.json);
}

await runBench(main);
