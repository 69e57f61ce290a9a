import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { EXAMPLE } from "./example.ts";

/** Something that answers the example service's requests. */
export interface Servers {
  readonly urls: readonly string[];
  close(): Promise<void>;
}

const START_MS = 60_000;
const STOP_MS = 10_000;

/** The command `sluice sandbox` in a process of its own: four tasks behind one listener. */
export async function startSandboxProcess(): Promise<Servers> {
  const child = start([EXAMPLE.cli, "sandbox", "--file", EXAMPLE.sandboxFile]);
  return orEnd([child], async () => {
    const line = await lineOf(child, /"loadBalancers"/);
    const url = /"url":"(http:[^"]+)"/.exec(line)?.[1];
    if (!url) throw new Error(`no listener in what the sandbox said: ${line}`);
    return [url];
  });
}

/** The same service by itself: as many processes as the sandbox has tasks, nothing in front of them. */
export async function startTasks(count: number): Promise<Servers> {
  const environment = { PORT: "0", HOST: "127.0.0.1", VERSION: "1", LAME_DUCK_SECONDS: "0" };
  const children = Array.from({ length: count }, () => start([EXAMPLE.server], environment));
  return orEnd(children, () =>
    Promise.all(
      children.map(async (child) => {
        const line = await lineOf(child, /listening on http:/);
        return line.replace(/^.*listening on /, "");
      }),
    ),
  );
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
}

async function orEnd(
  children: readonly ChildProcess[],
  urlsOf: () => Promise<readonly string[]>,
): Promise<Servers> {
  const close = async (): Promise<void> => {
    await Promise.all(children.map(end));
  };
  try {
    return { urls: await urlsOf(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The first line on standard output that matches; rejects when the process ends, or says nothing in time. */
function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`not started after ${START_MS} ms`)), START_MS);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it had started`));
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      const line = text
        .split("\n")
        .slice(0, -1)
        .find((line) => pattern.test(line));
      if (line === undefined) return;
      clearTimeout(timer);
      resolve(line);
    });
  });
}

/** SIGTERM, and SIGKILL to one that does not heed it. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}
