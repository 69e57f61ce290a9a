import { joined } from "../gates/control.ts";
import type { CountsJudgement } from "../gates/counts-gate.ts";
import type { CountsReading, CountsRule } from "../gates/reading.ts";
import { LEAST } from "../sequential/budget.ts";
import { dispersionOf, ENOUGH_BLOCKS } from "../sequential/dispersion.ts";
import { drawOfArms } from "../sequential/draw.ts";
import { REGRESSION } from "../sequential/mixture.ts";
import { logWealths } from "../sequential/wealth.ts";

/** Whether a look after the period that ended then can find a regression at all. */
export type Suspicion = (lookMs: number) => boolean;

/**
 * Which looks are worth judging, without missing one. A test crosses its threshold once and for all, so that none has
 * done so before it did by the last look, and a limit that the old version breaks, too, stays excused. There are two
 * exceptions: looks with another control than the last, all of which are suspicious; and a short history, where each look
 * estimates anew how much counts vary.
 *
 * @param last what the gate says after the last look
 */
export function suspicionOf(reading: CountsReading, rule: CountsRule, last: CountsJudgement): Suspicion {
  const controls = controlsOf(reading);
  const settled = controls.at(-1)?.control;
  const lastOther = controls.findLastIndex(({ control }) => control !== settled);
  const settledMs = controls[lastOther + 1]?.endMs ?? Number.NEGATIVE_INFINITY;
  const hasEnough = reading.history.filter(({ requests }) => requests > 0).length >= ENOUGH_BLOCKS;
  const mayCross = settled === "concurrent" && !hasEnough ? boundOf(reading, rule) : () => false;
  return (lookMs) => lookMs < settledMs || hasCrossed(lookMs, last) || mayCross(lookMs);
}

function hasCrossed(lookMs: number, { regressedAtMs, comparedAtMs, excusedAtMs }: CountsJudgement): boolean {
  if (comparedAtMs !== undefined && lookMs >= comparedAtMs) return true;
  if (regressedAtMs === undefined || lookMs < regressedAtMs) return false;
  return excusedAtMs === undefined || lookMs < excusedAtMs;
}

interface ControlAt {
  readonly endMs: number;
  readonly control: "none" | "concurrent" | "before";
}

/** What the new version is held against after each of its periods, as control.ts of the gates has it. */
function controlsOf({ canary, stable, history, periodMs }: CountsReading): readonly ControlAt[] {
  const shared = new Set((stable ?? []).map(({ atMs }) => atMs));
  let requests = 0;
  let alone = 0;
  return canary.map((arm) => {
    const endMs = arm.atMs + periodMs;
    requests += arm.requests;
    if (!shared.has(arm.atMs)) alone += arm.requests;
    if (!stable) return { endMs, control: "none" };
    return { endMs, control: history.length > 0 && 2 * alone > requests ? "before" : "concurrent" };
  });
}

/**
 * A bound of the comparison's evidence whatever the dispersion φ, which is 1 or more: the stakes of a mixture sum up to 1
 * and x^(1/φ) is concave, so that ln E is at most ln E at φ = 1, divided by φ (Jensen). No threshold is below 1/(LEAST·α).
 */
function boundOf({ canary, stable, history }: CountsReading, { tolerance, alpha }: CountsRule): Suspicion {
  const { blocks, atMs } = joined(canary, stable ?? []);
  const wealths = logWealths(
    blocks.map((block) => drawOfArms(block, tolerance)),
    REGRESSION,
  );
  const least = -Math.log(LEAST * alpha);
  return (lookMs) => {
    const most = wealths.reduce(
      (max, wealth, block) => ((atMs[block] ?? lookMs) < lookMs ? Math.max(max, wealth) : max),
      0,
    );
    if (most < least) return false;
    const meanwhile = (stable ?? []).filter((arm) => arm.atMs < lookMs);
    return most >= least * dispersionOf(history, meanwhile);
  };
}
