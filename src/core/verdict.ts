/**
 * What a gate says, with its numbers in words a person understands. One order of severity:
 * regress > error > insufficient > healthy.
 */
export interface Verdict {
  readonly kind: "regress" | "error" | "insufficient" | "healthy";
  readonly gate: string;
  readonly reason: string;
  /** What it rests on, where that is requests. */
  readonly counts?: RequestCounts;
  /** Healthy by time and volume, with nothing against it, though too little is known to prove it. */
  readonly basis?: "floor";
  /** It only reports: it holds up and takes back nothing. */
  readonly isDryRun?: true;
  /** Both versions are worse than they were: not this release's fault, and no time to go on. */
  readonly isIncident?: true;
}

/** What has been measured so far: absent is "not asked yet", never a pass. */
export interface Evidence {
  readonly smoke?: Verdict;
  /** Of all gates on metrics together. */
  readonly metrics?: Verdict;
  /** Whether a rollback has helped: healthy where it has, regress where the release was not the cause, error where nobody can say. */
  readonly recovery?: Verdict;
  /** What each look of this process has doubted since then; one that begins anew has doubted nothing. */
  readonly doubt?: { readonly what: Doubt; readonly sinceMs: number };
}

/** What one look does not settle: too few healthy tasks, or weights that nobody seems to have written. */
export type Doubt = "capacity" | "weights";

/** What is still known after a wait at `nowMs`: measurements age, and a doubt lasts while every look has it. */
export function afterWait(evidence: Evidence, doubts: Doubt | undefined, nowMs: number): Evidence {
  const { recovery, doubt } = evidence;
  const since = doubt && doubt.what === doubts ? doubt : doubts && { what: doubts, sinceMs: nowMs };
  const isOpen = recovery?.kind === "insufficient";
  const { recovery: _open, ...lasting } = lastingOf(evidence);
  return { ...lasting, ...(recovery && !isOpen ? { recovery } : {}), ...(since ? { doubt: since } : {}) };
}

/** What a write leaves true: what was measured at one step says nothing of the next. */
export function lastingOf({ smoke, recovery }: Evidence): Evidence {
  return { ...(smoke ? { smoke } : {}), ...(recovery ? { recovery } : {}) };
}

/** Requests to the new version in a window, and how many of them were bad: unanswered or failed, slow, … */
export interface RequestCounts {
  readonly requests: number;
  readonly bad: number;
  /** Of what it was held against: the old version in the same window, or before it. */
  readonly otherRequests?: number;
  readonly otherBad?: number;
  /** How many times the other's rate of bad requests the new version has, as estimated. */
  readonly rateRatio?: number;
  /** `bad` and `otherBad` count good ones, such as orders, and `rateRatio` is of those: fewer is worse. */
  readonly isGood?: true;
  /** The share of requests that the gate allows to be bad, where it has a limit. */
  readonly allowedPercent?: number;
  /** Requests without which nothing passes. */
  readonly neededRequests?: number;
}
