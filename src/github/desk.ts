import type { JournalEvent, JournalLine } from "../core/journal.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Plan } from "../core/plan.ts";

/**
 * What Sluice asks of GitHub and leaves there. Every answer is data and nothing here throws: a GitHub that is down, or
 * a token that may not, stops no rollout and no rollback; what could not be done is said in the log, once.
 */
export interface GitHubDesk {
  /** The protection of an environment of this repository; "unknown" where GitHub does not say. */
  protectionOf(environment: string): Promise<Protection>;
  /** Whether a job of this run waits for a review in `environment`. */
  pendingIn(environment: string): Promise<"pending" | "settled" | "unknown">;
  /** What reviewers of this run decided so far, in GitHub's order; it says neither which that is nor when it was. */
  decisions(): Promise<readonly Decision[]>;
  /** Finds the rollout's Deployment, or creates it, and marks it as in progress. */
  begin(plan: Plan): Promise<void>;
  /**
   * Puts on the Deployments of the rollouts in the journal what a job has come to. `lines`: all of its journal; with
   * nothing planned, nothing is recorded.
   */
  end(lines: readonly JournalLine[], phase: string, outcome: Outcome): Promise<void>;
  /** Commits from `base` to `head`, oldest first; undefined where GitHub does not say. */
  commitsBetween(base: string, head: string): Promise<CommitRange | undefined>;
}

export type Decision = Extract<JournalEvent, { kind: "decided" }>;

export type Protection =
  | { readonly kind: "missing" }
  | { readonly kind: "unknown"; readonly why: string }
  | {
      readonly kind: "environment";
      /** How many people and teams may review; 0: nobody is asked. */
      readonly reviewers: number;
      readonly preventsSelfReview: boolean;
      readonly waitTimerMinutes: number;
      /** Rules of GitHub Apps: with them, a job of this environment always makes a Deployment. */
      readonly customRules: number;
    };

export interface CommitRange {
  /** The page that shows the difference. */
  readonly url: string;
  /** How many there are; `commits` may be fewer. */
  readonly total: number;
  readonly commits: readonly {
    readonly sha: string;
    readonly title: string;
    readonly author: string;
  }[];
}
