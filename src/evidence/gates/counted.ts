import { type Arm, type TimedArm, totalOf } from "../../core/counts.ts";
import type { CountsReading, CountsRule } from "./reading.ts";

/** What a gate counts, so that the rarer side is compared: tolerance and chance are both of rare events. */
export type Counted =
  /** Bad ones, of which more is worse. */
  | "bad"
  /** Good ones, and few of all are: fewer is worse. */
  | "good"
  /** Good ones, and most are. The others, of which more is worse, are compared: of 99 % good 98 % is twice as bad. */
  | "others";

/** A reading whose `bad` is what is compared; see Counted. */
export interface CountedReading {
  readonly counted: Counted;
  readonly canary: readonly TimedArm[];
  readonly stable: readonly TimedArm[] | undefined;
  readonly history: readonly Arm[];
}

/** The reading as it is to be compared. By history first, so that what is compared stays the same from look to look. */
export function countedOf(reading: CountsReading, worse: CountsRule["worse"]): CountedReading {
  const { canary, stable, history } = reading;
  if (worse === "more") return { counted: "bad", canary, stable, history };
  const base = [totalOf(history), totalOf([...(stable ?? []), ...canary])].find(
    ({ requests }) => requests > 0,
  );
  if (!base || 2 * base.bad <= base.requests) return { counted: "good", canary, stable, history };
  return {
    counted: "others",
    canary: canary.map(othersOf),
    stable: stable?.map(othersOf),
    history: history.map(othersOf),
  };
}

/** The arms by what is bad about them: what an absolute limit is of. */
export function badOnes<A extends Arm>(arms: readonly A[], counted: Counted): readonly A[] {
  return counted === "good" ? arms.map(othersOf) : arms;
}

/** As a sentence has it: the reading's own `bad` again. */
export function asCounted(arm: Arm, counted: Counted): Arm {
  return counted === "others" ? othersOf(arm) : arm;
}

const othersOf = <A extends Arm>(arm: A): A => ({ ...arm, bad: Math.max(0, arm.requests - arm.bad) });
