import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";
import { type ActJob, ActLog } from "./act-log.ts";
import { RELEASE } from "./rewrites.ts";

export interface ActOptions {
  /** The caller's repository. */
  readonly folder: string;
  /** A folder of its own, for what act keeps. */
  readonly home: string;
  /** The starter's file, below the folder's .github/workflows/. */
  readonly workflow: string;
  readonly event: "workflow_dispatch" | "schedule";
  /** Of the dispatch. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Repository variables: `vars`. */
  readonly variables: Readonly<Record<string, string>>;
  /** What every step has in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly token: string;
  /** The folder of the release under test. */
  readonly release: string;
  /** Folders for "OWNER/NAME@REF" of others' actions. */
  readonly standIns: Readonly<Record<string, string>>;
}

export interface ActResult {
  readonly exitCode: number | null;
  /** By id, in the order in which they began. */
  readonly jobs: ReadonlyMap<string, ActJob>;
  /** All that act wrote. */
  readonly log: string;
}

export interface ActRun {
  readonly result: Promise<ActResult>;
  /** Jobs so far. */
  jobs(): ReadonlyMap<string, ActJob>;
  /** Cancels the run. act gives the step that runs no time: it ends as if its runner were lost. */
  cancel(): void;
  /** Ends act and its steps at once. */
  kill(): void;
}

const ACT = resolve(".tools/bin/act");
/** No run lasts longer: it is ended then. */
export const LIMIT_MS = 150_000;
/** In the log where a stand-in was asked for what it does not know. Workflows go on without their artifacts. */
const COMPLAINT = "::error title=stand-in::";

/** Starts a workflow with act in host mode: every step is a process of this machine. */
export function startAct(options: ActOptions): ActRun {
  if (!existsSync(ACT)) throw new Error(`${ACT} is missing: test/workflow/run.sh installs it`);
  const log = new ActLog();
  const child = spawn(ACT, argumentsOf(options), {
    detached: true, // a process group of its own, which ends as one
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
      HOME: options.home,
      XDG_CACHE_HOME: options.home,
      XDG_CONFIG_HOME: options.home,
    },
  });
  let hasEnded = false;
  const kill = (): void => {
    // Its steps have terminals of act's, and end when those do.
    if (!hasEnded && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  child.on("exit", () => {
    hasEnded = true;
  });
  const limit = setTimeout(kill, LIMIT_MS);
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => log.add(chunk, Date.now()));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    log.text += chunk;
  });
  const result = new Promise<ActResult>((done, fail) => {
    child.on("error", fail);
    child.on("close", (exitCode) => {
      if (log.text.includes(COMPLAINT)) fail(new Error(log.text));
      else done({ exitCode, jobs: log.jobs, log: log.text });
    });
  }).finally(() => clearTimeout(limit));
  return { result, jobs: () => log.jobs, cancel: () => void child.kill("SIGINT"), kill };
}

function argumentsOf(options: ActOptions): readonly string[] {
  const repositories = { [`${RELEASE.repository}@${RELEASE.ref}`]: options.release, ...options.standIns };
  return [
    options.event,
    ...["--directory", options.folder, "--workflows", `.github/workflows/${options.workflow}`],
    ...["--platform", "ubuntu-latest=-self-hosted", "--json", "--no-cache-server"],
    ...["--actor", "octocat", "--defaultbranch", "main", "--secret", `GITHUB_TOKEN=${options.token}`],
    ...pairs("--input", options.inputs),
    ...pairs("--var", options.variables),
    ...pairs("--env", options.environment),
    ...pairs("--local-repository", repositories),
  ];
}

function pairs(flag: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}
