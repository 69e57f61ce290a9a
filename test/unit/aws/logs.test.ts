import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realClock } from "../../../sandbox/clock.ts";
import { createLogs } from "../../../sandbox/logs/logs.ts";
import type { ContainerToRun, TaskRuntime } from "../../../sandbox/ports.ts";
import { settingsFrom } from "../../../sandbox/settings.ts";
import { openGate } from "../../../sandbox/wire/gate.ts";
import { createWireServer, type WireServer } from "../../../sandbox/wire/server.ts";
import { AwsError } from "../../../sandbox/wire/service.ts";
import { type Clients, createClients } from "../../../src/aws/clients.ts";
import { lastLogLines } from "../../../src/aws/logs.ts";
import type { TaskStop } from "../../../src/core/observation.ts";
import { setEnvironment } from "../../environment.ts";

const TASK = "arn:aws:ecs:eu-west-1:123456789012:task/shop/1f2e3d";
const GROUP = "/ecs/orders";

let refused: AwsError | undefined;
let isMute = false;
let wire: WireServer;
let logs: ReturnType<typeof createLogs>;
let clients: Clients;
let restore: () => void;

beforeEach(async () => {
  refused = undefined;
  isMute = false;
  logs = createLogs({ clock: realClock, settings: settingsFrom({ logDelayMs: 0, emptyLogPages: 1 }) });
  wire = await createWireServer({
    services: [logs.service],
    clock: realClock,
    gate: {
      ...openGate,
      before: () =>
        isMute ? { kind: "hang" } : refused ? { kind: "refuse", error: refused } : { kind: "pass" },
    },
  });
  restore = setEnvironment({
    AWS_ENDPOINT_URL: wire.url,
    AWS_ACCESS_KEY_ID: "AKIA0000000000000000",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    AWS_REGION: "eu-west-1",
  });
  clients = createClients("eu-west-1");
});

afterEach(async () => {
  restore();
  await wire.close();
});

/** A container of the task, which writes these lines. */
async function ran(name: string, lines: readonly string[]): Promise<void> {
  const runtime: TaskRuntime = {
    start: async ({ containers: [container] }) => {
      for (const line of lines) container?.onLine?.(line);
      return { stop: async () => [], kill: async () => [] };
    },
    close: async () => undefined,
  };
  const container: ContainerToRun = {
    name,
    image: "orders:1",
    environment: {},
    command: [],
    ports: [],
    stopTimeoutMs: 0,
    awslogs: { group: GROUP, stream: `orders/${name}/1f2e3d`, createsGroup: true },
  };
  const task = { arn: TASK, address: "10.0.0.1", containers: [container], onExit: () => undefined };
  await logs.collecting(runtime).start(task);
}

const awslogs = (name: string, options: Record<string, string> = {}): ContainerDefinition => ({
  name,
  logConfiguration: {
    logDriver: "awslogs",
    options: {
      "awslogs-group": GROUP,
      "awslogs-region": "eu-west-1",
      "awslogs-stream-prefix": "orders",
      ...options,
    },
  },
});

const stopOf = (exits: TaskStop["exits"]): TaskStop => ({
  taskArn: TASK,
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  stoppedAtMs: 0,
  exits,
});

const read = (containers: ContainerDefinition[], exits: TaskStop["exits"] = [], limitMs = 5_000) =>
  lastLogLines(clients, { containerDefinitions: containers }, stopOf(exits), AbortSignal.timeout(limitMs));

test("the last twenty lines, oldest first, behind a page that is empty", async () => {
  await ran(
    "app",
    Array.from({ length: 50 }, (_, index) => `line ${index + 1}`),
  );
  const [log] = await read([awslogs("app")]);
  expect(log?.lines).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 31}`));
  expect(log).not.toHaveProperty("missing");
});

test("no line is longer than 500 characters, and none moves a terminal; an event of several lines is so many", async () => {
  await ran("app", [
    "x".repeat(501),
    "\u001b[31mred\u001b[0m\u0007\tand plain\u0000",
    "Error: no\n    at open (db.mjs:7)\r\n\n",
    "\u2028::error::no",
  ]);
  const [log] = await read([awslogs("app")]);
  expect(log?.lines).toEqual([
    `${"x".repeat(499)}…`,
    "red\tand plain",
    "Error: no",
    "    at open (db.mjs:7)",
    "::error::no",
  ]);
});

test("the container that failed comes first; each has its own lines", async () => {
  await ran("proxy", ["proxy is fine"]);
  await ran("app", ["no database"]);
  const exits = [
    { container: "proxy", exitCode: 0 },
    { container: "app", exitCode: 1 },
  ];
  expect(await read([awslogs("proxy"), awslogs("app")], exits)).toEqual([
    { container: "app", lines: ["no database"] },
    { container: "proxy", lines: ["proxy is fine"] },
  ]);
});

test.each([
  ["no log configuration", { name: "app" }, "no log configuration"],
  [
    "another driver",
    { name: "app", logConfiguration: { logDriver: "splunk" as const } },
    "log driver is splunk",
  ],
  ["no prefix", awslogs("app", { "awslogs-stream-prefix": "" }), "cannot be told"],
  ["a stream that never began", awslogs("app"), "there is no log stream orders/app/1f2e3d of /ecs/orders"],
])("%s is said", async (_name, container, missing) => {
  const [log] = await read([container]);
  expect(log).toEqual({ container: "app", lines: [], missing: expect.stringContaining(missing) });
});

test("a container that has written nothing says so", async () => {
  await ran("app", []);
  const [log] = await read([awslogs("app")]);
  expect(log?.missing).toMatch(/^nothing is in log stream orders\/app\/1f2e3d of \/ecs\/orders yet/);
});

test("a permission that lacks is named", async () => {
  refused = new AwsError("AccessDeniedException", "not authorized");
  const [log] = await read([awslogs("app")]);
  expect(log?.missing).toContain("allow it logs:GetLogEvents (docs/how-to/permissions.md)");
});

test("any other failure is told in its own words", async () => {
  refused = new AwsError("InvalidParameterException", "odd");
  const [log] = await read([awslogs("app")]);
  expect(log?.missing).toContain("logs:GetLogEvents: InvalidParameterException: odd");
});

test("of a cancelled job it is said that it was, whoever has yet to answer", async () => {
  isMute = true;
  const cancelled = new AbortController();
  const logs = lastLogLines(
    clients,
    { containerDefinitions: [awslogs("app")] },
    stopOf([]),
    cancelled.signal,
  );
  cancelled.abort(new Error("cancelled by SIGINT"));
  expect((await logs)[0]?.missing).toBe("the job was cancelled before they were read");
});

test("whoever does not answer is not waited for", async () => {
  isMute = true;
  const beganMs = performance.now();
  const [log] = await read([awslogs("app")], [], 300);
  expect(log?.missing).toContain("did not answer in time");
  expect(performance.now() - beganMs).toBeLessThan(1_500);
});
