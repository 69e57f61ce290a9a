import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type ContainerExit, StartFailure, type TaskToRun } from "../../../../sandbox/ports.ts";
import { createHttpProber } from "../../../../sandbox/runtime/http-prober.ts";
import { createProcessRuntime, type ProcessRuntime } from "../../../../sandbox/runtime/processes.ts";

const SERVER = `
const http = require("node:http");
process.on("SIGTERM", () => { if (!process.env.STUBBORN) { console.log("bye"); process.exit(0); } });
for (let n = 0; n < 60; n++) console.log("line " + n);
http.createServer((request, response) => {
  if (request.url === "/exit") process.exit(7);
  if (request.url === "/slow") return;
  response.writeHead(request.url === "/bad" ? 500 : 200);
  response.end(JSON.stringify({ pid: process.pid, env: process.env }));
}).listen(Number(process.env.PORT), process.env.HOST);
`;
const images = {
  "shop/orders:1": { command: ["node", "server.cjs"], environment: { VERSION: "1" }, digest: "a".repeat(64) },
  "shop/typo:1": { command: ["no-such-program-anywhere"] },
};

let directory = "";
const open: ProcessRuntime[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-processes-"));
  await writeFile(join(directory, "server.cjs"), SERVER);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((runtime) => runtime.close()));
});

afterAll(() => rm(directory, { recursive: true }));

function newRuntime(speed = 1): ProcessRuntime {
  const runtime = createProcessRuntime({ images, directory, settings: { speed } });
  open.push(runtime);
  return runtime;
}

function taskToRun(over: { image?: string; environment?: Record<string, string>; address?: string } = {}) {
  const exits: ContainerExit[] = [];
  const task: TaskToRun = {
    arn: "arn:aws:ecs:eu-west-1:111111111111:task/shop/1",
    address: over.address ?? "10.0.0.10",
    onExit: (exit) => exits.push(exit),
    containers: [
      {
        name: "app",
        image: over.image ?? "shop/orders:1",
        environment: { GREETING: "hello", ...over.environment },
        command: [],
        ports: [{ containerPort: 8080, hostPort: 8080 }],
        stopTimeoutMs: 2000,
      },
    ],
  };
  return { task, exits };
}

async function ask(runtime: ProcessRuntime, path: string, address = "10.0.0.10"): Promise<Response> {
  const found = runtime.addresses.resolve(address, 8080);
  if (!found) throw new Error("no address");
  return await fetch(`http://${found.host}:${found.port}${path}`);
}

async function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await look();
    } catch (error) {
      if (tries > 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test("a task serves at its virtual address, with its environment and no more of the sandbox's than it needs", async () => {
  process.env.AWS_SECRET_ACCESS_KEY = "not for tasks";
  const runtime = newRuntime();
  const running = await runtime.start(taskToRun().task);
  await runtime.start(
    taskToRun({ address: "10.0.1.10", image: `shop/orders@sha256:${"a".repeat(64)}` }).task,
  );
  const answers = await Promise.all(
    ["10.0.0.10", "10.0.1.10"].map((address) =>
      eventually(async (): Promise<unknown> => (await ask(runtime, "/", address)).json()),
    ),
  );
  delete process.env.AWS_SECRET_ACCESS_KEY;
  expect(answers[0]).toMatchObject({ env: { VERSION: "1", GREETING: "hello", HOST: "127.0.0.1" } });
  expect(JSON.stringify(answers)).not.toContain("not for tasks");
  expect(answers[0]).not.toMatchObject({ pid: (answers[1] as { pid: number }).pid });
  expect(running.imageDigests).toEqual({ app: `sha256:${"a".repeat(64)}` });
});

test("stopping sends SIGTERM; the address is gone, and onExit is not called", async () => {
  const runtime = newRuntime();
  const { task, exits } = taskToRun();
  const running = await runtime.start(task);
  await eventually(() => ask(runtime, "/"));
  const [exit] = await running.stop();
  expect(exit).toMatchObject({ container: "app", exitCode: 0 });
  expect(exit?.log).toHaveLength(50);
  expect(exit?.log.at(-1)).toBe("bye");
  expect(runtime.addresses.resolve("10.0.0.10", 8080)).toBeUndefined();
  expect(exits).toEqual([]);
});

test("a container that ignores SIGTERM is killed after its stop timeout, shortened by the speed", async () => {
  const runtime = newRuntime(10);
  const running = await runtime.start(taskToRun({ environment: { STUBBORN: "1" } }).task);
  await eventually(() => ask(runtime, "/"));
  const beganMs = performance.now();
  expect(await running.stop()).toMatchObject([{ exitCode: 137 }]);
  const tookMs = performance.now() - beganMs;
  expect(tookMs).toBeGreaterThan(180);
  expect(tookMs).toBeLessThan(1500);
});

test("a container that ends by itself is reported with its exit code and last lines", async () => {
  const runtime = newRuntime();
  const { task, exits } = taskToRun();
  await runtime.start(task);
  await eventually(() => ask(runtime, "/"));
  await ask(runtime, "/exit").catch(() => undefined);
  await eventually(() => expect(exits).toMatchObject([{ container: "app", exitCode: 7 }]));
  expect(exits[0]?.log.at(-1)).toBe("line 59");
});

test.each([
  ["shop/orders:404", /^CannotPullContainerError: .*shop\/orders:404/],
  [`other/orders@sha256:${"a".repeat(64)}`, /^CannotPullContainerError/],
  ["shop/typo:1", /^CannotStartContainerError: .*no-such-program-anywhere/],
])("%s does not start", async (image, message) => {
  const started = newRuntime().start(taskToRun({ image }).task);
  await expect(started).rejects.toBeInstanceOf(StartFailure);
  await expect(started).rejects.toThrow(message);
});

test("health checks: matcher, connection refused, timeout", async () => {
  const runtime = newRuntime();
  const prober = createHttpProber(runtime.addresses);
  const check = { protocol: "HTTP", path: "/", port: 8080, timeoutMs: 300, matcher: "200-299" };
  const target = { id: "10.0.0.10", port: 8080 };
  expect(await prober.probe(target, check)).toMatchObject({ reason: "Target.FailedHealthChecks" });
  await runtime.start(taskToRun().task);
  await eventually(() => ask(runtime, "/"));
  expect(await prober.probe(target, check)).toEqual({ healthy: true });
  expect(await prober.probe(target, { ...check, path: "/bad" })).toEqual({
    healthy: false,
    reason: "Target.ResponseCodeMismatch",
    description: "Health checks failed with these codes: [500]",
  });
  expect(await prober.probe(target, { ...check, path: "/slow" })).toMatchObject({ reason: "Target.Timeout" });
});

test("no process survives close, nor a sandbox that is killed", async () => {
  const program = `
    import { createProcessRuntime } from "${new URL("../../../../sandbox/runtime/processes.ts", import.meta.url)}";
    const options = JSON.parse(process.env.OPTIONS);
    const runtime = createProcessRuntime(options.runtime);
    await runtime.start({ ...options.task, onExit() {} });
    const { host, port } = runtime.addresses.resolve("10.0.0.10", 8080);
    for (;;) {
      try {
        console.log((await (await fetch(\`http://\${host}:\${port}/\`)).json()).pid);
        break;
      } catch { await new Promise((resolve) => setTimeout(resolve, 20)); }
    }
    setInterval(() => {}, 1000);
  `;
  const options = { runtime: { images, directory, settings: { speed: 1 } }, task: taskToRun().task };
  const sandbox = spawn(process.execPath, ["--input-type=module", "-e", program], {
    env: { PATH: process.env.PATH, OPTIONS: JSON.stringify(options) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = await new Promise<number>((resolve) => {
    createInterface({ input: sandbox.stdout }).once("line", (line) => resolve(Number(line)));
  });
  expect(isAlive(pid)).toBe(true);
  sandbox.kill("SIGKILL");
  await eventually(() => expect(isAlive(pid)).toBe(false));

  const runtime = newRuntime();
  await runtime.start(taskToRun({ environment: { STUBBORN: "1" } }).task);
  const own = await eventually(async () => (await ask(runtime, "/")).json() as Promise<{ pid: number }>);
  await runtime.close();
  expect(isAlive(own.pid)).toBe(false);
  await expect(runtime.start(taskToRun().task)).rejects.toBeInstanceOf(StartFailure);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
