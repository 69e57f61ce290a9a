import { getOctokit } from "@actions/github";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { createGitHub, type GitHubOptions, type GitHubSandbox } from "../../../../sandbox/github/github.ts";

export interface GitHubWorld {
  readonly github: GitHubSandbox;
  readonly clock: VirtualClock;
  /** GitHub's own client, with the token of a job. */
  readonly api: ReturnType<typeof getOctokit>["rest"];
  /** For every call. */
  readonly at: { readonly owner: string; readonly repo: string };
  /** The commit on main. */
  readonly sha: string;
  /** The same client with another token. */
  as(token: string): ReturnType<typeof getOctokit>["rest"];
}

/** GitHub on virtual time, with one commit on main. */
export async function openGitHub(options: GitHubOptions = {}): Promise<GitHubWorld> {
  const clock = new VirtualClock();
  const github = await createGitHub({ clock, ...options });
  const sha = github.addCommits([{ message: "Take orders" }])[0]?.sha ?? "";
  const as = (token: string) => getOctokit(token, { baseUrl: github.url }).rest;
  const at = { owner: github.repository.owner, repo: github.repository.name };
  return { github, clock, api: as(github.token.value), at, sha, as };
}

/** As a job should: no check is an obstacle, not its own either, and nothing is merged. */
export const plainly = { ref: "main", required_contexts: [] as string[], auto_merge: false };

type NewDeployment = NonNullable<Parameters<GitHubWorld["api"]["repos"]["createDeployment"]>[0]>;

/** The id of a new Deployment. */
export async function deploy(
  { api, at }: GitHubWorld,
  more: Partial<Pick<NewDeployment, "ref" | "task" | "environment" | "transient_environment">> = {},
): Promise<number> {
  const { data } = await api.repos.createDeployment({ ...at, ...plainly, ...more });
  if (!("id" in data)) throw new Error(`No Deployment: ${data.message}`);
  return data.id;
}

/** "422 Validation Failed" with which a call ends, or "passes". */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "passes";
  } catch (error) {
    if (!(error instanceof Error) || !("status" in error)) throw error;
    return `${error.status} ${error.message.split(" - https://docs")[0]}`;
  }
}
