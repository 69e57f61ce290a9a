import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Job {
  /** As GITHUB_RUN_ID: the rollout's name. */
  readonly runId: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Further variables of the job's environment. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly endpoint: string;
  readonly region: string;
  /** An empty folder of its own: outputs, summary, journal. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** Called with the job's process once it has started: for tests that kill it. */
  readonly onStart?: (process: Killable) => void;
  /** Hears its log as it comes: for tests that wait for a word. */
  readonly onLog?: (text: string) => void;
}

/** What may be done to a job's process from outside. */
export interface Killable {
  kill(signal: NodeJS.Signals): boolean;
}

export interface JobResult {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What it saved for its post step. */
  readonly state: Readonly<Record<string, string>>;
  /** Standard output and error, as the job's log has them. */
  readonly log: string;
}

/** What of the parent's environment a job may see: no credentials, no GitHub of a surrounding workflow. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG"];

/** Where a job writes its journal. */
export function journalPathOf(folder: string): string {
  return join(folder, "journal.jsonl");
}

/** Runs the action's bundle as a runner does: a process of its own, inputs as INPUT_*, files for what it says. */
export async function runJob(mainBundle: string, job: Job): Promise<JobResult> {
  const outputPath = join(job.folder, "output");
  const summaryPath = join(job.folder, "summary.md");
  const statePath = join(job.folder, "state");
  for (const path of [outputPath, summaryPath, statePath]) writeFileSync(path, "");
  const child = spawn(process.execPath, [mainBundle], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...inherited(),
      ...inputVariables({ journal: journalPathOf(job.folder), ...job.inputs }),
      AWS_ENDPOINT_URL: job.endpoint,
      AWS_REGION: job.region,
      AWS_ACCESS_KEY_ID: "AKIASANDBOX000000001",
      AWS_SECRET_ACCESS_KEY: "sandbox",
      GITHUB_RUN_ID: job.runId,
      GITHUB_OUTPUT: outputPath,
      GITHUB_STEP_SUMMARY: summaryPath,
      GITHUB_STATE: statePath,
      RUNNER_TEMP: job.folder,
      ...job.environment,
    },
  });
  job.onStart?.(child);
  const cancel = (): void => void child.kill("SIGINT");
  job.signal?.addEventListener("abort", cancel, { once: true });
  let log = "";
  const collect = (chunk: Buffer): void => {
    const text = chunk.toString("utf8");
    log += text;
    job.onLog?.(text);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const [exitCode] = (await once(child, "close")) as [number | null];
  job.signal?.removeEventListener("abort", cancel);
  return {
    exitCode,
    outputs: parseOutputs(readFileSync(outputPath, "utf8")),
    summary: readFileSync(summaryPath, "utf8"),
    state: parseOutputs(readFileSync(statePath, "utf8")),
    log,
  };
}

function inherited(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
}

/** Input `task-definition` becomes INPUT_TASK-DEFINITION: upper case, blanks to underscores (actions/toolkit). */
function inputVariables(inputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}

/** GITHUB_OUTPUT and GITHUB_STATE have `name<<DELIMITER`, lines, `DELIMITER`; the last of a name counts. */
function parseOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  for (const [, name, , value] of text.matchAll(/^([^\n=]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)) {
    if (name) outputs[name] = value ?? "";
  }
  return outputs;
}
