import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { countCalls, renderCalls } from "./calls.ts";
import { type Figure, renderFigures } from "./figure.ts";
import { measurePassThrough } from "./pass-through.ts";
import { callFigures, flipFigures, passThroughFigures, startUpFigures } from "./promises.ts";
import { conclude, runBench } from "./report.ts";
import { measureRollouts } from "./rollouts.ts";
import { measureStartUp } from "./start-up.ts";

const SEED = 20_260_105;
/** What is added to each AWS call: nothing, and about as much as a runner far from its Region sees. */
const ROUND_TRIPS_MS = [0, 60, 0, 60, 0, 60];
const START_UP_RUNS = 15;
const LIMIT_MS = 240_000;

interface Measured {
  readonly figures: readonly Figure[];
  /** What the figures were made of, for --json. */
  readonly details: Readonly<Record<string, unknown>>;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function rollouts(signal: AbortSignal): Promise<Measured> {
  const measured = await measureRollouts({
    seed: SEED,
    roundTripsMs: ROUND_TRIPS_MS,
    signal,
    nowMs: Date.now,
    say,
  });
  const counted = measured.map(({ calls, plannedAtMs, ...rest }) => ({
    ...rest,
    count: countCalls(calls, plannedAtMs),
  }));
  const [first] = counted;
  if (first) say(`\nAWS calls of one rollout, ${first.count.looks} looks:\n\n${renderCalls(first.count)}\n`);
  return {
    figures: [...flipFigures(measured), ...callFigures(measured)],
    details: { rollouts: counted },
  };
}

function startUp(): Measured {
  const measured = measureStartUp({ runs: START_UP_RUNS, seed: SEED });
  return { figures: startUpFigures(measured), details: { startUp: measured } };
}

async function passThrough(signal: AbortSignal): Promise<Measured> {
  const measured = await measurePassThrough({ seed: SEED, signal });
  return { figures: passThroughFigures(measured), details: { passThrough: measured } };
}

/** Measures, prints a table, and returns the exit status: 1 when a stated bound is missed. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: "string" } } });
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(LIMIT_MS)]);
  const machine = { node: process.version, processors: availableParallelism(), seed: SEED };
  say(`Node ${machine.node}, ${machine.processors} processors, seed ${machine.seed}\n`);
  const startedAtMs = Date.now();
  const parts = [startUp(), await passThrough(signal), await rollouts(signal)];
  const figures = parts.flatMap((part) => part.figures);
  say(`${renderFigures(figures)}\n`);
  const seconds = (Date.now() - startedAtMs) / 1000;
  const details = Object.assign({}, ...parts.map((part) => part.details));
  return conclude(figures, { version: 1, ...machine, seconds, ...details }, values.json);
}

await runBench(main);
