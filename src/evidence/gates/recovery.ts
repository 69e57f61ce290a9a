import { formatCount, formatRatio, formatShare } from "../../core/count-words.ts";
import { type Arm, totalOf } from "../../core/counts.ts";
import type { Verdict } from "../../core/verdict.ts";
import { judgeObjective } from "../sequential/objective.ts";
import { riseOf } from "../sequential/rise.ts";
import { formatChance } from "../sequential/words.ts";

/** Whether a rollback has helped: the old version, alone again, beside itself before the rollout. */
export interface Recovery {
  readonly kind: "recovered" | "not-recovered" | "unverified";
  readonly reason: string;
  /** Recovered by volume, with nothing against it, though too little is known to prove it. */
  readonly basis?: "floor";
}

/** More than so many times its rate of before is no return to it; less may be the hour of the day. */
const LEAST_RISE = 2;

/** With so many requests, and but one bad one more than twice the rate of before, it has recovered by volume. */
const ENOUGH_REQUESTS = 100;

const CERTAINTY = { alpha: 0.001, beta: 0.05 };

/**
 * @param after the old version's periods since the weights are back and have settled, in order
 * @param before its periods from before the new version came, in order
 */
export function judgeRecovery(after: readonly Arm[], before: readonly Arm[]): Recovery {
  const now = totalOf(after);
  const then = totalOf(before);
  if (now.requests === 0) return unverified("no request to the old version yet since the weights are back");
  if (then.requests === 0) return unverified("nothing is known of the old version from before the rollout");
  const seen = `since the weights are back ${shareOf(now, " requests went bad")}, before the rollout ${shareOf(then)}`;
  const rise = riseOf(after, before);
  if (rise !== undefined)
    return {
      kind: "not-recovered",
      reason: `${seen}; ${formatRatio(rise)} the rate: the release was not the cause, or not the only one`,
    };
  // One more than were seen: none in 1,000 requests is not a rate of 0.
  const limit = (LEAST_RISE * (then.bad + 1)) / then.requests;
  if (limit < 1) {
    const { kind, logHealth } = judgeObjective(after, before, { limit, ...CERTAINTY });
    const chance = formatChance(Math.exp(-logHealth));
    if (kind === "healthy") {
      const proof = `${formatRatio(LEAST_RISE)} the rate is ruled out, but for a chance below ${chance}`;
      return { kind: "recovered", reason: `${seen}: back at its baseline; ${proof}` };
    }
  }
  if (now.requests < ENOUGH_REQUESTS)
    return unverified(`${seen}; ${ENOUGH_REQUESTS} requests are needed to judge`);
  if (now.bad > limit * now.requests + 1) return unverified(`${seen}; that is more, but may be chance`);
  return {
    kind: "recovered",
    reason: `${seen}: back at its baseline, as far as so many requests tell`,
    basis: "floor",
  };
}

/** As decisions and people have it: a rollback that has not helped is the old version's regression. */
export function recoveryVerdict({ kind, reason, basis }: Recovery): Verdict {
  const kinds = { recovered: "healthy", "not-recovered": "regress", unverified: "insufficient" } as const;
  return { kind: kinds[kind], gate: "recovery", reason, ...(basis ? { basis } : {}) };
}

const unverified = (why: string): Recovery => ({ kind: "unverified", reason: `unverified: ${why}` });

/** "27 of 27,000 requests went bad (0.1 %)". */
const shareOf = ({ requests, bad }: Arm, what = ""): string =>
  `${formatCount(bad)} of ${formatCount(requests)}${what} (${formatShare((100 * bad) / requests)})`;
