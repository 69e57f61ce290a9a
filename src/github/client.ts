import { setTimeout as delay } from "node:timers/promises";
import type { getOctokit } from "@actions/github";

/** The calls of GitHub's REST API, by their names in its reference. */
export type GitHubApi = ReturnType<typeof getOctokit>["rest"];

/** The repository that every call is about. */
export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** What GitHub said to a call, or why that is of no use. `missing` is its 404. */
export type Answer<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "missing" }
  /** It may pass: GitHub is down, slow, or limits its callers. */
  | { readonly kind: "unavailable"; readonly why: string }
  /** It will not pass: the token may not, or GitHub takes no such request. */
  | { readonly kind: "refused"; readonly why: string };

export interface GitHubClient {
  /**
   * Never rejects, and ends within two tries of `callMs` each. `permission` is what the job needs for it, as a workflow
   * writes it. Only what is `repeatable` is tried again.
   */
  ask<T>(
    permission: string,
    call: (api: GitHubApi, repository: Repository) => Promise<T>,
    options?: { readonly repeatable?: boolean },
  ): Promise<Answer<T>>;
}

/** In milliseconds. */
export interface ClientLimits {
  readonly callMs: number;
  /** Before the second try. */
  readonly pauseMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
/** A call that never came to GitHub has neither status nor headers. */
type Failure = {
  readonly message: string;
  readonly status?: number;
  readonly response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
};

const LIMITS: ClientLimits = { callMs: 10_000, pauseMs: 1_000 };
const TRIES = 2;

/** Talks to the API at GITHUB_API_URL about GITHUB_REPOSITORY, through the runner's proxy where it has one. */
export function createClient(
  environment: Environment,
  token: string,
  limits: ClientLimits = LIMITS,
): GitHubClient {
  const { GITHUB_API_URL: baseUrl = "https://api.github.com", GITHUB_REPOSITORY = "" } = environment;
  const [owner, repo] = GITHUB_REPOSITORY.split("/");
  let opened: Promise<GitHubApi> | undefined;
  return {
    async ask(permission, call, { repeatable = true } = {}) {
      if (!token) return { kind: "refused", why: "input github-token is empty" };
      if (!owner || !repo) return { kind: "refused", why: "GITHUB_REPOSITORY names no repository" };
      for (let left = repeatable ? TRIES : 1; ; ) {
        const answer = await answerOf(permission, async () => {
          opened ??= openApi(baseUrl, token, limits.callMs);
          return call(await opened, { owner, repo });
        });
        if (answer.kind !== "unavailable" || --left === 0) return answer;
        await delay(limits.pauseMs);
      }
    },
  };
}

/** Loaded when it is first needed: most of what a job does on AWS needs no GitHub. */
async function openApi(baseUrl: string, token: string, callMs: number): Promise<GitHubApi> {
  const { getOctokit } = await import("@actions/github");
  const octokit = getOctokit(token, { baseUrl });
  octokit.hook.before("request", (options) => {
    options.request = { ...options.request, signal: AbortSignal.timeout(callMs) };
  });
  return octokit.rest;
}

async function answerOf<T>(permission: string, call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: "ok", value: await call() };
  } catch (error) {
    return failureOf(permission, error as Failure);
  }
}

function failureOf(permission: string, { message, status, response }: Failure): Answer<never> {
  const headers = response?.headers ?? {};
  if (!response || status === undefined) return unavailable(message);
  if (status === 404) return { kind: "missing" };
  if (status === 429 || isRateLimit(status, headers)) return unavailable("GitHub limits this job's calls");
  if (status === 403) return { kind: "refused", why: `the job lacks \`${permission}\`` };
  if (status === 401) return { kind: "refused", why: "GitHub does not know the token in input github-token" };
  if (status >= 500 || status === 408) return unavailable(`GitHub answers ${status}`);
  return { kind: "refused", why: `GitHub refuses it: ${onOneLine(message)}` };
}

/** GitHub's limits also answer 403, with a time to wait or with nothing left. */
function isRateLimit(status: number, headers: Readonly<Record<string, string | undefined>>): boolean {
  return status === 403 && (headers["retry-after"] !== undefined || headers["x-ratelimit-remaining"] === "0");
}

function unavailable(why: string): Answer<never> {
  return { kind: "unavailable", why: onOneLine(why) };
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 200);
}
