import { type Answer, type ClientLimits, createClient } from "../client.ts";
import type { CommitRange, GitHubDesk } from "../desk.ts";
import { createDeployments } from "./deployments.ts";
import { notesOf, openingNote } from "./notes.ts";
import { protectionOf } from "./protection.ts";
import { decisionsOf, pendingIn } from "./reviews.ts";

/** Somebody who asked for what a job does, by hand. */
export interface Asked {
  /** A GitHub login. */
  readonly by: string;
  readonly reason?: string;
}

export interface DeskOptions {
  /** In which rollouts are recorded as Deployments; undefined: none is. */
  readonly environment: string | undefined;
  readonly environmentUrl: string | undefined;
  readonly runUrl: string | undefined;
  readonly asked: Asked | undefined;
  /** In which people approve; where none is named, nobody misses what GitHub does not tell of decisions. */
  readonly approvalEnvironment?: string | undefined;
  /** Told what could not be done, each thing once. */
  readonly say: (complaint: string) => void;
  readonly limits?: ClientLimits;
}

/** Says what an answer that is none keeps from being done. */
export type Complain = (undone: string, answer: Exclude<Answer<unknown>, { kind: "ok" }>) => void;

type Environment = Readonly<Record<string, string | undefined>>;

/** The desk of the job whose variables are `environment`. */
export function createDesk(environment: Environment, token: string, options: DeskOptions): GitHubDesk {
  const client = createClient(environment, token, options.limits);
  const complain = createComplain(options.say);
  const runId = Number(environment.GITHUB_RUN_ID);
  const deployments =
    options.environment === undefined
      ? undefined
      : createDeployments(client, complain, {
          environment: options.environment,
          environmentUrl: options.environmentUrl,
          runUrl: options.runUrl,
          sha: environment.GITHUB_SHA ?? "",
          asked: options.asked,
        });
  return {
    protectionOf: (name) => protectionOf(client, name),
    pendingIn: (name) => pendingIn(client, complain, runId, name),
    decisions: () => decisionsOf(client, options.approvalEnvironment ? complain : () => {}, runId),
    begin: async (plan) => deployments?.note(openingNote(plan)),
    async end(lines, phase, outcome) {
      if (!deployments) return;
      for (const note of notesOf(lines, { phase, outcome, asked: options.asked }))
        await deployments.note(note);
    },
    async commitsBetween(base, head): Promise<CommitRange | undefined> {
      const answer = await client.ask("contents: read", async (api, repository) => {
        const { data } = await api.repos.compareCommitsWithBasehead({
          ...repository,
          basehead: `${base}...${head}`,
        });
        const commits = data.commits.map(({ sha, commit, author }) => ({
          sha,
          title: commit.message.split("\n")[0] ?? "",
          author: author?.login ?? commit.author?.name ?? "",
        }));
        return { url: data.html_url, total: data.total_commits, commits };
      });
      if (answer.kind === "ok") return answer.value;
      if (answer.kind !== "missing") complain("the commits between the two versions are not known", answer);
      return undefined;
    },
  };
}

function createComplain(say: (complaint: string) => void): Complain {
  const said = new Set<string>();
  return (undone, answer) => {
    const complaint = `${undone}: ${answer.kind === "missing" ? "GitHub does not find it" : answer.why}`;
    if (said.has(complaint)) return;
    said.add(complaint);
    say(complaint);
  };
}
