/** The safety rules that a monitor watches, and the name for its own failure. */
export type RuleName =
  | "capacity-before-weight"
  | "weight-first"
  | "stable-shrunk"
  | "unread-write"
  | "unhealthy-target"
  | "two-rollouts"
  | "orphan"
  | "surge"
  | "capacity-below-desired"
  /** The monitor itself failed at this moment: what happened then is unjudged. */
  | "monitor-failed";

/** The call that broke a rule. */
export interface CallReference {
  readonly seq: number;
  readonly operation: string;
}

export interface Violation {
  readonly atMs: number;
  readonly rule: RuleName;
  /** A sentence with names and numbers. */
  readonly message: string;
  /** Absent where no single call did it. */
  readonly call?: CallReference;
}

/**
 * Harm to users that no client of the API did: tasks died by themselves, and a group failed open
 * ("fail-open") or had nobody left ("empty-group").
 */
export interface Note {
  readonly atMs: number;
  readonly kind: "fail-open" | "empty-group";
  readonly message: string;
}
