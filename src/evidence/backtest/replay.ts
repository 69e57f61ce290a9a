import type { GatesSpec } from "../../core/spec/gate-schema.ts";
import type { Verdict } from "../../core/verdict.ts";
import { overallOf } from "../gates/overall.ts";
import type { CountsRule } from "../gates/reading.ts";
import { rulesOf } from "../gates/rules.ts";
import { afterWarmUp } from "../gates/warm-up.ts";
import { firstRegression } from "./first-regression.ts";
import { readingOf, type TracedGate } from "./reading.ts";
import type { Trace } from "./trace.ts";

/** What one gate would have said: its verdict when it caught the release, else that after the last period. */
export interface GateReplay {
  readonly verdict: Verdict;
  /** The end of the period after which it became a regression, in the trace's own time; undefined where it did not. */
  readonly atMs: number | undefined;
  /** What the gate counts as bad, up to then, or to the end. */
  readonly badCanaryRequests: number;
}

export interface Replay {
  /** Of all gates together: the first regression, else what they say after the last period. */
  readonly overall: GateReplay;
  /** Those that the trace has counts for. */
  readonly gates: readonly GateReplay[];
  /** Gates of the spec that it has none for, which say nothing here. */
  readonly notInTrace: readonly string[];
}

/** A trace is taken for one step of a rollout, which may spend the whole of the false alarms that the spec allows. */
const BUDGET_SHARE = 1;

/** Whether a trace could say anything of these gates: undefined where it can, else why not. */
export function unreplayable(
  { errors, latency }: GatesSpec,
  trace: Pick<Trace, "hasSlow">,
): string | undefined {
  if (errors || (latency && trace.hasSlow)) return undefined;
  if (!latency)
    return "neither the errors gate nor a latency gate is on, and a trace has counts for no other";
  return "the only gate that a trace has counts for is latency, and no line has slow";
}

/** The gates' judgement of a recorded rollout, had they looked after each line of it. Pure. */
export function replay(trace: Trace, gates: GatesSpec): Replay {
  const looksMs = trace.periods
    .filter(({ atMs }) => atMs >= trace.canaryFromMs)
    .map(({ atMs }) => atMs + trace.periodMs);
  const replayed = rulesOf(gates, BUDGET_SHARE).flatMap((rule): readonly GateReplay[] => {
    const gate = tracedGate(rule, trace);
    return gate ? [replayGate(trace, { ...rule, worse: "more" }, gate, looksMs, gates["warm-up"])] : [];
  });
  const notInTrace = namesOf(gates).filter((name) => !replayed.some(({ verdict }) => verdict.gate === name));
  return { overall: overallReplay(replayed, notInTrace), gates: replayed, notInTrace };
}

function tracedGate({ gate }: CountsRule, { hasSlow }: Trace): TracedGate | undefined {
  if (gate === "errors") return "errors";
  return gate === "latency" && hasSlow ? "latency" : undefined;
}

function namesOf({ errors, latency, saturation, ratios, alarms }: GatesSpec): readonly string[] {
  return [
    ...(errors ? ["errors"] : []),
    ...(latency ? ["latency"] : []),
    ...(saturation ? ["saturation"] : []),
    ...ratios.map(({ name }) => name),
    ...(alarms.length > 0 ? ["alarms"] : []),
  ];
}

function replayGate(
  trace: Trace,
  rule: CountsRule,
  gate: TracedGate,
  looksMs: readonly number[],
  warmUpMs: number,
): GateReplay {
  const reading = readingOf(trace, gate);
  const warm = afterWarmUp(reading, trace.canaryFromMs + warmUpMs);
  const { verdict, atMs } = firstRegression(warm, rule, looksMs);
  const seen = reading.canary.filter((arm) => atMs === undefined || arm.atMs < atMs);
  return { verdict, atMs, badCanaryRequests: seen.reduce((sum, { bad }) => sum + bad, 0) };
}

/** Counts the bad requests of the gate that caught it; of the first of the gates where none did. */
function overallReplay(gates: readonly GateReplay[], notInTrace: readonly string[]): GateReplay {
  const acting = gates.filter(({ verdict }) => !verdict.isDryRun);
  if (acting.length === 0 && notInTrace.length > 0) {
    const reason = `what would act on the release is not in the trace: ${notInTrace.join(", ")}`;
    return {
      verdict: { kind: "insufficient", gate: "gates", reason },
      atMs: undefined,
      badCanaryRequests: badOf(gates),
    };
  }
  const caughtAtMs = acting.reduce(
    (least, { atMs = Number.POSITIVE_INFINITY }) => Math.min(least, atMs),
    Number.POSITIVE_INFINITY,
  );
  const caught = acting.filter(({ atMs }) => atMs === caughtAtMs);
  if (caught.length === 0) {
    const verdict = overallOf(gates.map((gate) => gate.verdict));
    return { verdict, atMs: undefined, badCanaryRequests: badOf(acting.length > 0 ? acting : gates) };
  }
  const verdict = overallOf(caught.map((gate) => gate.verdict));
  return { verdict, atMs: caughtAtMs, badCanaryRequests: badOf(caught) };
}

const badOf = ([first]: readonly GateReplay[]): number => first?.badCanaryRequests ?? 0;
