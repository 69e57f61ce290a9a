import type { Verdict } from "../../core/verdict.ts";
import { judgeCounts } from "../gates/counts-gate.ts";
import type { CountsReading, CountsRule } from "../gates/reading.ts";
import { readingUntil } from "./reading.ts";
import { suspicionOf } from "./suspicion.ts";

export interface FirstRegression {
  readonly verdict: Verdict;
  readonly atMs: number;
}

/**
 * The first of the looks at which the gate says that the release is a regression, or else the verdict of the last one:
 * what a rollout would have seen that looked after every period. Only those looks are judged that may be one.
 *
 * @param looksMs ends of periods, in order, that of the last one included
 */
export function firstRegression(
  reading: CountsReading,
  rule: CountsRule,
  looksMs: readonly number[],
): FirstRegression | { readonly verdict: Verdict; readonly atMs: undefined } {
  const last = judgeCounts(reading, rule);
  const mayBeOne = suspicionOf(reading, rule, last);
  for (const atMs of looksMs) {
    if (!mayBeOne(atMs)) continue;
    const { verdict } = judgeCounts(readingUntil(reading, atMs), rule);
    if (verdict.kind === "regress") return { verdict, atMs };
  }
  return { verdict: last.verdict, atMs: undefined };
}
