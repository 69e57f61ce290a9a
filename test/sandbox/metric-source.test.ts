import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { afterEach, expect, test } from "vitest";
import { parsePolicy } from "../../sandbox/faults/policy.ts";
import {
  createErrorsSource,
  createLatencySource,
  createMetricSource,
} from "../../src/aws/cloudwatch-counts.ts";
import type { TimedArm } from "../../src/core/counts.ts";
import type { SluiceError } from "../../src/core/errors.ts";
import type { CountSource, MeasuredVersion, MetricWindow } from "../../src/core/metric-source.ts";
import { BALANCER, CANARY, type MetricStage, MINUTE_MS, openMetricStage, STABLE } from "./metric-stage.ts";

const BOTH = [CANARY, STABLE];
const ANSWERS = ["2XX", "3XX", "4XX", "5XX"].map((kind) => `HTTPCode_Target_${kind}_Count`);

let stage: MetricStage;

afterEach(async () => stage.close());

const errorsSource = (periodMs = MINUTE_MS): CountSource =>
  createErrorsSource(stage.clients, { loadBalancer: BALANCER, periodMs });

const latencySource = (slowerThanMs?: number, periodMs = MINUTE_MS): CountSource =>
  createLatencySource(stage.clients, { loadBalancer: BALANCER, periodMs, slowerThanMs });

/** Each version's periods, numbered from the stage's start: number, requests, bad ones. */
async function read(source: CountSource, window: MetricWindow, versions: readonly MeasuredVersion[] = BOTH) {
  const { arms, fault } = await source.read(versions, window, AbortSignal.timeout(20_000));
  const told = (arm: readonly TimedArm[]) =>
    arm.map(({ atMs, requests, bad }) => [(atMs - stage.startMs) / window.periodMs, requests, bad]);
  return { arms: arms.map(told), fault };
}

const check = (source: CountSource) => source.check(STABLE, stage.clock.nowMs(), AbortSignal.timeout(20_000));

const failure = (kind: SluiceError["kind"], message: string) =>
  expect.objectContaining({ kind, message: expect.stringContaining(message) });

test("errors of both versions, and the old one's before the step, in one call", async () => {
  stage = await openMetricStage();
  stage.answered(STABLE, 40);
  stage.answered(STABLE, 1, 500);
  await stage.clock.advance(MINUTE_MS);
  stage.answered(STABLE, 20, 302);
  await stage.clock.advance(2 * MINUTE_MS);
  for (const status of [200, 204, 302, 404]) stage.answered(CANARY, 5, status);
  stage.answered(CANARY, 3, 503);
  stage.failed(CANARY, 2, "refused");
  stage.failed(CANARY, 4, "reset");
  stage.answered(STABLE, 90);
  await stage.clock.advance(3 * MINUTE_MS);
  const { arms, fault } = await read(errorsSource(), stage.window(3 * MINUTE_MS, 3 * MINUTE_MS));
  expect(arms).toEqual([
    [[3, 29, 9]],
    [
      [0, 41, 1],
      [1, 20, 0],
      [3, 90, 0],
    ],
  ]);
  expect(fault).toBeUndefined();
  expect(stage.calls()).toEqual(["GetMetricData"]);
});

test("a version that answers nobody is seen as soon as its requests are", async () => {
  stage = await openMetricStage();
  stage.failed(CANARY, 30, "reset");
  stage.answered(STABLE, 90);
  await stage.clock.advance(MINUTE_MS + stage.settings.metricDelayMs);
  expect((await read(errorsSource(), stage.window(0))).arms).toEqual([[[0, 30, 30]], [[0, 90, 0]]]);
});

test.each<[string, Readonly<Record<string, number>>]>([
  ["all answers", Object.fromEntries(ANSWERS.map((name) => [name, 150_000]))],
  ["answers with 4xx", { HTTPCode_Target_4XX_Count: 170_000 }],
  ["requests", { RequestCount: 150_000 }],
])(
  "while %s are published later, nothing good is bad, and in the end all is there",
  async (_name, metricDelaysMs) => {
    stage = await openMetricStage({ metricDelaysMs });
    const window = stage.window(0);
    const seen = new Set<number>();
    for (let tenSeconds = 0; tenSeconds < 84; tenSeconds++) {
      if (tenSeconds < 72) {
        for (const version of BOTH) {
          stage.answered(version, 7);
          stage.answered(version, 3, 404);
        }
      }
      await stage.clock.advance(10_000);
      const { arms } = await read(errorsSource(), { ...window, toMs: stage.clock.nowMs() });
      for (const [period = 0, , bad] of arms.flat()) {
        expect([tenSeconds, period, bad]).toEqual([tenSeconds, period, 0]);
        seen.add(period);
      }
    }
    await stage.clock.advance(3 * MINUTE_MS);
    const { arms } = await read(errorsSource(), { ...window, toMs: stage.clock.nowMs() });
    expect(seen.size).toBeGreaterThanOrEqual(11);
    expect(arms).toEqual(BOTH.map(() => Array.from({ length: 12 }, (_, period) => [period, 60, 0])));
  },
);

test("answers that are missing beside late ones are bad, once later ones are there", async () => {
  stage = await openMetricStage({ metricDelaysMs: { HTTPCode_ELB_502_Count: 600_000 } });
  for (let minute = 0; minute < 12; minute++) {
    stage.answered(STABLE, 30);
    if (minute >= 10) {
      stage.answered(CANARY, 20);
      stage.failed(CANARY, 10, "reset");
    }
    await stage.clock.advance(MINUTE_MS);
  }
  expect((await read(errorsSource(), stage.window(0))).arms[0]).toEqual([]);
  await stage.clock.advance(MINUTE_MS);
  expect((await read(errorsSource(), stage.window(0))).arms[0]).toEqual([[10, 30, 10]]);
});

test("several pages are read as one", async () => {
  stage = await openMetricStage({ metricPeriodSeconds: 1, metricDelayMs: 0 });
  const seconds = 40;
  for (let second = 0; second < seconds; second++) {
    stage.answered(CANARY, 3);
    stage.answered(STABLE, 5, second % 2 === 0 ? 200 : 500);
    await stage.clock.advance(1_000);
  }
  stage.clients.cloudWatch.middlewareStack.add(
    (next) => (args) => next({ ...args, input: { ...args.input, MaxDatapoints: 7 } }),
    { step: "initialize" },
  );
  const { arms } = await read(errorsSource(1_000), stage.window(0, 0, 1_000));
  const all = Array.from({ length: seconds }, (_, second) => second);
  expect(arms).toEqual([all.map((n) => [n, 3, 0]), all.map((n) => [n, 5, n % 2 === 0 ? 0 : 5])]);
  expect(stage.calls().length).toBeGreaterThan(10);
});

test("slow answers are counted above the limit given; requests without an answer are not slow", async () => {
  stage = await openMetricStage();
  stage.answered(CANARY, 8, 200, 300);
  stage.answered(CANARY, 3, 200, 301);
  stage.failed(CANARY, 5, "reset");
  stage.answered(STABLE, 50, 200, 100);
  await stage.clock.advance(2 * MINUTE_MS);
  expect(await read(latencySource(300), stage.window(0))).toEqual({
    arms: [[[0, 11, 3]], [[0, 50, 0]]],
    fault: "took longer than 300 ms",
  });
});

test("without a limit, slow is what takes longer than the old version's slowest hundredth before the step", async () => {
  stage = await openMetricStage();
  stage.answered(STABLE, 98, 200, 50);
  stage.answered(STABLE, 2, 200, 200);
  await stage.clock.advance(MINUTE_MS);
  stage.answered(STABLE, 297, 200, 60);
  stage.answered(STABLE, 3, 200, 400);
  await stage.clock.advance(MINUTE_MS);
  stage.answered(STABLE, 100, 200, 110);
  stage.answered(CANARY, 10, 200, 900);
  stage.answered(CANARY, 10, 200, 90);
  await stage.clock.advance(2 * MINUTE_MS);
  const { arms, fault } = await read(latencySource(), stage.window(2 * MINUTE_MS, 2 * MINUTE_MS));
  expect(fault).toBe("took longer than 95 ms");
  expect(arms).toEqual([
    [[2, 20, 10]],
    [
      [0, 100, 2],
      [1, 300, 3],
      [2, 100, 100],
    ],
  ]);
  const alone = await read(latencySource(), stage.window(2 * MINUTE_MS, 2 * MINUTE_MS), [CANARY]);
  expect(alone).toEqual({ arms: [[]], fault: expect.stringContaining("not known") });
});

test("where CloudWatch counts nothing, slow answers are estimated from percentiles, and that is said", async () => {
  stage = await openMetricStage();
  for (let tenth = 1; tenth <= 100; tenth++) stage.answered(CANARY, 1, 200, 10 * tenth);
  await stage.clock.advance(2 * MINUTE_MS);
  withoutCounts(stage);
  const { arms, fault } = await read(latencySource(800), stage.window(0), [CANARY]);
  expect(fault).toBe("took longer than 800 ms (estimated from percentiles)");
  expect(arms).toEqual([[[0, 100, 20]]]);
});

/** As if CloudWatch kept no distribution of the metric: no trimmed counts. */
function withoutCounts({ clients }: MetricStage): void {
  clients.cloudWatch.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        if (commandName !== "GetMetricDataCommand" || !("MetricDataQueries" in args.input)) return answer;
        const counts = new Set(
          args.input.MetricDataQueries?.filter(({ MetricStat }) => MetricStat?.Stat?.startsWith("TC")).map(
            ({ Id }) => Id,
          ),
        );
        const { output } = answer;
        const results = "MetricDataResults" in output ? output.MetricDataResults : [];
        for (const result of results ?? []) {
          if (counts.has(result.Id)) Object.assign(result, { Timestamps: [], Values: [] });
        }
        return answer;
      },
    { step: "initialize" },
  );
}

const DECLINES = {
  requests: payments("Attempts"),
  bad: payments("Declined"),
};

function payments(metric: string) {
  return {
    namespace: "Payments",
    metric,
    dimensions: { Group: "${target-group-name}", Service: "${service}" },
    statistic: "Sum",
  };
}

const paymentsSource = (from: Parameters<typeof createMetricSource>[1]["from"] = DECLINES): CountSource =>
  createMetricSource(stage.clients, { from, periodMs: 10_000, values: { service: "orders" } });

/** Publishes one value now, in seconds of its own. */
async function pay(name: string, group: string, Value: number): Promise<void> {
  await stage.clients.cloudWatch.send(
    new PutMetricDataCommand({
      Namespace: "Payments",
      MetricData: [
        {
          MetricName: name,
          Dimensions: [
            { Name: "Service", Value: "orders" },
            { Name: "Group", Value: group },
          ],
          Timestamp: new Date(stage.clock.nowMs()),
          Value,
          StorageResolution: 1,
        },
      ],
    }),
  );
}

test("any two metrics, each version's own by placeholders, in periods of seconds", async () => {
  stage = await openMetricStage({ metricDelayMs: 5_000 });
  for (let tenth = 0; tenth < 3; tenth++) {
    await pay("Attempts", "orders-green", 10);
    await pay("Attempts", "orders-green", 5);
    await pay("Attempts", "orders-blue", 100);
    if (tenth === 1) await pay("Declined", "orders-green", 3);
    await stage.clock.advance(10_000);
  }
  await stage.clock.advance(10_000);
  const window = stage.window(0, 0, 10_000);
  expect((await read(paymentsSource(), window)).arms).toEqual([
    [
      [0, 15, 0],
      [1, 15, 3],
    ],
    [[0, 100, 0]],
  ]);
  expect(await check(paymentsSource())).toEqual([
    "bad: CloudWatch has no metric Payments/Declined with Group=orders-blue, Service=orders; it has Service=orders, Group=orders-green",
  ]);
});

test("queries in words, and placeholders without a value, are mistakes in the spec", async () => {
  stage = await openMetricStage();
  expect(() => paymentsSource({ requests: "sum(rate(x))", bad: DECLINES.bad })).toThrow(
    failure("configuration", "requests: CloudWatch is asked by namespace"),
  );
  const from = { ...DECLINES, bad: { ...DECLINES.bad, dimensions: { Set: "${task-set}" } } };
  await expect(read(paymentsSource(from), stage.window(0))).rejects.toEqual(
    failure("configuration", "${task-set}"),
  );
});

test("metrics that nobody publishes are problems, each with what is nearest", async () => {
  stage = await openMetricStage({ metricDelayMs: 0 });
  const nothing = await check(paymentsSource());
  expect(nothing).toEqual([
    expect.stringContaining("requests: CloudWatch has no metric Payments/Attempts with Group=orders-blue"),
    expect.stringContaining("bad: CloudWatch has no metric Payments/Declined"),
  ]);
  expect(nothing[0]).toContain("nor any other in Payments");
  await pay("Attempts", "orders-blue", 1);
  await pay("Declined", "orders-blue", 0);
  await stage.clock.advance(MINUTE_MS);
  expect(await check(paymentsSource())).toEqual([]);
  const typo = { requests: payments("Atempts"), bad: payments("Declined") };
  expect(await check(paymentsSource(typo))).toEqual([
    expect.stringMatching(/^requests: .*did you mean Attempts\?$/),
  ]);
});

test("a service without traffic is no problem; periods that its metrics do not have are one", async () => {
  stage = await openMetricStage({ metricDelayMs: 0 });
  for (const source of [errorsSource(), errorsSource(1_000), latencySource(), latencySource(300, 1_000)])
    expect(await check(source)).toEqual([]);
  for (let minute = 0; minute < 3; minute++) {
    stage.answered(STABLE, 5);
    await stage.clock.advance(MINUTE_MS + 1_000);
  }
  await stage.clock.advance(MINUTE_MS);
  for (const source of [errorsSource(), latencySource()]) expect(await check(source)).toEqual([]);
  expect(await check(errorsSource(1_000))).toEqual([
    "AWS/ApplicationELB/RequestCount is published once a minute, not every 1s: make the period 60s, or a multiple of it",
  ]);
  expect(await check(latencySource(300, 10_000))).toHaveLength(1);
});

test("a missing permission is a problem with its name", async () => {
  stage = await openMetricStage();
  const allow = (...Action: string[]) =>
    stage.faults.enforce(
      parsePolicy({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, Resource: "*" } }, "test"),
    );
  allow("cloudwatch:DescribeAlarms");
  for (const source of [errorsSource(), latencySource(), paymentsSource()])
    expect(await check(source)).toEqual([expect.stringContaining("cloudwatch:GetMetricData")]);
  allow("cloudwatch:GetMetricData");
  expect(await check(paymentsSource())).toEqual([
    expect.stringContaining("requests: the role may not call cloudwatch:ListMetrics"),
    expect.stringContaining("bad: the role may not call cloudwatch:ListMetrics"),
  ]);
});

test("throttling may pass, a lack of permission does not", async () => {
  stage = await openMetricStage();
  stage.faults.add({ kind: "throttle", operation: "cloudwatch:GetMetricData" });
  stage.answered(CANARY, 1);
  await stage.clock.advance(3 * MINUTE_MS);
  await expect(read(errorsSource(), stage.window(0))).rejects.toEqual(
    failure("transient", "cloudwatch:GetMetricData"),
  );
  stage.faults.clear();
  stage.faults.enforce(
    parsePolicy(
      { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "ecs:*", Resource: "*" } },
      "test",
    ),
  );
  await expect(read(errorsSource(), stage.window(0))).rejects.toEqual(
    failure("aws", "cloudwatch:GetMetricData"),
  );
});
