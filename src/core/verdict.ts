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
}

/** What has been measured so far: absent is "not asked yet", never a pass. */
export interface Evidence {
  readonly smoke?: Verdict;
  readonly errors?: Verdict;
  /** What each look of this process has doubted since then; one that begins anew has doubted nothing. */
  readonly doubt?: { readonly what: Doubt; readonly sinceMs: number };
}

/** What one look does not settle: too few healthy tasks, or weights that nobody seems to have written. */
export type Doubt = "capacity" | "weights";

/** What is still known after a wait at `nowMs`: measurements age, and a doubt lasts while every look has it. */
export function afterWait({ smoke, doubt }: Evidence, doubts: Doubt | undefined, nowMs: number): Evidence {
  const since = doubt && doubt.what === doubts ? doubt : doubts && { what: doubts, sinceMs: nowMs };
  return { ...(smoke ? { smoke } : {}), ...(since ? { doubt: since } : {}) };
}

/** Requests of one target group in a window, and how many of them were not answered with 2xx, 3xx or 4xx. */
export interface RequestCounts {
  readonly requests: number;
  readonly bad: number;
  /** Of the service's other target group in the same window. */
  readonly otherRequests?: number;
}
