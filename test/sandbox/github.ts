import { expect } from "vitest";
import type { GitHubSandbox } from "../../sandbox/github/github.ts";
import type { JobResult } from "../../src/cli/rehearse/job.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import type { Job, JobOptions, World } from "./world.ts";

/** The commit of every run. */
export const SHA = "0123456789abcdef0123456789abcdef01234567";

export type Ended = JobResult & { readonly journal: readonly JournalLine[] };
type More = Omit<Partial<JobOptions>, "phase" | "runId">;

/** Jobs of a repository's workflow runs, as the reusable workflows ask for them. */
export interface Jobs {
  start(runId: number, phase: string, more?: More): Job;
  /** Ends green. */
  green(runId: number, phase: string, more?: More): Promise<Ended>;
  /** Ends red. */
  red(runId: number, phase: string, more?: More): Promise<Ended>;
}

/** `same`: what every job is given; a job's own inputs are added to its inputs. */
export function jobsOf(world: World, github: GitHubSandbox, same: More): Jobs {
  const start: Jobs["start"] = (runId, phase, more = {}) =>
    world.start({
      ...same,
      ...more,
      runId: String(runId),
      phase,
      inputs: { "github-token": github.token.value, ...same.inputs, ...more.inputs },
      environment: {
        GITHUB_API_URL: github.url,
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_REPOSITORY: `${github.repository.owner}/${github.repository.name}`,
        GITHUB_SHA: SHA,
        ...same.environment,
        ...more.environment,
      },
    });
  const ended = async (exitCode: number, job: Job): Promise<Ended> => {
    const result = { ...(await job.result), journal: job.journal() };
    expect(result.exitCode, result.log).toBe(exitCode);
    return result;
  };
  return {
    start,
    green: (runId, phase, more) => ended(0, start(runId, phase, more)),
    red: (runId, phase, more) => ended(1, start(runId, phase, more)),
  };
}

/** What a job that a person started by hand has in its environment. */
export const byHand = (login: string): Readonly<Record<string, string>> => ({
  GITHUB_EVENT_NAME: "workflow_dispatch",
  GITHUB_ACTOR: login,
  GITHUB_TRIGGERING_ACTOR: login,
});

/** Every Deployment, oldest first: its rollout, and each state that it came to. */
export function deploymentsOf(github: GitHubSandbox): readonly (readonly string[])[] {
  return github.deployments.map(({ payload, statuses }) => {
    const states = statuses.map(({ state }) => state);
    return [
      (payload as { readonly rollout: string }).rollout,
      ...states.filter((state, index) => state !== states[index - 1]),
    ];
  });
}

/** Who decided what, and their words, as a job's journal has it. */
export function decisionsIn({ journal }: Ended): readonly string[] {
  return journal.flatMap((line) =>
    line.kind === "decided" ? [`${line.what} by ${line.by}: ${line.comment ?? "-"}`] : [],
  );
}
