import { type Clock, realClock } from "../clock.ts";
import { createApi, type HttpAnswer, type HttpRequest } from "./api.ts";
import type { CallRecord, Violation } from "./calls.ts";
import { commitHandlers } from "./commit-handlers.ts";
import { createCommits } from "./commits.ts";
import { deploymentHandlers } from "./deployments.ts";
import { description } from "./description.ts";
import { dispatchHandlers } from "./dispatches.ts";
import { environmentHandlers } from "./environments.ts";
import { claimsOf, type JobIdentity, TOKEN_PATH, tokenOf } from "./identity.ts";
import { createOutages, type Outage } from "./outages.ts";
import { reviewHandlers } from "./reviews.ts";
import { runHandlers } from "./runs.ts";
import { listen } from "./server.ts";
import { defaultSettings, type GitHubSettings } from "./settings.ts";
import { statusHandlers } from "./statuses.ts";
import { createSteering, type Steering } from "./steering.ts";
import type { Permissions, Token } from "./tokens.ts";
import type { DeploymentRecord, Repository, World } from "./world.ts";

export interface GitHubOptions {
  readonly clock?: Clock;
  /** "OWNER/NAME". Default: "octo-org/orders". */
  readonly repository?: string;
  /** The token that a job has. Default: "ghs_sandbox". */
  readonly token?: string;
  /** Of that token. Default: what the workflows of this repository grant to the jobs that act on AWS. */
  readonly permissions?: Permissions;
  readonly settings?: Partial<GitHubSettings>;
}

export interface GitHubSandbox extends Steering {
  /** For GITHUB_API_URL. */
  readonly url: string;
  readonly repository: Repository;
  /** The token that a job has; its permissions may be changed. */
  readonly token: Token & { readonly value: string };
  /** Live: what is changed here changes GitHub's behaviour from now on. */
  readonly settings: GitHubSettings;
  /** Every call that has ended, in order. */
  readonly calls: readonly CallRecord[];
  /** Requests that do not fit GitHub's description. */
  readonly violations: readonly Violation[];
  /** Oldest first, with all their statuses. */
  readonly deployments: readonly DeploymentRecord[];
  /** Another token, for somebody with other permissions. */
  addToken(value: string, login: string, permissions: Permissions): Token;
  /** GitHub is not what it should be from now on; the returned function ends that. */
  fail(outage: Outage): () => void;
  /** What a runner gives to a job with `id-token: write`: ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN. */
  idTokenEnvironment(job?: JobIdentity): Readonly<Record<string, string>>;
  /** Rejects where an answer of the sandbox's own did not fit GitHub's description. */
  close(): Promise<void>;
}

const JOB_PERMISSIONS: Permissions = { actions: "read", contents: "read", deployments: "write" };
const JOB_LOGIN = "github-actions[bot]";

/** GitHub's API with one repository, as far as Sluice uses it. Nothing of it outlives `close`. */
export async function createGitHub(options: GitHubOptions = {}): Promise<GitHubSandbox> {
  const world = createWorld(options);
  const violations: Violation[] = [];
  const calls: CallRecord[] = [];
  const outages = createOutages();
  const identities = new Map<string, JobIdentity>();
  const value = options.token ?? "ghs_sandbox";
  const token = { value, login: JOB_LOGIN, permissions: options.permissions ?? JOB_PERMISSIONS };
  const tokens = new Map<string, Token>([[value, token]]);
  const { operations } = description;
  const api = createApi({
    world,
    operations,
    handlers: handlersOf(world),
    tokens,
    outages,
    calls,
    violations,
  });
  const server = await listen(
    (request) => idTokenAnswer(world, identities, request) ?? api(request),
    (error) => violations.push({ kind: "answer", call: "a request", problems: [String(error)] }),
  );
  world.apiUrl = server.url;
  return {
    ...createSteering(world),
    url: server.url,
    repository: world.repository,
    token,
    settings: world.settings,
    calls,
    get violations() {
      return violations.filter(({ kind }) => kind === "request");
    },
    deployments: world.deployments,
    addToken(key, login, permissions) {
      const added = { login, permissions };
      tokens.set(key, added);
      return added;
    },
    fail: outages.add,
    idTokenEnvironment(job = {}) {
      const key = `oidc-${identities.size + 1}`;
      identities.set(key, job);
      return {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}${TOKEN_PATH}?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: key,
      };
    },
    async close() {
      await server.close();
      const ours = violations.filter(({ kind }) => kind === "answer");
      if (ours.length > 0) throw new Error(`Answers of the sandbox were wrong: ${JSON.stringify(ours)}`);
    },
  };
}

function createWorld({ clock = realClock, repository = "octo-org/orders", settings }: GitHubOptions): World {
  const [owner = "", name = ""] = repository.split("/");
  let lastId = 1000;
  return {
    clock,
    settings: { ...defaultSettings, ...settings },
    repository: { owner, name, id: 700_001, ownerId: 600_001, defaultBranch: "main" },
    commits: createCommits("main"),
    environments: [],
    deployments: [],
    runs: [],
    workflows: [],
    apiUrl: "",
    nextId: () => ++lastId,
  };
}

function handlersOf(world: World) {
  return {
    ...deploymentHandlers(world),
    ...statusHandlers(world),
    ...environmentHandlers(world),
    ...runHandlers(world),
    ...reviewHandlers(world),
    ...dispatchHandlers(world),
    ...commitHandlers(world),
  };
}

/** The runner's own endpoint; undefined for any other. */
function idTokenAnswer(
  world: World,
  identities: ReadonlyMap<string, JobIdentity>,
  { path, headers }: HttpRequest,
): HttpAnswer | undefined {
  const [where, query] = path.split("?");
  if (where !== TOKEN_PATH) return undefined;
  const job = identities.get(headers.authorization?.replace(/^bearer /i, "") ?? "");
  if (!job) return { status: 401, body: { message: "Unauthorized" }, headers: {} };
  const audience =
    new URLSearchParams(query).get("audience") ?? `https://github.com/${world.repository.owner}`;
  return { status: 200, body: { value: tokenOf(claimsOf(world, job, audience)) }, headers: {} };
}
