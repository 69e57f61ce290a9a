import type { Target } from "../decide.ts";
import type { WrittenOutcome } from "../outcome.ts";
import type { ToldLine } from "./read.ts";

/** One phase from its beginning to its end, in one job. */
export interface Passage {
  readonly phase: Target;
  readonly job: number;
  readonly fromMs: number;
  /** Of one that did not come to its end: when its job wrote its last line. */
  readonly toMs: number;
  /** Undefined where the job is still at it, was killed, or lost its runner. */
  readonly outcome: WrittenOutcome | undefined;
}

/** Phases in the order in which they began. Those of different jobs may overlap: a watch is beside the others. */
export function passagesOf(told: readonly ToldLine[]): readonly Passage[] {
  const passages: Passage[] = [];
  for (const { job, line } of told) {
    const index = passages.findLastIndex((passage) => passage.job === job && passage.outcome === undefined);
    const open = passages[index];
    if (line.kind === "phase-begun") {
      passages.push({ phase: line.phase, job, fromMs: line.atMs, toMs: line.atMs, outcome: undefined });
    } else if (open) {
      const isEnd = line.kind === "phase-ended" && line.phase === open.phase;
      passages[index] = { ...open, toMs: line.atMs, ...(isEnd ? { outcome: line.outcome } : {}) };
    }
  }
  return passages;
}
