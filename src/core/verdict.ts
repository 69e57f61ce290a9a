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
}

/** Requests of one target group in a window, and how many of them were not answered with 2xx, 3xx or 4xx. */
export interface RequestCounts {
  readonly requests: number;
  readonly bad: number;
  /** Of the service's other target group in the same window. */
  readonly otherRequests?: number;
}
