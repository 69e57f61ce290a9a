import { randomUUID } from "node:crypto";
import type { World } from "./world.ts";

/** The job that asks for an OIDC token. */
export interface JobIdentity {
  /** Default: the job has none. */
  readonly environment?: string;
  /** Default: the default branch. */
  readonly ref?: string;
  readonly runId?: number;
  readonly actor?: string;
  /** Of the called workflow, "OWNER/sluice/.github/workflows/canary.yml@refs/tags/v1". */
  readonly jobWorkflowRef?: string;
}

/** Where the runner's own token endpoint is, below the server's URL. */
export const TOKEN_PATH = "/oidc/token";
const ISSUER = "https://token.actions.githubusercontent.com";
const LIFE_SECONDS = 300;

/**
 * The claims of a job's token, as GitHub makes them: an environment takes the place of the ref in `sub`.
 * https://docs.github.com/actions/reference/security/oidc
 */
export function claimsOf(
  world: World,
  job: JobIdentity,
  audience: string,
): Readonly<Record<string, unknown>> {
  const { repository, settings, clock } = world;
  const { environment, ref = `refs/heads/${repository.defaultBranch}`, actor = repository.owner } = job;
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  const names = `${repository.owner}/${repository.name}`;
  const subject = settings.idsInSubject
    ? `${repository.owner}@${repository.ownerId}/${repository.name}@${repository.id}`
    : names;
  return {
    jti: randomUUID(),
    iss: ISSUER,
    aud: audience,
    sub: environment
      ? `repo:${subject}:environment:${environment.replaceAll(":", "%3A")}`
      : `repo:${subject}:ref:${ref}`,
    ...(environment ? { environment } : {}),
    ref,
    sha: world.commits.find(ref)?.sha ?? "",
    repository: names,
    repository_owner: repository.owner,
    repository_id: String(repository.id),
    repository_owner_id: String(repository.ownerId),
    actor,
    run_id: String(job.runId ?? 1),
    runner_environment: "github-hosted",
    ...(job.jobWorkflowRef ? { job_workflow_ref: job.jobWorkflowRef } : {}),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + LIFE_SECONDS,
  };
}

/** In the form of a JSON Web Token. Its signature is none: no key of GitHub's is here. */
export function tokenOf(claims: Readonly<Record<string, unknown>>): string {
  const header = { typ: "JWT", alg: "RS256", kid: "sandbox" };
  return [JSON.stringify(header), JSON.stringify(claims), "unsigned"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
}
