import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { createGitHub, type GitHubSandbox } from "../../sandbox/github/github.ts";
import { specText } from "../sandbox/orders.ts";
import { openWorld, type World, type WorldOptions } from "../sandbox/world.ts";
import { type ActOptions, type ActResult, type ActRun, startAct } from "./act.ts";
import { createCaller, type Promotion } from "./caller.ts";

export interface SceneOptions {
  /** Over the quick spec of the tests. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Default: by dispatch. */
  readonly promotion?: Promotion;
  /** Whether the repository variable with the role is set. Default: it is. */
  readonly hasRole?: boolean;
  /** Of the sandbox, over the quick ones of the tests. */
  readonly settings?: NonNullable<WorldOptions["settings"]>;
  /** Whether jobs may end without their post step, as on a lost runner. Default: they may not. */
  readonly losesRunners?: boolean;
}

export interface Trigger {
  /** Of the run, and so the name of a rollout that it begins. */
  readonly runId: number;
  /** Default: workflow_dispatch. */
  readonly event?: ActOptions["event"];
  readonly inputs?: Readonly<Record<string, string>>;
}

/** A user's repository with all starters, the AWS and the GitHub that it talks to. */
export interface Scene {
  readonly world: World;
  readonly github: GitHubSandbox;
  /** The commit that all runs are of. */
  readonly sha: string;
  /** Starts the starter `workflow`, e.g. "canary.yml". */
  start(workflow: string, trigger: Trigger): ActRun;
  /** Starts it, and waits for its end. */
  run(workflow: string, trigger: Trigger): Promise<ActResult>;
  /** Names of a run's artifacts, sorted. */
  artifacts(runId: number): Promise<readonly string[]>;
  /** Where an artifact's files are. */
  artifactFolder(runId: number, name: string): string;
  /** Kills runs that still go on, and closes all. */
  close(): Promise<void>;
}

const PRODUCTION = "production";
export const APPROVAL = "production-approval";
const ROLE = "arn:aws:iam::123456789012:role/orders-release";

export async function openScene(options: SceneOptions): Promise<Scene> {
  const root = await mkdtemp(join(tmpdir(), "sluice-workflow-"));
  const folder = join(root, "orders");
  const artifacts = join(root, "artifacts");
  const [world, github] = await Promise.all([
    openWorld({ settings: options.settings ?? {} }),
    createGitHub(),
  ]);
  const { owner, name } = github.repository;
  const sha = await createCaller(folder, {
    repository: `${owner}/${name}`,
    spec: specText({ with: options.spec }),
    promotion: options.promotion ?? "by dispatch",
  });
  github.addEnvironment({ name: PRODUCTION });
  github.addEnvironment({ name: APPROVAL, reviewers: ["octocat"] });
  const runs: ActRun[] = [];
  const scene: Scene = {
    world,
    github,
    sha,
    start(workflow, { runId, event = "workflow_dispatch", inputs = {} }) {
      github.addRun({ id: runId, workflow, event, headSha: sha });
      const run = startAct({
        folder,
        home: join(root, `home-${runId}`),
        workflow,
        event,
        inputs,
        variables: options.hasRole === false ? {} : { SLUICE_ROLE: ROLE },
        environment: {
          AWS_ENDPOINT_URL: world.sandbox.endpoint,
          GITHUB_API_URL: github.url,
          GITHUB_RUN_ID: String(runId),
          STAND_IN_ARTIFACTS: artifacts,
          ...github.idTokenEnvironment({ environment: PRODUCTION, runId }),
        },
        token: github.token.value,
        release: inject(options.losesRunners ? "releaseWithoutPost" : "release"),
        standIns: inject("standIns"),
      });
      runs.push(run);
      return run;
    },
    async run(workflow, trigger) {
      const run = scene.start(workflow, trigger);
      const result = await run.result;
      github.finishRun(trigger.runId, result.exitCode === 0 ? "success" : "failure");
      return result;
    },
    artifacts: async (runId) => (await readdir(join(artifacts, String(runId))).catch(() => [])).sort(),
    artifactFolder: (runId, artifact) => join(artifacts, String(runId), artifact),
    async close() {
      for (const run of runs) run.kill();
      await Promise.all(runs.map(({ result }) => result));
      await Promise.all([world.close(), github.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
  return scene;
}
