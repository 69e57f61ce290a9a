import { setTimeout as sleep } from "node:timers/promises";
import type { ImageDefinition } from "../../../sandbox/definition.ts";
import type { ContainerExit, RunningTask } from "../../../sandbox/ports.ts";
import { createProcessRuntime } from "../../../sandbox/runtime/processes.ts";
import { SluiceError } from "../../core/errors.ts";
import { USER_AGENT } from "./app.ts";
import { onOneLine } from "./words.ts";

export interface Trial {
  readonly image: ImageDefinition;
  readonly healthPath: string;
  readonly paths: readonly string[];
  /** How long it may take to answer. */
  readonly timeoutMs: number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

const ADDRESS = "10.0.0.1";
const CONTAINER_PORT = 8080;
const STOP_TIMEOUT_MS = 3_000;
const POLL_MS = 100;
const SHOWN_LINES = 10;

/**
 * Starts the app once, by itself, and asks what health checks and users will ask. Throws "configuration" with
 * what it wrote, where it ends or does not answer. Nothing of it is left running.
 */
export async function tryApp(trial: Trial): Promise<void> {
  const runtime = createProcessRuntime({
    images: { app: trial.image },
    directory: process.cwd(),
    settings: { speed: 1 },
  });
  try {
    let exit: ContainerExit | undefined;
    const container = {
      name: "app",
      image: "app",
      environment: {},
      command: [],
      ports: [{ containerPort: CONTAINER_PORT, hostPort: CONTAINER_PORT }],
      stopTimeoutMs: STOP_TIMEOUT_MS,
    };
    const onExit = (ended: ContainerExit): void => {
      exit = ended;
    };
    const task = await runtime.start({ arn: "trial", containers: [container], onExit, address: ADDRESS });
    const endpoint = runtime.addresses.resolve(ADDRESS, CONTAINER_PORT);
    const url = `http://${endpoint?.host}:${endpoint?.port}`;
    await untilHealthy(trial, url, task, () => exit);
    for (const path of trial.paths) await checkPath(url, path, trial.signal);
  } finally {
    await runtime.close();
  }
}

async function untilHealthy(
  trial: Trial,
  url: string,
  task: RunningTask,
  exited: () => ContainerExit | undefined,
): Promise<void> {
  const { healthPath, timeoutMs, nowMs, signal } = trial;
  const startedAtMs = nowMs();
  for (;;) {
    const seen = await statusOf(`${url}${healthPath}`, signal);
    if (seen === 200) return;
    signal.throwIfAborted();
    const exit = exited();
    if (exit) {
      const words = `--app ended with exit code ${exit.exitCode} before it answered GET ${healthPath}`;
      throw refusal(words, exit.log, "Try the command by itself: PORT=8080 HOST=127.0.0.1 COMMAND.");
    }
    if (nowMs() - startedAtMs > timeoutMs) {
      const [stopped] = await task.stop();
      const words = `--app did not answer GET ${healthPath} with 200 within ${timeoutMs / 1000} s: ${typeof seen === "number" ? `it answered ${seen}` : seen}`;
      const hint =
        typeof seen === "number"
          ? "--health-path names the path that your target group checks."
          : "It has to listen on the port of the variable PORT, at the address of HOST (127.0.0.1).";
      throw refusal(words, stopped?.log ?? [], hint);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function checkPath(url: string, path: string, signal: AbortSignal): Promise<void> {
  const seen = await statusOf(`${url}${path}`, signal);
  if (typeof seen === "number" && seen < 400) return;
  const what = typeof seen === "number" ? `it answered ${seen}` : seen;
  throw refusal(
    `--app does not serve GET ${path}, which the load asks for: ${what}`,
    [],
    "--path names what your users ask for; it can be given several times.",
  );
}

/** The status, or why there is none. */
async function statusOf(url: string, signal: AbortSignal): Promise<number | string> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
    const answer = await fetch(url, {
      redirect: "manual",
      signal: patience,
      headers: { "user-agent": USER_AGENT, connection: "close" },
    });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function refusal(words: string, log: readonly string[], hint: string): SluiceError {
  const shown = log.slice(-SHOWN_LINES).map((line) => `  | ${onOneLine(line)}`);
  const said = shown.length > 0 ? [`${words}. Its last words:`, ...shown] : [`${words}. It wrote nothing.`];
  return new SluiceError("configuration", said.join("\n"), { hint });
}
