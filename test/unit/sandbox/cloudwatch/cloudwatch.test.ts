import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type ListMetricsCommandInput,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  paginateGetMetricData,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { type CloudWatch, createCloudWatch } from "../../../../sandbox/cloudwatch/cloudwatch.ts";
import type { Settings } from "../../../../sandbox/ports.ts";
import { createWireServer, type WireServer } from "../../../../sandbox/wire/server.ts";

const startMs = Date.UTC(2026, 0, 5, 9);
const namespace = "AWS/ApplicationELB";
const dimensions = { LoadBalancer: "app/web/1", TargetGroup: "targetgroup/blue/2" };
const at = (seconds: number) => new Date(startMs + seconds * 1000);

let clock: VirtualClock;
let settings: Settings;
let cloudWatch: CloudWatch;
let server: WireServer;
let client: CloudWatchClient;

beforeEach(async () => {
  clock = new VirtualClock(startMs);
  settings = {
    speed: 1,
    propagationDelayMs: { min: 0, max: 0 },
    taskStartMs: 0,
    metricPeriodSeconds: 60,
    metricDelayMs: 30_000,
    stickyReachesWeightZero: true,
    drainingCountsAsTaskSet: true,
    staleReadsMs: 0,
    taskLimit: 100,
    longServiceArns: true,
    sessionSeconds: Number.POSITIVE_INFINITY,
    logDelayMs: 0,
    emptyLogPages: 0,
  };
  cloudWatch = createCloudWatch({ clock, region: "eu-west-1", accountId: "111122223333", settings });
  server = await createWireServer({ services: [cloudWatch.service], clock });
  client = new CloudWatchClient(config());
});
afterEach(async () => {
  cloudWatch.close();
  await server.close();
});

const config = () => ({
  endpoint: server.url,
  region: "eu-west-1",
  credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
  maxAttempts: 1,
});
const requests = (count: number, from = dimensions) => {
  for (let request = 0; request < count; request++) cloudWatch.sink.add(namespace, "RequestCount", from, 1);
};
const toDimensions = (from: Record<string, string>) =>
  Object.entries(from).map(([Name, Value]) => ({ Name, Value }));
const metric = (MetricName: string, from: Record<string, string> = dimensions) => ({
  Namespace: namespace,
  MetricName,
  Dimensions: toDimensions(from),
});
const query = (Id: string, Stat: string, MetricName = "RequestCount", Period = 60) => ({
  Id,
  MetricStat: { Metric: metric(MetricName), Period, Stat },
});
const input = (
  MetricDataQueries: GetMetricDataCommandInput["MetricDataQueries"],
  more: Partial<GetMetricDataCommandInput> = {},
): GetMetricDataCommandInput => ({
  MetricDataQueries,
  StartTime: at(0),
  EndTime: at(3600),
  ScanBy: "TimestampAscending",
  ...more,
});
/** Seconds since the start, and the value, of each datapoint. */
async function read(request: GetMetricDataCommandInput, by = client): Promise<(readonly number[])[]> {
  const { MetricDataResults } = await by.send(new GetMetricDataCommand(request));
  const [result] = MetricDataResults ?? [];
  return (result?.Timestamps ?? []).map((time, index) => [
    (time.getTime() - startMs) / 1000,
    result?.Values?.[index] ?? Number.NaN,
  ]);
}

describe("what is published when", () => {
  test("a period can be read its delay after it ended, whole, and stamped with its start", async () => {
    await clock.advance(10_000);
    requests(3);
    await clock.advance(40_000);
    requests(2);
    await clock.advance(39_999);
    expect(await read(input([query("m", "Sum")]))).toEqual([]);
    await clock.advance(1);
    expect(await read(input([query("m", "Sum")]))).toEqual([[0, 5]]);
  });

  test("single metrics may be later than the others, wherever they are read", async () => {
    settings.metricDelaysMs = { HTTPCode_Target_2XX_Count: 90_000 };
    requests(3);
    cloudWatch.sink.add(namespace, "HTTPCode_Target_2XX_Count", dimensions, 3);
    const answers = () => read(input([query("m", "Sum", "HTTPCode_Target_2XX_Count")]));
    const listed = async () => (await client.send(new ListMetricsCommand({}))).Metrics?.length;
    await clock.advance(149_999);
    expect([await read(input([query("m", "Sum")])), await answers(), await listed()]).toEqual([
      [[0, 3]],
      [],
      1,
    ]);
    await clock.advance(1);
    expect([await answers(), await listed()]).toEqual([[[0, 3]], 2]);
  });

  test("a period without a sample has no datapoint, not a zero", async () => {
    requests(1);
    await clock.advance(120_000);
    requests(4);
    await clock.advance(180_000);
    expect(await read(input([query("m", "Sum")]))).toEqual([
      [0, 1],
      [120, 4],
    ]);
    expect(await read(input([query("m", "Sum", "HTTPCode_Target_5XX_Count")]))).toEqual([]);
  });

  test("dimensions must be the whole set", async () => {
    requests(1);
    await clock.advance(90_000);
    const [name] = toDimensions(dimensions);
    const part = { ...metric("RequestCount"), Dimensions: name ? [name] : [] };
    expect(await read(input([{ Id: "m", MetricStat: { Metric: part, Period: 60, Stat: "Sum" } }]))).toEqual(
      [],
    );
    const turned = { ...metric("RequestCount"), Dimensions: toDimensions(dimensions).reverse() };
    expect(await read(input([{ Id: "m", MetricStat: { Metric: turned, Period: 60, Stat: "Sum" } }]))).toEqual(
      [[0, 1]],
    );
  });

  test("short periods in the sandbox's settings give points as short", async () => {
    settings.metricPeriodSeconds = 5;
    settings.metricDelayMs = 0;
    requests(1);
    await clock.advance(5000);
    requests(2);
    await clock.advance(5000);
    expect(await read(input([query("m", "Sum", "RequestCount", 5)]))).toEqual([
      [0, 1],
      [5, 2],
    ]);
    expect(await read(input([query("m", "Sum", "RequestCount", 60)]))).toEqual([[0, 3]]);
  });

  test("samples older than three hours are gone", async () => {
    requests(1);
    await clock.advance(3 * 3_600_000 + 60_000);
    requests(1);
    await clock.advance(90_000);
    const whole = { EndTime: at(4 * 3600) };
    expect(await read(input([query("m", "Sum")], whole))).toEqual([[3 * 3600 + 60, 1]]);
  });
});

describe("GetMetricData", () => {
  test("a period below the published one gives one point a minute, a longer one adds up", async () => {
    requests(2);
    await clock.advance(60_000);
    requests(3);
    await clock.advance(90_000);
    expect(await read(input([query("m", "Sum", "RequestCount", 10)]))).toEqual([
      [0, 2],
      [60, 3],
    ]);
    expect(await read(input([query("m", "Sum", "RequestCount", 300)]))).toEqual([[0, 5]]);
  });

  test("extended statistics of latencies are exact", async () => {
    for (const seconds of [0.1, 0.2, 0.3, 0.4, 0.5]) {
      cloudWatch.sink.add(namespace, "TargetResponseTime", dimensions, seconds);
    }
    await clock.advance(90_000);
    const time = "TargetResponseTime";
    const queries = [query("a", "p80", time), query("b", "TC(0.3:)", time), query("c", "PR(:0.3)", time)];
    const { MetricDataResults } = await client.send(new GetMetricDataCommand(input(queries)));
    expect(MetricDataResults?.map(({ Values }) => Values)).toEqual([[0.4], [2], [60]]);
  });

  test("pages by datapoints, with partial results until a metric is complete", async () => {
    for (let minute = 0; minute < 5; minute++) {
      requests(minute + 1);
      cloudWatch.sink.add(namespace, "HTTPCode_Target_2XX_Count", dimensions, 1);
      await clock.advance(60_000);
    }
    await clock.advance(30_000);
    const request = input([query("a", "Sum"), query("b", "Sum", "HTTPCode_Target_2XX_Count")], {
      MaxDatapoints: 4,
    });
    const codes: unknown[] = [];
    const values: Record<string, number[]> = { a: [], b: [] };
    for await (const page of paginateGetMetricData({ client }, request)) {
      codes.push(page.MetricDataResults?.map(({ StatusCode }) => StatusCode));
      for (const { Id = "", Values = [] } of page.MetricDataResults ?? []) values[Id]?.push(...Values);
    }
    expect(values).toEqual({ a: [1, 2, 3, 4, 5], b: [1, 1, 1, 1, 1] });
    expect(codes).toEqual([
      ["PartialData", "PartialData"],
      ["Complete", "PartialData"],
      ["Complete", "Complete"],
    ]);
  });

  test("newest first unless asked otherwise; EndTime is exclusive; ReturnData false hides", async () => {
    requests(1);
    await clock.advance(60_000);
    requests(2);
    await clock.advance(90_000);
    const { ScanBy: _, ...request } = input([{ ...query("h", "Sum"), ReturnData: false }, query("m", "Sum")]);
    expect(await read(request)).toEqual([
      [60, 2],
      [0, 1],
    ]);
    expect(await read(input([query("m", "Sum")], { EndTime: at(60) }))).toEqual([[0, 1]]);
  });

  test("another unit than the metric's finds nothing", async () => {
    requests(1);
    await clock.advance(90_000);
    const inUnit = (Unit: "Count" | "Seconds") => [
      { Id: "m", MetricStat: { Metric: metric("RequestCount"), Period: 60, Stat: "Sum", Unit } },
    ];
    expect(await read(input(inUnit("Count")))).toEqual([[0, 1]]);
    expect(await read(input(inUnit("Seconds")))).toEqual([]);
  });

  test.each([
    ["an odd period", [query("m", "Sum", "RequestCount", 45)], {}, /multiple of 60/],
    ["an unknown statistic", [query("m", "Median")], {}, /Median/],
    ["metric math", [{ Id: "e", Expression: "m1+m2" }], {}, /metric math: m1\+m2/],
    ["ids twice", [query("m", "Sum"), query("m", "Sum")], {}, /not unique/],
    ["a capital id", [query("M", "Sum")], {}, /Id/],
    ["times that do not pass", [query("m", "Sum")], { EndTime: at(0) }, /StartTime must be less/],
    ["a foreign token", [query("m", "Sum")], { NextToken: "x" }, /next token/],
  ])("refuses %s", async (_case, queries, more, message) => {
    await expect(client.send(new GetMetricDataCommand(input(queries, more)))).rejects.toThrow(message);
  });
});

test("the same over rpc-v2-cbor, the first protocol that CloudWatch's model lists", async () => {
  requests(7);
  await clock.advance(90_000);
  const overCbor = new CloudWatchClient({ ...config(), protocol: AwsSmithyRpcV2CborProtocol });
  expect(await read(input([query("m", "Sum")]), overCbor)).toEqual([[0, 7]]);
  await expect(overCbor.send(new GetMetricDataCommand(input([query("m", "Median")])))).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("Median"),
  });
  expect(server.calls.calls.map(({ protocol }) => protocol)).toEqual(["cbor", "cbor"]);
});

test("GetMetricStatistics: several statistics in one point, periods from the start time", async () => {
  await clock.advance(120_000);
  cloudWatch.sink.add(namespace, "TargetResponseTime", dimensions, 0.2);
  cloudWatch.sink.add(namespace, "TargetResponseTime", dimensions, 0.4);
  await clock.advance(120_000);
  const request = { ...metric("TargetResponseTime"), StartTime: at(61), EndTime: at(3600), Period: 300 };
  const { Datapoints } = await client.send(
    new GetMetricStatisticsCommand({ ...request, Statistics: ["Average", "SampleCount"] }),
  );
  expect(Datapoints).toEqual([
    { Timestamp: at(60), Average: expect.closeTo(0.3), SampleCount: 2, Unit: "Seconds" },
  ]);
  const extended = await client.send(
    new GetMetricStatisticsCommand({ ...request, ExtendedStatistics: ["p99"] }),
  );
  expect(extended.Datapoints?.[0]?.ExtendedStatistics).toEqual({ p99: 0.4 });
  await expect(client.send(new GetMetricStatisticsCommand(request))).rejects.toMatchObject({
    name: "InvalidParameterCombinationException",
  });
});

test("PutMetricData: values, counts and sets; AWS/ is not for customers", async () => {
  const datum = { MetricName: "Orders", Timestamp: at(5), Unit: "Count" as const };
  const MetricData = [
    { ...datum, Value: 2 },
    { ...datum, Values: [3, 4], Counts: [2, 1] },
    { ...datum, StatisticValues: { SampleCount: 2, Sum: 9, Minimum: 4, Maximum: 5 } },
  ];
  await client.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData }));
  await clock.advance(90_000);
  const { Datapoints } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: "Shop",
      MetricName: "Orders",
      StartTime: at(0),
      EndTime: at(60),
      Period: 60,
      Statistics: ["Sum", "SampleCount", "Minimum", "Maximum"],
    }),
  );
  expect(Datapoints).toEqual([
    { Timestamp: at(0), Sum: 21, SampleCount: 6, Minimum: 2, Maximum: 5, Unit: "Count" },
  ]);
  const early = [{ MetricName: "Orders", Value: 1, Timestamp: at(90 + 2 * 3600 + 1) }];
  const ahead = client.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData: early }));
  await expect(ahead).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  const forbidden = client.send(new PutMetricDataCommand({ Namespace: "AWS/ECS", MetricData }));
  await expect(forbidden).rejects.toMatchObject({ name: "InvalidParameterValueException" });
});

test("ListMetrics filters by namespace, name and dimensions, once something is published", async () => {
  requests(1);
  requests(1, { ...dimensions, TargetGroup: "targetgroup/green/3" });
  expect((await client.send(new ListMetricsCommand({}))).Metrics).toEqual([]);
  await clock.advance(90_000);
  const listed = async (filter: ListMetricsCommandInput) =>
    (await client.send(new ListMetricsCommand(filter))).Metrics?.length;
  expect(await listed({})).toBe(2);
  expect(await listed({ Namespace: namespace, MetricName: "RequestCount" })).toBe(2);
  expect(await listed({ MetricName: "Other" })).toBe(0);
  expect(await listed({ Dimensions: [{ Name: "TargetGroup", Value: "targetgroup/green/3" }] })).toBe(1);
  expect(await listed({ Dimensions: [{ Name: "LoadBalancer" }] })).toBe(2);
  expect(await listed({ Dimensions: [{ Name: "AvailabilityZone" }] })).toBe(0);
});

describe("alarms", () => {
  const alarm: PutMetricAlarmCommandInput = {
    AlarmName: "errors",
    ...metric("HTTPCode_Target_5XX_Count"),
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    Threshold: 5,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
  };
  const state = async () =>
    (await client.send(new DescribeAlarmsCommand({ AlarmNames: ["errors"] }))).MetricAlarms?.[0]?.StateValue;
  const minuteWith = async (errors: number) => {
    if (errors > 0) cloudWatch.sink.add(namespace, "HTTPCode_Target_5XX_Count", dimensions, errors);
    await clock.advance(60_000);
  };

  test("go off after M of N periods, and come back", async () => {
    await client.send(new PutMetricAlarmCommand(alarm));
    expect(await state()).toBe("INSUFFICIENT_DATA");
    await minuteWith(0);
    expect(await state()).toBe("OK");
    await minuteWith(9);
    await minuteWith(0);
    expect(await state()).toBe("OK");
    await minuteWith(9);
    await minuteWith(0);
    expect(await state()).toBe("ALARM");
    for (let minute = 0; minute < 6; minute++) await minuteWith(0);
    expect(await state()).toBe("OK");
  });

  test("can be set, listed by state, and deleted", async () => {
    await client.send(new PutMetricAlarmCommand(alarm));
    const StateReason = "a drill";
    await client.send(new SetAlarmStateCommand({ AlarmName: "errors", StateValue: "ALARM", StateReason }));
    const inAlarm = await client.send(new DescribeAlarmsCommand({ StateValue: "ALARM" }));
    expect(inAlarm.MetricAlarms).toMatchObject([{ AlarmName: "errors", StateReason, Threshold: 5 }]);
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["errors"] }));
    expect((await client.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([]);
    const again = client.send(new DeleteAlarmsCommand({ AlarmNames: ["errors"] }));
    await expect(again).rejects.toMatchObject({ name: "ResourceNotFound" });
  });

  test("are refused when they cannot be evaluated", async () => {
    const put = (change: Partial<PutMetricAlarmCommandInput>) =>
      client.send(new PutMetricAlarmCommand({ ...alarm, ...change }));
    await expect(put({ ComparisonOperator: "GreaterThanUpperThreshold" })).rejects.toThrow(
      /does not evaluate/,
    );
    await expect(put({ DatapointsToAlarm: 4 })).rejects.toThrow(/DatapointsToAlarm/);
    await expect(put({ Period: 45 })).rejects.toThrow(/multiple of 60/);
  });
});
