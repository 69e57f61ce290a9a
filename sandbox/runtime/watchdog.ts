import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";

/** Kills what a sandbox has started if the sandbox itself dies, however it dies. */
export interface Watchdog {
  watch(processGroup: number): void;
  forget(processGroup: number): void;
  close(): void;
}

/**
 * The watchdog's own program: it learns the process groups over its standard input, which the system closes
 * when the sandbox is gone, and then kills those that are left.
 */
const PROGRAM = `
const groups = new Set();
let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => {
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines) {
    const group = Number(line.slice(1));
    if (line[0] === "+") groups.add(group);
    else groups.delete(group);
  }
});
process.stdin.on("end", () => {
  for (const group of groups) try { process.kill(-group, "SIGKILL"); } catch {}
});
`;

/** Starts one small process, in a group of its own so that a Ctrl-C for the sandbox does not end it. */
export function startWatchdog(): Watchdog {
  const dog = spawn(process.execPath, ["-e", PROGRAM], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: {},
  });
  dog.on("error", () => undefined);
  dog.stdin.on("error", () => undefined);
  keepNothingAlive(dog);
  return {
    watch: (processGroup) => void dog.stdin.write(`+${processGroup}\n`),
    forget: (processGroup) => void dog.stdin.write(`-${processGroup}\n`),
    close: () => void dog.stdin.end(),
  };
}

function keepNothingAlive(dog: ChildProcess): void {
  dog.unref();
  if (dog.stdin instanceof Socket) dog.stdin.unref();
}
