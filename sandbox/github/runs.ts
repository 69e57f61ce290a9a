import { notFound } from "./errors.ts";
import { type ApiAnswer, type ApiRequest, type Handlers, integer, ok } from "./handler.ts";
import { pageOf } from "./pages.ts";
import { userJson } from "./people.ts";
import { repositoryJson } from "./repository.ts";
import {
  isoTime,
  type JobRecord,
  nodeId,
  type RunRecord,
  repositoryPage,
  repositoryUrl,
  type World,
} from "./world.ts";

/** Workflow runs and their jobs. */
export function runHandlers(world: World): Handlers {
  return {
    "actions/get-workflow-run": ({ parameters }) =>
      ok(runJson(world, knownRun(world, integer(parameters, "run_id")))),
    "actions/list-jobs-for-workflow-run": (request) => {
      const run = knownRun(world, integer(request.parameters, "run_id"));
      const isAll = request.parameters.filter === "all";
      return jobs(world, request, run, isAll ? undefined : run.attempt);
    },
    "actions/list-jobs-for-workflow-run-attempt": (request) => {
      const run = knownRun(world, integer(request.parameters, "run_id"));
      const attempt = integer(request.parameters, "attempt_number");
      if (attempt < 1 || attempt > run.attempt) throw notFound();
      return jobs(world, request, run, attempt);
    },
  };
}

export function knownRun(world: World, id: number): RunRecord {
  const run = world.runs.find((each) => each.id === id);
  if (!run) throw notFound();
  return run;
}

export function runUrl(world: World, { id }: RunRecord): string {
  return `${repositoryUrl(world)}/actions/runs/${id}`;
}

export function runPage(world: World, { id }: RunRecord): string {
  return `${repositoryPage(world)}/actions/runs/${id}`;
}

/** `attempt` undefined: of all. */
function jobs(world: World, request: ApiRequest, run: RunRecord, attempt: number | undefined): ApiAnswer {
  const found = run.jobs.filter((job) => attempt === undefined || job.attempt === attempt);
  const { items, headers } = pageOf(found, request, `${runUrl(world, run)}/jobs`);
  return {
    ...ok({ total_count: found.length, jobs: items.map((job) => jobJson(world, run, job)) }),
    headers,
  };
}

function runJson(world: World, run: RunRecord): object {
  const { workflow } = run;
  const url = runUrl(world, run);
  const commit = world.commits.find(run.headSha);
  return {
    id: run.id,
    name: workflow.name,
    node_id: nodeId("WorkflowRun", run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: `.github/workflows/${workflow.file}`,
    display_title: commit?.message ?? workflow.name,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflow.id,
    url,
    html_url: runPage(world, run),
    pull_requests: [],
    created_at: isoTime(run.createdMs),
    updated_at: isoTime(run.updatedMs),
    run_started_at: isoTime(run.createdMs),
    actor: userJson(world, run.actor),
    triggering_actor: userJson(world, run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(world)}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${repositoryUrl(world)}/actions/workflows/${workflow.id}`,
    head_commit: headCommitJson(world, run),
    repository: repositoryJson(world),
    head_repository: repositoryJson(world),
  };
}

function headCommitJson(world: World, { headSha }: RunRecord): object | null {
  const commit = world.commits.find(headSha);
  if (!commit) return null;
  const { sha, message, author, atMs } = commit;
  const person = { name: author, email: `${author}@users.noreply.github.com` };
  return { id: sha, tree_id: sha, message, timestamp: isoTime(atMs), author: person, committer: person };
}

function jobJson(world: World, run: RunRecord, job: JobRecord): object {
  return {
    id: job.id,
    run_id: run.id,
    run_url: runUrl(world, run),
    run_attempt: job.attempt,
    node_id: nodeId("CheckRun", job.id),
    head_sha: run.headSha,
    head_branch: run.headBranch,
    workflow_name: run.workflow.name,
    name: job.name,
    url: `${repositoryUrl(world)}/actions/jobs/${job.id}`,
    html_url: `${runPage(world, run)}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: isoTime(job.startedMs),
    started_at: isoTime(job.startedMs),
    completed_at: job.completedMs === null ? null : isoTime(job.completedMs),
    check_run_url: `${repositoryUrl(world)}/check-runs/${job.id}`,
    labels: ["ubuntu-latest"],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
  };
}
