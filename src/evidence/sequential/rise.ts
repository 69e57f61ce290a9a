import { type Arm, totalOf } from "../../core/counts.ts";
import { dispersionOf } from "./dispersion.ts";
import { drawOfObjective } from "./draw.ts";
import { REGRESSION } from "./mixture.ts";
import { logWealths } from "./wealth.ts";

/** Less than this is a day's curve rather than an incident. */
const LEAST_RISE = 2;
const ALPHA = 0.001;

/**
 * How many times its rate of before an arm now has, where it is certainly more than twice that; undefined otherwise, and
 * without history. Former time is a weak control, so this explains a judgement and is none.
 */
export function riseOf(now: readonly Arm[], history: readonly Arm[]): number | undefined {
  const before = totalOf(history);
  if (before.requests === 0) return undefined;
  // One more than were seen: none in 1,000 requests is not a rate of 0.
  const rate = (before.bad + 1) / before.requests;
  const limit = LEAST_RISE * rate;
  if (limit >= 1) return undefined;
  const draws = now.map((arm) => drawOfObjective(arm, limit));
  const logWealth = logWealths(draws, REGRESSION, dispersionOf(history)).at(-1) ?? 0;
  if (logWealth < -Math.log(ALPHA)) return undefined;
  const { requests, bad } = totalOf(now);
  return bad / requests / rate;
}
