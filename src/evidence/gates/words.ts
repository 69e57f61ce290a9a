import { formatCount, formatRate, formatRatio, formatShare } from "../../core/count-words.ts";
import { type Arm, totalOf } from "../../core/counts.ts";
import type { Comparison } from "../sequential/comparison.ts";
import { formatChance } from "../sequential/words.ts";
import { asCounted, type Counted, type CountedReading } from "./counted.ts";
import type { CountsReading, CountsRule } from "./reading.ts";

/** "12 of 480 requests to the new version failed (2.5 %), allowed are 1 %". */
export function newVersionText(
  seen: CountedReading,
  { fault }: CountsReading,
  { maxPercent }: CountsRule,
): string {
  const arm = asCounted(totalOf(seen.canary), seen.counted);
  return `${shareOf(arm, "requests to the new version")} ${fault}${percentOf(arm)}${limitText(maxPercent, seen.counted)}`;
}

/** "9 of 9,120 to the old version, 25 times the rate". Undefined where the old version had no request. */
export function oldVersionText({ counted }: CountedReading, comparison: Comparison): string | undefined {
  const { stable, control, rateRatio } = comparison;
  if (stable.requests === 0) return undefined;
  const whose = control === "before" ? "the old version before the step" : "the old version";
  const rate = rateRatio === undefined ? "" : `, ${rateText(rateRatio, counted)}`;
  return `${shareOf(asCounted(stable, counted), `to ${whose}`)}${rate}`;
}

/** "12 requests to the new version so far, 2 of them failed; 100 are needed to judge". */
export function tooFewText(
  seen: CountedReading,
  { fault }: CountsReading,
  { minRequests }: CountsRule,
): string {
  const { requests, bad } = asCounted(totalOf(seen.canary), seen.counted);
  const ofThem = bad > 0 ? `, ${formatCount(bad)} of them ${fault}` : "";
  const noun = Math.round(requests) === 1 ? "request" : "requests";
  return `${formatCount(requests)} ${noun} to the new version so far${ofThem}; ${formatCount(minRequests)} are needed to judge`;
}

export const falseAlarmText = (chance: number): string =>
  `chance of a false alarm below ${formatChance(chance)}`;

export const WEAKER_CONTROL = "one version after the other proves less than both at the same time";

/** "2.4 times the rate is ruled out, but for a chance below 1 in 10,000". */
export function ruledOutText({ excludable, logHealth }: Comparison, counted: Counted): string {
  const excluded =
    counted === "good"
      ? `a rate ${formatRatio(excludable)} lower`
      : `${formatRatio(excludable)} the rate${ofOthers(counted)}`;
  return isRuledOut(excluded, logHealth);
}

/** "a break of that limit is ruled out, but for a chance below 1 in 500". */
export const keptText = (logHealth: number): string => isRuledOut("a break of that limit", logHealth);

const isRuledOut = (what: string, logHealth: number): string =>
  `${what} is ruled out, but for a chance below ${formatChance(Math.exp(-logHealth))}`;

/** "the old version itself is 100 times as bad as before the step: an incident, not this release's fault". */
export const incidentText = (stableWorse: number): string =>
  `the old version itself is ${formatRatio(stableWorse)} as bad as before the step: an incident, not this release's fault`;

/** "the old version itself is 100 times as bad as before the step, the new one is not". */
export const sparedText = (stableWorse: number): string =>
  `the old version itself is ${formatRatio(stableWorse)} as bad as before the step, the new one is not`;

/** "the old version breaks that limit, too (180 of 9,000): not this release's fault". */
export function bothBreakText(seen: CountedReading): string {
  const old = asCounted(totalOf(seen.stable ?? []), seen.counted);
  return `the old version breaks that limit, too (${shareOf(old)}): not this release's fault`;
}

export const MAY_BE_CHANCE = "that may still be chance";
export const MAY_BE_INCIDENT = "an incident of both versions, which has passed, may explain it";
export const MOSTLY_FINE = "no regression shows, but too little is known to rule one out";
export const BY_FLOOR = `${MOSTLY_FINE}: it passes by time and volume`;

const shareOf = ({ requests, bad }: Arm, whose = ""): string =>
  `${formatCount(bad)} of ${formatCount(requests)}${whose && ` ${whose}`}`;

function rateText(rateRatio: number, counted: Counted): string {
  return `${formatRate(rateRatio)}${ofOthers(counted)}`;
}

const ofOthers = (counted: Counted): string => (counted === "others" ? " of the others" : "");

function percentOf({ requests, bad }: Arm): string {
  return requests === 0 ? "" : ` (${formatShare((100 * bad) / requests)})`;
}

function limitText(maxPercent: number | undefined, counted: Counted): string {
  if (maxPercent === undefined || maxPercent >= 100) return "";
  if (counted === "bad") return `, allowed are ${formatShare(maxPercent)}`;
  return `, needed are ${formatShare(100 - maxPercent)}`;
}
