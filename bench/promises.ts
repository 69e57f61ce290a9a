import { busiest, countCalls, LOOK_BUDGET_CALLS } from "./calls.ts";
import type { Figure } from "./figure.ts";
import type { Flip } from "./flip.ts";
import { type Pair, type PassThrough, REHEARSAL_REQUESTS_PER_SECOND } from "./pass-through.ts";
import type { MeasuredRollout } from "./rollouts.ts";
import type { StartUp } from "./start-up.ts";
import { medianOf } from "./statistics.ts";

/** The controller's interval between looks, and its jitter of a tenth. */
const POLL_MS = 2_000;
const LONGEST_POLL_MS = POLL_MS * 1.1;
/** The client's own work between the end of its sleep and the first call's arrival. */
const WAKING_MS = 50;
/** AWS's refill of ELBv2 reads, in calls a second. */
const ELB_READS_PER_SECOND = 10;
const ELB_READS = ["DescribeRules", "DescribeListeners", "DescribeTargetHealth"];
const BUSIEST_SECONDS = 10;

/** What stands between the look that sees the last task healthy and the weight, at the least: that look's two … */
const LOOK_ROUNDS = 2;
/** … and the writes: test route and production rule, each read right before, and the tag that begins the shift. */
const WRITE_ROUNDS = 5;

/** A bundle may start in this many times an empty Node process's time. */
const START_UP_RATIO = 12;
/** The sandbox's listener must pass this many times what a rehearsal sends … */
const HEADROOM_RATIO = 4;
/** … and add less latency than the millisecond to which a rehearsal's figures are rounded. */
const ADDED_LATENCY_MS = 1;

/** From "last task healthy" to "all weight on green": one poll interval and the calls themselves, not more. */
export function flipFigures(rollouts: readonly MeasuredRollout[]): readonly Figure[] {
  const roundTrips = [...new Set(rollouts.map(({ roundTripMs }) => roundTripMs))];
  return roundTrips.flatMap((roundTripMs): Figure[] => {
    const flips = rollouts.filter((one) => one.roundTripMs === roundTripMs).map(({ flip }) => flip);
    const boundOf = (callingMs: number): number => LONGEST_POLL_MS + WAKING_MS + callingMs;
    const [worst] = [...flips].sort(
      (a, b) => b.totalMs / boundOf(b.callingMs) - a.totalMs / boundOf(a.callingMs),
    );
    if (!worst) return [];
    const calls = roundTripMs === 0 ? "calls at once" : `calls of ${roundTripMs} ms`;
    return [
      {
        name: `healthy → all weight on green, worst of ${flips.length}, ${calls}`,
        measured: worst.totalMs,
        reference: {
          name: `longest interval ${LONGEST_POLL_MS} + waking ${WAKING_MS} + calls ${worst.callingMs}`,
          value: boundOf(worst.callingMs),
        },
        unit: "ms",
        bound: { kind: "at-most", ratio: 1 },
      },
      {
        name: `of it the calls, median, ${calls}`,
        measured: medianOf(flips.map(({ callingMs }) => callingMs)),
        reference: { name: "the interval", value: POLL_MS },
        unit: "ms",
      },
      ...(roundTripMs === 0 ? [] : [roundsFigure(flips)]),
    ];
  });
}

/** Meant where calls take longer than the sandbox takes to tell apart which of them waited for which. */
function roundsFigure(flips: readonly Flip[]): Figure {
  return {
    name: "calls in a row on that way, median",
    measured: medianOf(flips.map(({ rounds }) => rounds)),
    reference: { name: "one look and the writes alone", value: LOOK_ROUNDS + WRITE_ROUNDS },
    unit: "calls",
  };
}

/** What a rollout asks of AWS, beside the budget for a look and AWS's own limits. */
export function callFigures(rollouts: readonly MeasuredRollout[]): readonly Figure[] {
  const counts = rollouts.map(({ calls, plannedAtMs }) => countCalls(calls, plannedAtMs));
  const elbReads = rollouts.map(({ calls }) => {
    const reads = calls.filter(({ operation }) => ELB_READS.includes(operation));
    return busiest(reads, BUSIEST_SECONDS * 1000) / BUSIEST_SECONDS;
  });
  return [
    {
      name: "reads of the budget's four, a look, median",
      measured: medianOf(counts.map(({ budgetedPerLook }) => budgetedPerLook)),
      reference: { name: "budget of a look", value: LOOK_BUDGET_CALLS },
      unit: "calls",
      bound: { kind: "at-most", ratio: 1 },
    },
    {
      name: "all reads, a look, median",
      measured: medianOf(counts.map(({ callsPerLook }) => callsPerLook)),
      reference: { name: "budget of a look", value: LOOK_BUDGET_CALLS },
      unit: "calls",
    },
    {
      name: `ELBv2 reads a second, busiest ${BUSIEST_SECONDS} s, worst`,
      measured: Math.max(...elbReads),
      reference: { name: "AWS's refill", value: ELB_READS_PER_SECOND },
      unit: "calls",
      bound: { kind: "at-most", ratio: 1 },
    },
  ];
}

/** Both bundles beside an empty Node process. */
export function startUpFigures({ medianMs, runs }: StartUp): readonly Figure[] {
  const reference = { name: `node -e 0, median of ${runs}`, value: medianMs.node };
  const bound = { kind: "at-most", ratio: START_UP_RATIO } as const;
  return [
    { name: "dist/main.js, an input missing", measured: medianMs.main, reference, unit: "ms", bound },
    { name: "dist/cli.js --help", measured: medianMs.cli, reference, unit: "ms", bound },
  ];
}

/** The sandbox's listener beside the bare service, and beside what a rehearsal asks of it. */
export function passThroughFigures(measured: PassThrough): readonly Figure[] {
  const { requestsPerSecond, aloneP50Ms, aloneP99Ms, atRateP50Ms, atRateP99Ms } = measured;
  const atRate = `at ${REHEARSAL_REQUESTS_PER_SECOND} req/s`;
  return [
    {
      name: "requests through one listener",
      measured: requestsPerSecond.listener,
      reference: { name: "load of a rehearsal", value: REHEARSAL_REQUESTS_PER_SECOND },
      unit: "req/s",
      bound: { kind: "at-least", ratio: HEADROOM_RATIO },
    },
    besideTasks("requests through one listener", requestsPerSecond, "req/s"),
    besideTasks("latency p50, one at a time", aloneP50Ms, "ms"),
    besideTasks("latency p99, one at a time", aloneP99Ms, "ms"),
    besideTasks(`latency p50 ${atRate}`, atRateP50Ms, "ms"),
    besideTasks(`latency p99 ${atRate}`, atRateP99Ms, "ms"),
    added("latency p50 added, one at a time", aloneP50Ms),
  ];
}

const besideTasks = (name: string, pair: Pair, unit: string): Figure => ({
  name,
  measured: pair.listener,
  reference: { name: "tasks asked directly", value: pair.direct },
  unit,
});

/** Only of requests one at a time: at a rate, whatever else the machine does is in it, too. */
const added = (name: string, pair: Pair): Figure => ({
  name,
  measured: pair.listener - pair.direct,
  reference: { name: "what rehearsals round to", value: ADDED_LATENCY_MS },
  unit: "ms",
  bound: { kind: "at-most", ratio: 1 },
});
