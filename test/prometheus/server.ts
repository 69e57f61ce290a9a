import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface PrometheusProcess {
  readonly url: string;
  close(): Promise<void>;
}

/** A target's port, and the label that tells the versions apart, as service discovery for ECS sets it. */
export interface Target {
  readonly port: number;
  readonly taskSet: string;
}

const READY_WITHIN_MS = 30_000;

/** A Prometheus of its own that scrapes each second. */
export const startPrometheus = (targets: readonly Target[]): Promise<PrometheusProcess> =>
  runPrometheus(configOf(targets));

/** A Prometheus with a configuration as prometheus.yml has it. Its data is in a folder that is removed with it. */
export async function runPrometheus(config: object): Promise<PrometheusProcess> {
  const binary = process.env.PROMETHEUS;
  if (!binary) throw new Error("PROMETHEUS names no binary: scripts/with-prometheus.sh sets it");
  const folder = mkdtempSync(join(tmpdir(), "sluice-prometheus-"));
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    binary,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const log: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => log.push(chunk.toString()));
  const close = async (): Promise<void> => {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(`http://${address}/-/ready`, child, log);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://${address}`, close };
}

/** JSON is YAML, too. */
function configOf(targets: readonly Target[]) {
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      {
        job_name: "orders",
        static_configs: targets.map(({ port, taskSet }) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { task_set: taskSet },
        })),
      },
    ],
  };
}

async function ready(url: string, child: ChildProcess, log: readonly string[]): Promise<void> {
  const endMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`Prometheus ended: ${log.join("")}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`Prometheus was not ready in time: ${log.join("")}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
