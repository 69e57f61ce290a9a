/** A call and how it ended. */
export interface CallRecord {
  /** Counts from 1. */
  readonly seq: number;
  readonly atMs: number;
  /** By GitHub's id, "repos/create-deployment"; "unknown" where the sandbox has none. */
  readonly operation: string;
  /** In capitals. */
  readonly method: string;
  /** With query. */
  readonly path: string;
  /** Parsed where it is JSON; undefined: none. */
  readonly body: unknown;
  /** Undefined: no answer. */
  readonly status: number | undefined;
}

/** What must not be: a request that does not fit GitHub's description, or an answer of the sandbox's own. */
export interface Violation {
  readonly kind: "request" | "answer";
  /** "POST /repos/octo-org/orders/deployments". */
  readonly call: string;
  readonly problems: readonly string[];
}
