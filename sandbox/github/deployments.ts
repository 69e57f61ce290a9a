import type { CheckState, Commit } from "./commits.ts";
import { findOrCreateEnvironment } from "./environments.ts";
import { GitHubError, notFound, unprocessable } from "./errors.ts";
import {
  type ApiAnswer,
  type ApiRequest,
  flag,
  type Handlers,
  integer,
  ok,
  optionalText,
  text,
} from "./handler.ts";
import { pageOf } from "./pages.ts";
import { userJson } from "./people.ts";
import { type DeploymentRecord, isoTime, nodeId, repositoryUrl, type World } from "./world.ts";

/** What a filter of the list is when it is not given. */
const NO_FILTER = "none";
const FILTERS = ["sha", "ref", "task", "environment"] as const;

export function deploymentHandlers(world: World): Handlers {
  return {
    "repos/create-deployment": (request) => create(world, request),
    "repos/list-deployments": (request) => list(world, request),
    "repos/get-deployment": ({ parameters }) =>
      ok(deploymentJson(world, knownDeployment(world, integer(parameters, "deployment_id")))),
  };
}

export function knownDeployment(world: World, id: number): DeploymentRecord {
  const deployment = world.deployments.find((each) => each.id === id);
  if (!deployment) throw notFound();
  return deployment;
}

export function deploymentUrl(world: World, { id }: DeploymentRecord): string {
  return `${repositoryUrl(world)}/deployments/${id}`;
}

/** Every call makes one more: GitHub knows no key that would make two calls one. */
function create(world: World, { body, login }: ApiRequest): ApiAnswer {
  const ref = text(body, "ref");
  const commit = world.commits.find(ref);
  if (!commit) throw unprocessable(`No ref found for: ${ref}`);
  if (flag(body, "auto_merge", true)) {
    const merged = mergeDefaultBranch(world, ref, commit);
    if (merged) return merged;
  }
  refuseFailedChecks(world, ref, commit, body.required_contexts);
  const environment = text(body, "environment");
  findOrCreateEnvironment(world, environment);
  const nowMs = world.clock.nowMs();
  const deployment: DeploymentRecord = {
    id: world.nextId(),
    sha: commit.sha,
    ref,
    task: text(body, "task"),
    payload: body.payload ?? "",
    originalEnvironment: environment,
    environment,
    description: optionalText(body, "description") ?? null,
    creator: login,
    isTransient: flag(body, "transient_environment", false),
    isProduction: flag(body, "production_environment", environment === "production"),
    createdMs: nowMs,
    updatedMs: nowMs,
    statuses: [],
  };
  world.deployments.push(deployment);
  return { status: 201, body: deploymentJson(world, deployment) };
}

/** `auto_merge`: a ref that lacks commits of the default branch gets them first, and no Deployment. */
function mergeDefaultBranch(world: World, ref: string, commit: Commit): ApiAnswer | undefined {
  const { defaultBranch } = world.repository;
  const head = world.commits.find(defaultBranch);
  if (!head || world.commits.history(commit.sha).includes(head)) return undefined;
  if (!world.commits.isBranch(ref))
    throw new GitHubError(409, `Conflict merging ${defaultBranch} into ${ref}.`);
  const message = `Auto-merged ${defaultBranch} into ${ref} on deployment.`;
  const atMs = world.clock.nowMs();
  world.commits.merge(ref, head.sha, { message, author: world.repository.owner, atMs });
  return { status: 202, body: { message } };
}

/** Without `required_contexts` every check of the commit counts, that of the running job too; [] asks for none. */
function refuseFailedChecks(world: World, ref: string, { sha }: Commit, required: unknown): void {
  const checks = new Map<string, CheckState>(world.commits.checks(sha));
  for (const run of world.runs.filter(({ headSha }) => headSha === sha)) {
    for (const job of run.jobs) checks.set(job.name, checkOf(job));
  }
  const names = Array.isArray(required) ? required.map(String) : [...checks.keys()];
  const contexts = names.map((context) => ({ context, state: checks.get(context) ?? "pending" }));
  if (contexts.every(({ state }) => state === "success")) return;
  const error = { contexts, resource: "Deployment", field: "required_contexts", code: "invalid" };
  throw new GitHubError(409, `Conflict: Commit status checks failed for ${ref}.`, { errors: [error] });
}

function checkOf({ conclusion }: { readonly conclusion: string | null }): CheckState {
  if (conclusion === null) return "pending";
  return conclusion === "success" ? "success" : "failure";
}

/** Newest first. */
function list(world: World, request: ApiRequest): ApiAnswer {
  const { parameters } = request;
  const visibleMs = world.clock.nowMs() - world.settings.listLagMs;
  const found = world.deployments
    .filter(({ createdMs }) => createdMs <= visibleMs)
    .filter((deployment) =>
      FILTERS.every((name) => {
        const wanted = optionalText(parameters, name) ?? NO_FILTER;
        return wanted === NO_FILTER || deployment[name] === wanted;
      }),
    )
    .toReversed();
  const { items, headers } = pageOf(found, request, `${repositoryUrl(world)}/deployments`);
  return { ...ok(items.map((deployment) => deploymentJson(world, deployment))), headers };
}

function deploymentJson(world: World, deployment: DeploymentRecord): object {
  const url = deploymentUrl(world, deployment);
  return {
    url,
    id: deployment.id,
    node_id: nodeId("Deployment", deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.originalEnvironment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userJson(world, deployment.creator),
    created_at: isoTime(deployment.createdMs),
    updated_at: isoTime(deployment.updatedMs),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(world),
    transient_environment: deployment.isTransient,
    production_environment: deployment.isProduction,
    performed_via_github_app: null,
  };
}
