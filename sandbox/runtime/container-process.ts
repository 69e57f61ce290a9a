import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { StartFailure } from "../ports.ts";

export interface ProcessToRun {
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Hears each line that it writes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** One local process, in a process group of its own, that stands for a container. */
export interface ContainerProcess {
  readonly processGroup: number;
  /** Resolves when it and everything it left behind has ended. 128 + n for a signal, as Docker counts. */
  readonly exited: Promise<{ readonly exitCode: number; readonly log: readonly string[] }>;
  /** SIGTERM, and SIGKILL if it still runs after `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
  kill(): void;
}

const KEPT_LINES = 50;
/** How long output may still arrive after a process has ended. */
const LAST_WORDS_MS = 200;

/** Starts a process without a shell. @throws StartFailure if there is no such program or directory */
export async function startProcess(toRun: ProcessToRun): Promise<ContainerProcess> {
  const [program = "", ...args] = toRun.command;
  const child = spawn(program, args, {
    cwd: toRun.directory,
    env: { ...inherited(), ...toRun.environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = keepLog(child, toRun.onLine);
  const processGroup = await started(child);
  const exited = ended(child, processGroup).then((exitCode) => ({ exitCode, log }));
  return {
    processGroup,
    exited,
    async stop(timeoutMs) {
      signalGroup(processGroup, "SIGTERM");
      const patience = new AbortController();
      const late = sleep(timeoutMs, "late" as const, { signal: patience.signal }).catch(
        () => "in time" as const,
      );
      const first = await Promise.race([exited, late]);
      patience.abort();
      if (first === "late") signalGroup(processGroup, "SIGKILL");
      await exited;
    },
    kill: () => signalGroup(processGroup, "SIGKILL"),
  };
}

/** What a program needs to start at all; no credentials and no settings of the sandbox's own process. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      reject(new StartFailure(`CannotStartContainerError: ${error.message}`));
    });
    child.once("spawn", () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

function ended(child: ChildProcess, processGroup: number): Promise<number> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      signalGroup(processGroup, "SIGKILL");
      const exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
      const timer = setTimeout(() => resolve(exitCode), LAST_WORDS_MS);
      child.once("close", () => {
        clearTimeout(timer);
        resolve(exitCode);
      });
    });
  });
}

function keepLog(child: ChildProcess, onLine: ProcessToRun["onLine"]): readonly string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        onLine?.(line);
      });
  return lines;
}

/** A group that has ended already is fine. */
function signalGroup(processGroup: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-processGroup, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM")))
      throw error;
  }
}
