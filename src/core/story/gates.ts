import type { Arm } from "../counts.ts";
import { RECOVERY_GATE } from "../finding.ts";
import type { JournalLine } from "../journal.ts";
import type { Plan } from "../plan.ts";
import type { RequestCounts, Verdict } from "../verdict.ts";
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

/** A share of the new version's requests, beside the old version's and what is allowed of it: where there is either. */
export interface Measured extends Arm {
  /** Whether `bad` counts good ones, such as orders: fewer is worse. */
  readonly isGood: boolean;
  /** Of bad ones, whichever are counted. */
  readonly badPercent: number;
  /** The old version's, counted likewise. */
  readonly other: Arm | undefined;
  /** How many times the old version's rate of what is counted. */
  readonly rateRatio: number | undefined;
  readonly allowedPercent: number | undefined;
  /** Requests without which nothing is judged. */
  readonly neededRequests: number | undefined;
}

/**
 * One for each gate and weight, in the order in which they were first judged. What is asked after the new version has
 * lost its users only counts whom it had hurt, and is none.
 */
export function readingsOf(
  lines: readonly JournalLine[],
  cast: Cast,
  traffic: readonly TrafficSpan[],
): readonly GateReading[] {
  const readings = new Map<string, GateReading>();
  for (const [index, line] of lines.entries()) {
    if (line.kind !== "verdict" || line.verdict.gate === RECOVERY_GATE) continue;
    if (hasLostTraffic(traffic, index)) continue;
    const { verdict, atMs } = line;
    const percent = percentAt(traffic, index) ?? 0;
    const key = JSON.stringify([percent, verdict.gate, verdict.isDryRun]);
    const before = readings.get(key);
    const measured = measuredBy(verdict, cast.plan);
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

function hasLostTraffic(traffic: readonly TrafficSpan[], line: number): boolean {
  const before = traffic.filter(({ fromLine }) => fromLine <= line);
  return before.at(-1)?.percent === 0 && before.some(({ percent }) => percent > 0);
}

/** Whether the old version, alone again after a rollback, is as good as it was; undefined where nobody asked. */
export function recoveryOf(lines: readonly JournalLine[]): Verdict | undefined {
  const line = lines.findLast((one) => one.kind === "verdict" && one.verdict.gate === RECOVERY_GATE);
  return line?.kind === "verdict" ? line.verdict : undefined;
}

function measuredBy({ gate, counts }: Verdict, plan: Plan): Measured | undefined {
  if (!counts) return undefined;
  const { requests, bad, otherRequests, otherBad, rateRatio, isGood = false } = counts;
  const percent = requests === 0 ? 0 : (100 * bad) / requests;
  return {
    requests,
    bad,
    isGood,
    badPercent: isGood && requests > 0 ? 100 - percent : percent,
    other:
      otherRequests === undefined || otherBad === undefined
        ? undefined
        : { requests: otherRequests, bad: otherBad },
    rateRatio,
    ...limitsOf(gate, counts, plan),
  };
}

/** Journals of earlier versions have the limits of their only gate in the plan alone. */
function limitsOf(
  gate: string,
  { allowedPercent, neededRequests }: RequestCounts,
  { spec }: Plan,
): Pick<Measured, "allowedPercent" | "neededRequests"> {
  const { errors } = spec.gates;
  if (neededRequests !== undefined || gate !== "errors" || !errors) return { allowedPercent, neededRequests };
  return { allowedPercent: errors["max-percent"], neededRequests: errors["min-requests"] };
}
