import type { JournalLine } from "../journal.ts";
import type { Verdict } from "../verdict.ts";
import type { Cast } from "./cast.ts";
import { percentAt, type TrafficSpan } from "./traffic.ts";

/** What a gate said last while the new version had one weight. */
export interface GateReading {
  /** The new version's weight; 0 before it had users. */
  readonly percent: number;
  readonly verdict: Verdict;
  /** Since when it says so, and when it said so last. */
  readonly sinceMs: number;
  readonly atMs: number;
  /** How often it was asked at this weight. */
  readonly times: number;
  /** Where it rests on requests. */
  readonly measured?: Measured;
}

/** A share of requests beside what is allowed of it. */
export interface Measured {
  readonly requests: number;
  readonly bad: number;
  readonly badPercent: number;
  readonly allowedPercent: number;
  /** Requests without which nothing is judged. */
  readonly neededRequests: number;
}

/** One for each gate and weight, in the order in which they were first judged. */
export function readingsOf(
  lines: readonly JournalLine[],
  cast: Cast,
  traffic: readonly TrafficSpan[],
): readonly GateReading[] {
  const readings = new Map<string, GateReading>();
  for (const [index, line] of lines.entries()) {
    if (line.kind !== "verdict") continue;
    const { verdict, atMs } = line;
    const percent = percentAt(traffic, index) ?? 0;
    const key = `${percent} ${verdict.gate}`;
    const before = readings.get(key);
    const measured = measuredBy(verdict, cast);
    readings.set(key, {
      percent,
      verdict,
      sinceMs: before?.verdict.kind === verdict.kind ? before.sinceMs : atMs,
      atMs,
      times: (before?.times ?? 0) + 1,
      ...(measured ? { measured } : {}),
    });
  }
  return [...readings.values()];
}

function measuredBy({ gate, counts }: Verdict, { plan }: Cast): Measured | undefined {
  const limits = plan.spec.gates.errors;
  if (gate !== "errors" || !counts || !limits) return undefined;
  const { requests, bad } = counts;
  return {
    requests,
    bad,
    badPercent: requests === 0 ? 0 : (100 * bad) / requests,
    allowedPercent: limits["max-percent"],
    neededRequests: limits["min-requests"],
  };
}
