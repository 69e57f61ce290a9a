import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { createLogs, type Logs } from "../../../../sandbox/logs/logs.ts";
import { type ContainerToRun, StartFailure, type TaskRuntime } from "../../../../sandbox/ports.ts";
import { settingsFrom } from "../../../../sandbox/settings.ts";
import { openGate } from "../../../../sandbox/wire/gate.ts";
import { createWireServer, type WireServer } from "../../../../sandbox/wire/server.ts";

const GROUP = "/ecs/orders";
const STREAM = "orders/app/1f2e3d";

let clock: VirtualClock;
let settings: ReturnType<typeof settingsFrom>;
let logs: Logs;
let wire: WireServer;
let client: CloudWatchLogsClient;

beforeEach(async () => {
  clock = new VirtualClock();
  settings = settingsFrom({ logDelayMs: 0, emptyLogPages: 0 });
  logs = createLogs({ clock, settings });
  wire = await createWireServer({ services: [logs.service], clock, gate: openGate });
  client = new CloudWatchLogsClient({
    endpoint: wire.url,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIA0000000000000000", secretAccessKey: "not-a-secret" },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  client.destroy();
  await wire.close();
});

/** Starts a container that logs to the group and stream, and gives what it writes with. */
async function start(awslogs: Partial<NonNullable<ContainerToRun["awslogs"]>> = {}) {
  let started: ContainerToRun | undefined;
  const runtime: TaskRuntime = {
    start: async ({ containers: [container] }) => {
      started = container;
      return { stop: async () => [], kill: async () => [] };
    },
    close: async () => undefined,
  };
  await logs.collecting(runtime).start({
    arn: "arn",
    address: "10.0.0.1",
    onExit: () => undefined,
    containers: [
      {
        name: "app",
        image: "orders:1",
        environment: {},
        command: [],
        ports: [],
        stopTimeoutMs: 0,
        awslogs: { group: GROUP, stream: STREAM, createsGroup: false, ...awslogs },
      },
    ],
  });
  return (line: string) => started?.onLine?.(line);
}

const read = (input: Partial<GetLogEventsCommandInput> = {}) =>
  client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, ...input }));

const textOf = (answer: Awaited<ReturnType<typeof read>>) => answer.events?.map(({ message }) => message);

async function startWithLines(count: number): Promise<void> {
  await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  const say = await start();
  for (let line = 1; line <= count; line++) say(`line ${line}`);
}

test("the latest page comes first, each page oldest first, and a token leads back until it is its own", async () => {
  await startWithLines(5);
  const latest = await read({ limit: 2 });
  expect(textOf(latest)).toEqual(["line 4", "line 5"]);
  const before = await read({ limit: 2, nextToken: latest.nextBackwardToken });
  expect(textOf(before)).toEqual(["line 2", "line 3"]);
  const first = await read({ limit: 2, nextToken: before.nextBackwardToken });
  expect(textOf(first)).toEqual(["line 1"]);
  const end = await read({ limit: 2, nextToken: first.nextBackwardToken });
  expect(textOf(end)).toEqual([]);
  expect(end.nextBackwardToken).toBe(first.nextBackwardToken);
});

test("from the head it goes forward, and finds what is written later", async () => {
  await startWithLines(3);
  const first = await read({ limit: 2, startFromHead: true });
  expect(textOf(first)).toEqual(["line 1", "line 2"]);
  const next = await read({ startFromHead: true, nextToken: first.nextForwardToken });
  expect(textOf(next)).toEqual(["line 3"]);
  expect(textOf(await read({ startFromHead: true, nextToken: next.nextForwardToken }))).toEqual([]);
});

test("a line can be read after its delay, with both of its times, and only within the times asked for", async () => {
  settings.logDelayMs = 3_000;
  await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  const say = await start();
  const writtenMs = clock.nowMs();
  say("early");
  await clock.advance(2_999);
  expect(textOf(await read())).toEqual([]);
  say("late");
  await clock.advance(1);
  expect((await read()).events).toEqual([
    { message: "early", timestamp: writtenMs, ingestionTime: writtenMs + 3_000 },
  ]);
  await clock.advance(3_000);
  expect(textOf(await read({ endTime: writtenMs + 2_999 }))).toEqual(["early"]);
  expect(textOf(await read({ startTime: writtenMs + 1 }))).toEqual(["late"]);
});

test("pages may be empty although there is more", async () => {
  settings.emptyLogPages = 2;
  await startWithLines(1);
  const one = await read();
  const two = await read({ nextToken: one.nextBackwardToken });
  expect([textOf(one), textOf(two)]).toEqual([[], []]);
  expect(two.nextBackwardToken).not.toBe(one.nextBackwardToken);
  expect(textOf(await read({ nextToken: two.nextBackwardToken }))).toEqual(["line 1"]);
});

test("a stream exists from its container's start; a group has to exist before it, unless the driver creates it", async () => {
  await expect(start()).rejects.toThrow(StartFailure);
  await expect(read()).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The specified log group does not exist.",
  });
  await start({ createsGroup: true });
  expect(textOf(await read())).toEqual([]);
  await expect(read({ logStreamName: "orders/app/other" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The specified log stream does not exist.",
  });
  await expect(client.send(new CreateLogGroupCommand({ logGroupName: GROUP }))).rejects.toMatchObject({
    name: "ResourceAlreadyExistsException",
  });
});

test.each([
  ["no group", { logGroupName: undefined }],
  ["a group twice", { logGroupIdentifier: GROUP }],
  ["a limit beyond AWS's", { limit: 10_001 }],
  ["a token of nobody's", { nextToken: "b/1" }],
])("it refuses %s", async (_name, input) => {
  await startWithLines(1);
  await expect(read(input)).rejects.toMatchObject({ name: "InvalidParameterException" });
});
