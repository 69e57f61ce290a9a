import { firstRejected } from "./budget.ts";
import type { Draw } from "./draw.ts";
import { type Mixture, REGRESSION } from "./mixture.ts";
import { logWealths } from "./wealth.ts";

/** How sure a judgement has to be. */
export interface Certainty {
  /** Good canaries that may be called a regression, in (0, 0.5), however often and however long they are looked at. */
  readonly alpha: number;
  /** Bad canaries that may be called healthy, in (0, 0.5). */
  readonly beta: number;
}

/** What the evidence says. Without evidence it is `insufficient`, never `healthy`. */
export interface Judgement {
  readonly kind: "regress" | "healthy" | "insufficient";
  /** The largest ln E against "no worse than allowed" so far, 0 or more. */
  readonly logEvidence: number;
  /** Chance of as much evidence as that, ever, from a canary that is no worse than allowed. */
  readonly anytimeP: number;
  /** ln E against "worse by as much as matters", of all blocks. */
  readonly logHealth: number;
  /** The block, from 0, at which it became a regression. It stays one, whatever comes, at the same dispersion. */
  readonly regressedAtBlock?: number;
  /** What bad requests were found to vary by, over what independent ones would: see dispersionOf. */
  readonly dispersion: number;
}

/** What each block says against "no worse than allowed", and against "worse by as much as matters". */
export interface Case {
  readonly ofRegression: readonly (Draw | undefined)[];
  readonly ofHealth: readonly (Draw | undefined)[];
  readonly health: Mixture;
  readonly dispersion: number;
}

/** Everything is computed from the blocks: the same blocks give the same answer, whoever asks, and whenever. */
export function judge(evidence: Case, { alpha, beta }: Certainty): Judgement {
  const { dispersion } = evidence;
  const wealths = logWealths(evidence.ofRegression, REGRESSION, dispersion);
  const at = firstRejected(evidence.ofRegression, wealths, REGRESSION, { alpha, dispersion });
  const logEvidence = wealths.reduce((most, wealth) => Math.max(most, wealth), 0);
  const logHealth = logWealths(evidence.ofHealth, evidence.health, dispersion).at(-1) ?? 0;
  const plainP = Math.exp(-logEvidence);
  const numbers = { logEvidence, logHealth, dispersion };
  if (at !== undefined) {
    return { kind: "regress", anytimeP: Math.min(alpha, plainP), regressedAtBlock: at, ...numbers };
  }
  return { kind: logHealth >= -Math.log(beta) ? "healthy" : "insufficient", anytimeP: plainP, ...numbers };
}
