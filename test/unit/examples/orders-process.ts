import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("../../../examples/orders/server.mjs", import.meta.url));

/** A process of the example service, as a test sees it. */
export interface OrdersProcess {
  /** "http://127.0.0.1:<port>". */
  readonly url: string;
  readonly port: number;
  readonly exited: Promise<Exit>;
  terminate(): void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly log: readonly string[];
}

const running = new Set<ChildProcess>();

/** Ends whatever a test left running. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Starts it on a free port and resolves when it listens; rejects when it ended before that. */
export async function startOrders(env: Readonly<Record<string, string>> = {}): Promise<OrdersProcess> {
  const { child, log, exited } = launch(env);
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const found = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log.join("\n"));
      if (found) resolve(Number(found[1]));
    });
    void exited.then((exit) => reject(new Error(`ended with ${exit.code}: ${exit.log.join(" | ")}`)));
  });
  return { url: `http://127.0.0.1:${port}`, port, exited, terminate: () => child.kill("SIGTERM") };
}

/** Starts it and waits for its end. */
export function runOrders(env: Readonly<Record<string, string>>): Promise<Exit> {
  return launch(env).exited;
}

function launch(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [SERVER], {
    env: { PORT: "0", HOST: "127.0.0.1", VERSION: "7", WARM_UP_SECONDS: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => log.push(...chunk.toString().trimEnd().split("\n")));
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal, log });
    });
  });
  return { child, log, exited };
}
