import type { Clock } from "../clock.ts";
import type { Commits } from "./commits.ts";
import type { GitHubSettings } from "./settings.ts";

/** The one repository of the sandbox. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
  readonly id: number;
  readonly ownerId: number;
  readonly defaultBranch: string;
}

/** All that the sandbox remembers. Handlers and the methods for tests change it. */
export interface World {
  readonly clock: Clock;
  readonly settings: GitHubSettings;
  readonly repository: Repository;
  readonly commits: Commits;
  readonly environments: EnvironmentRecord[];
  /** Oldest first. */
  readonly deployments: DeploymentRecord[];
  readonly runs: RunRecord[];
  readonly workflows: WorkflowRecord[];
  /** Of the API, without a slash at the end. */
  apiUrl: string;
  /** Unique over all kinds. */
  nextId(): number;
}

export interface Reviewer {
  readonly kind: "user" | "team";
  /** A login, or a team's slug. */
  readonly name: string;
}

export interface EnvironmentRecord {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  readonly reviewers: readonly Reviewer[];
  readonly preventSelfReview: boolean;
  readonly waitTimerMinutes: number;
  /** Which branches may deploy; undefined: all. */
  readonly branches?: "protected" | "selected";
  /** Slugs of the GitHub Apps that decide too. */
  readonly customRules: readonly { readonly id: number; readonly app: string }[];
}

export type DeploymentState =
  | "error"
  | "failure"
  | "inactive"
  | "in_progress"
  | "queued"
  | "pending"
  | "success";

export interface StatusRecord {
  readonly id: number;
  readonly state: DeploymentState;
  readonly creator: string;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly createdMs: number;
}

export interface DeploymentRecord {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly payload: unknown;
  readonly originalEnvironment: string;
  environment: string;
  readonly description: string | null;
  readonly creator: string;
  readonly isTransient: boolean;
  readonly isProduction: boolean;
  readonly createdMs: number;
  updatedMs: number;
  /** Oldest first. */
  readonly statuses: StatusRecord[];
}

export interface WorkflowRecord {
  readonly id: number;
  /** "rollback.yml". */
  readonly file: string;
  readonly name: string;
  /** Of its `workflow_dispatch`; undefined: it has none. */
  readonly inputs?: Readonly<Record<string, { readonly required?: boolean }>>;
}

export type RunStatus = "queued" | "in_progress" | "waiting" | "completed";
export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "timed_out";

/** An environment whose rules a job of a run waits for. */
export interface PendingRecord {
  readonly environment: EnvironmentRecord;
  readonly sinceMs: number;
  isApproved: boolean;
}

export interface ReviewRecord {
  readonly environment: EnvironmentRecord;
  readonly state: "approved" | "rejected";
  readonly by: string;
  readonly comment: string;
}

export interface JobRecord {
  readonly id: number;
  readonly name: string;
  readonly attempt: number;
  readonly startedMs: number;
  status: RunStatus;
  conclusion: Conclusion | null;
  completedMs: number | null;
}

export interface RunRecord {
  readonly id: number;
  readonly number: number;
  attempt: number;
  readonly workflow: WorkflowRecord;
  readonly event: string;
  readonly headBranch: string;
  readonly headSha: string;
  readonly actor: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  updatedMs: number;
  status: RunStatus;
  conclusion: Conclusion | null;
  readonly jobs: JobRecord[];
  readonly pending: PendingRecord[];
  /** Oldest first. */
  readonly reviews: ReviewRecord[];
}

/** "2026-01-05T09:00:00Z": GitHub's times are whole seconds. */
export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString("base64");
}

/** Of the repository, in the API. */
export function repositoryUrl({ apiUrl, repository }: World): string {
  return `${apiUrl}/repos/${repository.owner}/${repository.name}`;
}

/** Of the repository, in a browser. */
export function repositoryPage({ repository }: World): string {
  return `https://github.com/${repository.owner}/${repository.name}`;
}
