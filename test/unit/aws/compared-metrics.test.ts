import { afterEach, beforeEach, expect, test } from "vitest";
import { loadBalancerArn, targetGroupArn } from "../../../sandbox/arns.ts";
import { VirtualClock } from "../../../sandbox/clock.ts";
import { createCloudWatch } from "../../../sandbox/cloudwatch/cloudwatch.ts";
import { TrafficMetrics } from "../../../sandbox/elbv2/traffic/metrics.ts";
import { settingsFrom } from "../../../sandbox/settings.ts";
import { openGate } from "../../../sandbox/wire/gate.ts";
import { createWireServer, type WireServer } from "../../../sandbox/wire/server.ts";
import { type Clients, createClients } from "../../../src/aws/clients.ts";
import { comparedWindows, readComparedMetrics } from "../../../src/aws/compared-metrics.ts";
import { setEnvironment } from "../../environment.ts";

const ACCOUNT = { region: "eu-west-1", accountId: "123456789012" };
const BALANCER = loadBalancerArn(ACCOUNT, "app", "shop");
const GREEN = targetGroupArn(ACCOUNT, "orders-green");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let clock: VirtualClock;
let cloudWatch: ReturnType<typeof createCloudWatch>;
let traffic: TrafficMetrics;
let wire: WireServer;
let clients: Clients;
let restore: () => void;
let isMute = false;

beforeEach(async () => {
  isMute = false;
  clock = new VirtualClock();
  cloudWatch = createCloudWatch({ ...ACCOUNT, clock, settings: settingsFrom({ metricDelayMs: 0 }) });
  traffic = new TrafficMetrics(cloudWatch.sink);
  wire = await createWireServer({
    services: [cloudWatch.service],
    clock,
    gate: { ...openGate, before: () => ({ kind: isMute ? "hang" : "pass" }) },
  });
  restore = setEnvironment({
    AWS_ENDPOINT_URL: wire.url,
    AWS_ACCESS_KEY_ID: "AKIA0000000000000000",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
  });
  clients = createClients("eu-west-1");
});

afterEach(async () => {
  restore();
  cloudWatch.close();
  await wire.close();
});

const answered = (status: number, responseTimeMs: number, times: number): void => {
  for (let sent = 0; sent < times; sent++)
    traffic.targetRequest(BALANCER, GREEN, { kind: "answered", status, responseTimeMs }, false);
};

const refused = (times: number): void => {
  for (let sent = 0; sent < times; sent++)
    traffic.targetRequest(BALANCER, GREEN, { kind: "failed", status: 502, connectionFailed: true }, false);
};

function read(early: readonly [number, number], late: readonly [number, number], limitMs = 5_000) {
  return readComparedMetrics(
    clients,
    {
      early: { fromMs: early[0], toMs: early[1] },
      late: { fromMs: late[0], toMs: late[1] },
      loadBalancer: BALANCER.replace(/^.*:loadbalancer\//, ""),
      groupArn: GREEN,
      periodMs: MINUTE_MS,
      nowMs: clock.nowMs(),
    },
    AbortSignal.timeout(limitMs),
  );
}

test.each([
  ["a day old: its first hour, and the last ten minutes", 24 * HOUR_MS, [0, 60], [24 * 60 - 10, 24 * 60]],
  ["an hour old: what was before the last ten minutes", HOUR_MS, [0, 50], [50, 60]],
  ["eight minutes old: half of its time each", 8 * MINUTE_MS, [0, 4], [4, 8]],
])("windows of a version that is %s", (_name, ageMs, early, late) => {
  const createdAtMs = Date.UTC(2026, 0, 5, 9);
  const minutes = ({ fromMs, toMs }: { fromMs: number; toMs: number }) =>
    [fromMs, toMs].map((atMs) => (atMs - createdAtMs) / MINUTE_MS);
  const windows = comparedWindows(createdAtMs, createdAtMs + ageMs);
  expect([minutes(windows.early), minutes(windows.late)]).toEqual([early, late]);
});

test("every figure moves as its traffic did, and what was never published is none", async () => {
  const startMs = clock.nowMs();
  answered(200, 10, 90);
  answered(404, 10, 10);
  await clock.advance(MINUTE_MS);
  answered(200, 10, 20);
  await clock.advance(9 * MINUTE_MS);
  const lateMs = clock.nowMs();
  answered(200, 100, 50);
  answered(302, 100, 10);
  answered(404, 400, 20);
  answered(500, 400, 10);
  refused(10);
  await clock.advance(MINUTE_MS);
  const metrics = await read([startMs, startMs + 2 * MINUTE_MS], [lateMs, lateMs + MINUTE_MS]);
  expect(metrics).toEqual([
    { name: "bad requests", unit: "percent", early: 0, late: 20 },
    { name: "5xx answers", unit: "percent", early: 0, late: 10 },
    { name: "4xx answers", unit: "percent", early: expect.closeTo(8.33, 1), late: 20 },
    { name: "requests", unit: "per-second", early: 1, late: expect.closeTo(100 / 60) },
    {
      name: "mean response time",
      unit: "milliseconds",
      early: expect.closeTo(10),
      late: expect.closeTo(200),
    },
    { name: "p99 response time", unit: "milliseconds", early: expect.closeTo(10), late: expect.closeTo(400) },
    { name: "connection errors", unit: "per-second", early: 0, late: expect.closeTo(10 / 60) },
  ]);
});

test("the p99 of a window is the mean of its minutes', by their requests", async () => {
  const startMs = clock.nowMs();
  answered(200, 100, 30);
  await clock.advance(MINUTE_MS);
  answered(200, 500, 10);
  await clock.advance(MINUTE_MS);
  const metrics = await read([startMs, clock.nowMs()], [startMs, startMs + MINUTE_MS]);
  expect(metrics.find(({ name }) => name === "p99 response time")).toMatchObject({
    early: expect.closeTo(200),
    late: expect.closeTo(100),
  });
});

test("a window without requests has no figures; nor has one without a whole period", async () => {
  const startMs = clock.nowMs();
  answered(200, 10, 5);
  await clock.advance(10 * MINUTE_MS);
  const metrics = await read([startMs + 1_000, startMs + MINUTE_MS], [startMs + MINUTE_MS, clock.nowMs()]);
  expect(metrics).toHaveLength(7);
  for (const { early, late } of metrics) expect([early, late]).toEqual([undefined, undefined]);
});

test.each([
  [1, 60],
  [16, 300],
  [64, 3600],
])(
  "a version that is %s days old is asked for in periods of %s s, as CloudWatch keeps them",
  async (days, seconds) => {
    const nowMs = clock.nowMs();
    const createdAtMs = nowMs - days * 24 * HOUR_MS;
    await read([createdAtMs, createdAtMs + 2 * HOUR_MS], [nowMs - 10 * MINUTE_MS, nowMs]);
    const periods = wire.calls.calls
      .map(({ input }) => JSON.stringify(input))
      .map((input) => /"Period":(\d+)/.exec(input)?.[1]);
    expect(periods.sort()).toEqual(["60", String(seconds)].sort());
  },
);

test("nobody waits for CloudWatch longer than the limit", async () => {
  isMute = true;
  const nowMs = clock.nowMs();
  const beganMs = performance.now();
  await expect(read([nowMs - HOUR_MS, nowMs], [nowMs - HOUR_MS, nowMs], 300)).rejects.toMatchObject({
    message: expect.stringContaining("cloudwatch:GetMetricData"),
  });
  expect(performance.now() - beganMs).toBeLessThan(1_500);
});
