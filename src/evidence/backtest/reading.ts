import type { Arm, TimedArm } from "../../core/counts.ts";
import type { CountsReading } from "../gates/reading.ts";
import { historyMsFor } from "../sequential/dispersion.ts";
import type { Trace, TraceArm } from "./trace.ts";

/** A gate whose counts a trace has. */
export type TracedGate = "errors" | "latency";

const BAD: Readonly<Record<TracedGate, (arm: TraceArm) => number>> = {
  errors: ({ errors }) => errors,
  latency: ({ slow = 0 }) => slow,
};

const FAULT: Readonly<Record<TracedGate, string>> = { errors: "went bad", latency: "were slow" };

/** What a source would say of the whole trace, to a gate that looks after its last period. */
export function readingOf(
  { periods, periodMs, canaryFromMs, hasStable }: Trace,
  gate: TracedGate,
): CountsReading {
  const armsOf = (name: "stable" | "canary"): readonly TimedArm[] =>
    periods.flatMap(({ atMs, [name]: arm }) =>
      arm && arm.requests > 0 ? [{ atMs, requests: arm.requests, bad: BAD[gate](arm) }] : [],
    );
  const stable = armsOf("stable");
  const historyFromMs = canaryFromMs - historyMsFor(periodMs);
  const history: readonly Arm[] = stable.filter(({ atMs }) => atMs >= historyFromMs && atMs < canaryFromMs);
  return {
    canary: armsOf("canary"),
    stable: hasStable ? stable.filter(({ atMs }) => atMs >= canaryFromMs) : undefined,
    history,
    periodMs,
    fault: FAULT[gate],
  };
}

/** What had been known at `endMs`, when a period ended. */
export function readingUntil(reading: CountsReading, endMs: number): CountsReading {
  const until = (arms: readonly TimedArm[]) => arms.filter(({ atMs }) => atMs < endMs);
  const { canary, stable } = reading;
  return { ...reading, canary: until(canary), stable: stable && until(stable) };
}
