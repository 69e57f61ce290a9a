import { type Arm, type Block, type TimedArm, totalOf } from "../../core/counts.ts";
import { besideBefore, type Comparison, compare, compareWithBefore } from "../sequential/comparison.ts";
import { riseOf } from "../sequential/rise.ts";
import type { Counted, CountedReading } from "./counted.ts";
import type { CountsRule } from "./reading.ts";

/** Bad releases that may be called healthy by proof. */
export const BETA = 0.05;

/** Healthy is what is shown to be less than this many times as bad as tolerated. */
const EXCESS = 2;

/** Other visitors, another hour: against the old version of before, so many times as much is tolerated. */
export const WEAKER = 2;

/** Periods of the old version's for each of the new one's, where it is compared with before: 30 of them in two hours. */
export const PER_BLOCK = 4;

/** What the comparison says, with block `i` the period that began at `atMs[i]`. */
export interface Compared {
  readonly comparison: Comparison;
  readonly atMs: readonly number[];
  /** How many times worse than before the old version itself has become, where that is certain. */
  readonly stableWorse?: number;
}

/**
 * The new version beside the old one: of the same time where both had requests, else as it was before the step. Undefined
 * where there is no old version.
 *
 * @param alpha the comparison's part of the gate's budget
 */
export function compareVersions(
  seen: CountedReading,
  { tolerance }: CountsRule,
  alpha: number,
): Compared | undefined {
  const { counted, canary, stable, history } = seen;
  if (!stable) return undefined;
  const isSwapped = counted === "good";
  if (isBesideBefore(seen)) {
    const rule = { alpha, beta: BETA, excess: EXCESS, tolerance: tolerance * WEAKER, perBlock: PER_BLOCK };
    const comparison = isSwapped
      ? unswapped(compare(besideBefore(canary, history, PER_BLOCK).map(swapped), history, rule), "before")
      : compareWithBefore(canary, history, rule);
    return { comparison, atMs: canary.map(({ atMs }) => atMs) };
  }
  const { blocks, atMs } = joined(canary, stable);
  const rule = { alpha, beta: BETA, excess: EXCESS, tolerance };
  if (!isSwapped) {
    const comparison = compare(blocks, history, rule);
    const { stableRise } = comparison;
    return { comparison, atMs, ...(stableRise === undefined ? {} : { stableWorse: stableRise }) };
  }
  const comparison = unswapped(compare(blocks.map(swapped), history, rule), "concurrent");
  const fall = riseOf(history, stable);
  return { comparison, atMs, ...(fall === undefined ? {} : { stableWorse: fall }) };
}

/**
 * Whether most of the new version's requests had none of the old version's beside them, of which more is known from
 * before: all users have been moved. A straggler in the period of the move does not make a control.
 */
function isBesideBefore({ canary, stable, history }: CountedReading): boolean {
  if (!history.some(({ requests }) => requests > 0)) return false;
  const shared = new Set((stable ?? []).filter(({ requests }) => requests > 0).map(({ atMs }) => atMs));
  const requests = canary.reduce((sum, arm) => sum + arm.requests, 0);
  const alone = canary.reduce((sum, arm) => sum + (shared.has(arm.atMs) ? 0 : arm.requests), 0);
  return requests > 0 && 2 * alone > requests;
}

/**
 * Whether the new version is shown to have no part in what the old one suffers from: beside it healthy, and no worse than
 * the old one was. So it is with a release that mends it.
 */
export function isSpared({ counted, canary, history }: CountedReading, { comparison }: Compared): boolean {
  return comparison.kind === "healthy" && isAsBefore(counted, canary, history);
}

/** Whether these periods are, all in all, not much worse than the former ones. */
export function isAsBefore(counted: Counted, periods: readonly Arm[], former: readonly Arm[]): boolean {
  const [now, then] = [totalOf(periods), totalOf(former)];
  // One more than were seen: none in 1,000 requests is not a rate of 0.
  return counted === "good"
    ? WEAKER * now.bad * then.requests >= then.bad * now.requests
    : now.bad * then.requests <= WEAKER * (then.bad + 1) * now.requests;
}

/** Periods of both by time; one that only one of them has is none to the other. */
export function joined(
  canary: readonly TimedArm[],
  stable: readonly TimedArm[],
): { readonly blocks: readonly Block[]; readonly atMs: readonly number[] } {
  const none: Arm = { requests: 0, bad: 0 };
  const canaryAt = new Map(canary.map((arm) => [arm.atMs, arm]));
  const stableAt = new Map(stable.map((arm) => [arm.atMs, arm]));
  const atMs = [...new Set([...canaryAt.keys(), ...stableAt.keys()])].sort((a, b) => a - b);
  const blocks = atMs.map((at) => ({
    canary: canaryAt.get(at) ?? none,
    stable: stableAt.get(at) ?? none,
  }));
  return { blocks, atMs };
}

/** Of good ones the old version's having more is the regression: the test is the same with the arms the other way round. */
const swapped = ({ canary, stable }: Block): Block => ({ canary: stable, stable: canary });

function unswapped(comparison: Comparison, control: Comparison["control"]): Comparison {
  const { stableRise: _ofTheCanary, canary, stable, rateRatio, ...rest } = comparison;
  // Without any good one of the new version's its rate is none of the old one's, unless that has none either.
  const none = rateRatio === undefined && canary.bad > 0 ? 0 : undefined;
  const ratio = rateRatio === undefined || rateRatio === 0 ? none : 1 / rateRatio;
  return { ...rest, control, canary: stable, stable: canary, rateRatio: ratio };
}
