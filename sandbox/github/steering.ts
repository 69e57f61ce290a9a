import type { CheckState, Commit } from "./commits.ts";
import { startRun } from "./dispatches.ts";
import { createEnvironment, findEnvironment, findOrCreateEnvironment } from "./environments.ts";
import { decide, startWaiting, waitingIn } from "./reviews.ts";
import type {
  Conclusion,
  EnvironmentRecord,
  JobRecord,
  ReviewRecord,
  RunRecord,
  WorkflowRecord,
  World,
} from "./world.ts";

/** What people, pushes and runners do on the real GitHub, as plain calls. Each throws where GitHub would refuse. */
export interface Steering {
  readonly runs: readonly RunRecord[];
  readonly environments: readonly EnvironmentRecord[];
  /** Reviewers by login, or "team/SLUG". */
  addEnvironment(environment: NewEnvironment): EnvironmentRecord;
  addWorkflow(file: string, inputs?: WorkflowRecord["inputs"]): WorkflowRecord;
  /** A run in progress. Makes the workflow and the commit known where they are not. */
  addRun(run?: NewRun): RunRecord;
  /** A job of the run in progress, or ended by `conclusion`. */
  addJob(runId: number, name: string, conclusion?: Conclusion): JobRecord;
  /** A job of the run has come to `environment`: it waits if that has reviewers or a wait timer. */
  requestReview(runId: number, environment: string): "waiting" | "passed";
  review(runId: number, environment: string, review: NewReview): void;
  /** What the run waits for now, by name. */
  pending(runId: number): readonly string[];
  finishRun(runId: number, conclusion: Conclusion): void;
  /** "Re-run failed jobs": another attempt. What reviewers said before stays in the run's history. */
  rerun(runId: number): void;
  /** On top of a branch, oldest first. */
  addCommits(
    commits: readonly NewCommit[],
    where?: { readonly branch?: string; readonly from?: string },
  ): readonly Commit[];
  setCheck(sha: string, name: string, state: CheckState): void;
}

export interface NewEnvironment {
  readonly name: string;
  readonly reviewers?: readonly string[];
  readonly preventSelfReview?: boolean;
  readonly waitTimerMinutes?: number;
  readonly branches?: "protected" | "selected";
  /** Slugs of GitHub Apps. */
  readonly customRules?: readonly string[];
}

export interface NewRun {
  readonly id?: number;
  readonly attempt?: number;
  /** The workflow's file. Default: "release.yml". */
  readonly workflow?: string;
  /** Default: "push". */
  readonly event?: string;
  readonly headBranch?: string;
  readonly headSha?: string;
  /** Default: "octocat". */
  readonly actor?: string;
}

export interface NewReview {
  readonly state: ReviewRecord["state"];
  readonly by: string;
  readonly comment?: string;
}

export interface NewCommit {
  readonly sha?: string;
  readonly message: string;
  /** Default: "octocat". */
  readonly author?: string;
}

const MOST_REVIEWERS = 6;

export function createSteering(world: World): Steering {
  return {
    runs: world.runs,
    environments: world.environments,
    addEnvironment: (given) => addEnvironment(world, given),
    addWorkflow: (file, inputs) => addWorkflow(world, file, inputs),
    addRun: (given = {}) => addRun(world, given),
    addJob: (runId, name, conclusion) => addJob(world, runOf(world, runId), name, conclusion ?? null),
    requestReview(runId, name) {
      const environment = findOrCreateEnvironment(world, name);
      const waits = environment.reviewers.length > 0 || environment.waitTimerMinutes > 0;
      if (waits) startWaiting(world, runOf(world, runId), environment);
      return waits ? "waiting" : "passed";
    },
    review(runId, name, { state, by, comment = "" }) {
      const environment = findEnvironment(world, name);
      if (!environment) throw new Error(`There is no environment ${name}`);
      decide(world, runOf(world, runId), { environment, state, by, comment });
    },
    pending: (runId) => waitingIn(world, runOf(world, runId)).map(({ environment }) => environment.name),
    finishRun(runId, conclusion) {
      const run = runOf(world, runId);
      Object.assign(run, { status: "completed", conclusion, updatedMs: world.clock.nowMs() });
      for (const job of run.jobs.filter(({ status }) => status !== "completed"))
        Object.assign(job, { status: "completed", conclusion, completedMs: world.clock.nowMs() });
    },
    rerun(runId) {
      const run = runOf(world, runId);
      if (run.status !== "completed") throw new Error(`Run ${runId} has not ended`);
      const attempt = run.attempt + 1;
      Object.assign(run, {
        attempt,
        status: "in_progress",
        conclusion: null,
        updatedMs: world.clock.nowMs(),
      });
      run.pending.length = 0;
    },
    addCommits: (commits, where = {}) => addCommits(world, commits, where),
    setCheck: (sha, name, state) => world.commits.setCheck(sha, name, state),
  };
}

function addEnvironment(world: World, given: NewEnvironment): EnvironmentRecord {
  const { reviewers = [], customRules = [], ...rest } = given;
  if (findEnvironment(world, given.name)) throw new Error(`There is an environment ${given.name} already`);
  if (reviewers.length > MOST_REVIEWERS) throw new Error(`At most ${MOST_REVIEWERS} reviewers are possible`);
  return createEnvironment(world, {
    ...rest,
    reviewers: reviewers.map((name) =>
      name.startsWith("team/") ? { kind: "team", name: name.slice(5) } : { kind: "user", name },
    ),
    customRules: customRules.map((app) => ({ id: world.nextId(), app })),
  });
}

function addWorkflow(world: World, file: string, inputs: WorkflowRecord["inputs"]): WorkflowRecord {
  const name = file.replace(/\.ya?ml$/, "");
  const workflow: WorkflowRecord = { id: world.nextId(), file, name, ...(inputs ? { inputs } : {}) };
  world.workflows.push(workflow);
  return workflow;
}

function addRun(world: World, given: NewRun): RunRecord {
  const {
    workflow: file = "release.yml",
    headBranch = "main",
    event = "push",
    actor = "octocat",
    ...rest
  } = given;
  const commit = knownCommit(world, headBranch, given.headSha);
  return startRun(world, {
    ...rest,
    workflow: world.workflows.find((each) => each.file === file) ?? addWorkflow(world, file, undefined),
    event,
    headBranch,
    headSha: commit.sha,
    actor,
    status: "in_progress",
  });
}

function knownCommit(world: World, branch: string, sha: string | undefined): Commit {
  const known = world.commits.find(sha ?? branch);
  if (known) return known;
  const commit = { message: `Commit on ${branch}`, author: "octocat", atMs: world.clock.nowMs() };
  return world.commits.add(branch, undefined, { ...commit, ...(sha ? { sha } : {}) });
}

function addJob(world: World, run: RunRecord, name: string, conclusion: Conclusion | null): JobRecord {
  const nowMs = world.clock.nowMs();
  const job: JobRecord = {
    id: world.nextId(),
    name,
    attempt: run.attempt,
    startedMs: nowMs,
    status: conclusion ? "completed" : "in_progress",
    conclusion,
    completedMs: conclusion ? nowMs : null,
  };
  run.jobs.push(job);
  return job;
}

function addCommits(
  world: World,
  commits: readonly NewCommit[],
  { branch = "main", from }: { readonly branch?: string; readonly from?: string },
): readonly Commit[] {
  return commits.map(({ author = "octocat", ...commit }) =>
    world.commits.add(branch, from, { ...commit, author, atMs: world.clock.nowMs() }),
  );
}

function runOf(world: World, id: number): RunRecord {
  const run = world.runs.find((each) => each.id === id);
  if (!run) throw new Error(`There is no run ${id}`);
  return run;
}
