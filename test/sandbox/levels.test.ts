import {
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterEach, expect, test } from "vitest";
import { type Clients, createClients } from "../../src/aws/clients.ts";
import { readAlarms, readSaturation } from "../../src/aws/levels.ts";
import { createWorld, type World } from "./crash/world.ts";
import { type MetricStage, openMetricStage } from "./metric-stage.ts";

let opened: Pick<World | MetricStage, "close"> | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const PERIOD_MS = 10_000;

test("CPU and memory of the whole service, averaged over its tasks, before and since the step", async () => {
  const world = await createWorld({
    settings: {
      metricPeriodSeconds: PERIOD_MS / 1000,
      metricDelayMs: 0,
      utilizationPercent: { "orders:1": { cpu: 40, memory: 70 } },
    },
  });
  opened = world;
  const { clock, sandbox } = world;
  const toWholePeriod = () => clock.advance(PERIOD_MS - (clock.nowMs() % PERIOD_MS));
  await toWholePeriod();
  const historyFromMs = clock.nowMs();
  await clock.advance(3 * PERIOD_MS);
  const fromMs = clock.nowMs();
  sandbox.settings.utilizationPercent = { "orders:1": { cpu: 95, memory: 70 } };
  await clock.advance(2.5 * PERIOD_MS);
  const query = {
    serviceArn: sandbox.ecs.view().services[0]?.arn ?? "",
    historyFromMs,
    fromMs,
    toMs: clock.nowMs(),
    periodMs: PERIOD_MS,
  };
  const clients = createClients(sandbox.account.region);
  const points = (percent: number, ...periods: readonly number[]) =>
    periods.map((period) => ({ atMs: historyFromMs + period * PERIOD_MS, percent }));
  expect(await readSaturation(clients, { ...query, of: ["cpu", "memory"] })).toEqual({
    cpu: { before: points(40, 0, 1), since: points(95, 3, 4) },
    memory: { before: points(70, 0, 1), since: points(70, 3, 4) },
  });
  expect(Object.keys(await readSaturation(clients, { ...query, of: ["memory"] }))).toEqual(["memory"]);
  const other = { ...query, serviceArn: query.serviceArn.replace(/orders$/, "cart"), of: ["cpu"] as const };
  expect(await readSaturation(clients, other)).toEqual({ cpu: { before: [], since: [] } });
});

test("a service whose ARN does not name its cluster cannot be asked about", async () => {
  opened = await openMetricStage();
  const clients = createClients("eu-west-1");
  const query = { of: ["cpu"] as const, historyFromMs: 0, fromMs: 0, toMs: 60_000, periodMs: 60_000 };
  const serviceArn = "arn:aws:ecs:eu-west-1:123456789012:service/orders";
  await expect(readSaturation(clients, { ...query, serviceArn })).rejects.toEqual(
    expect.objectContaining({ kind: "configuration", message: expect.stringContaining(serviceArn) }),
  );
});

async function putAlarm({ cloudWatch }: Clients, AlarmName: string): Promise<void> {
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: "Shop",
      MetricName: "Orders",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "ignore",
    }),
  );
}

const setState = ({ cloudWatch }: Clients, AlarmName: string, StateValue: "OK" | "ALARM", reason: string) =>
  cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: reason }));

test("metric and composite alarms, since when, and why; unknown names are left out", async () => {
  const stage = await openMetricStage();
  opened = stage;
  const { clients, clock, startMs } = stage;
  await putAlarm(clients, "few-orders");
  await putAlarm(clients, "slow");
  await clients.cloudWatch.send(
    new PutCompositeAlarmCommand({
      AlarmName: "shop",
      AlarmRule: 'ALARM("few-orders") AND NOT (ALARM(slow) OR FALSE)',
    }),
  );
  await clock.advance(5_000);
  await setState(clients, "few-orders", "ALARM", "3 orders");
  await setState(clients, "slow", "OK", "fast");
  await clock.advance(5_000);
  await setState(clients, "few-orders", "ALARM", "still 3 orders");
  const names = ["few-orders", "slow", "shop", "nobody", "shop"];
  const told = async () =>
    Object.fromEntries(
      (await readAlarms(clients, names)).map(({ name, state, sinceMs, reason }) => [
        name,
        [state, sinceMs - startMs, reason],
      ]),
    );
  expect(await told()).toEqual({
    "few-orders": ["ALARM", 5_000, "still 3 orders"],
    slow: ["OK", 5_000, "fast"],
    shop: ["ALARM", 5_000, expect.stringContaining("few-orders")],
  });
  await setState(clients, "slow", "ALARM", "3 s");
  expect((await told()).shop).toEqual(["OK", 10_000, expect.anything()]);
});

test("more alarms than one call takes are all read", async () => {
  const stage = await openMetricStage();
  opened = stage;
  const names = Array.from({ length: 130 }, (_, number) => `alarm-${number}`);
  for (const name of names) await putAlarm(stage.clients, name);
  const read = await readAlarms(stage.clients, names);
  expect(read.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(await readAlarms(stage.clients, [])).toEqual([]);
  expect(stage.calls().filter((operation) => operation === "DescribeAlarms")).toHaveLength(2);
});
