import { GetMetricDataCommand, type GetMetricDataOutput } from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, expect, test } from "vitest";
import { groupMetric, readPoints } from "../../../src/aws/metric-points.ts";
import {
  BALANCER,
  CANARY,
  type MetricStage,
  MINUTE_MS,
  openMetricStage,
} from "../../sandbox/metric-stage.ts";

const DAY_MS = 24 * 60 * MINUTE_MS;
const REQUESTS = { metric: groupMetric(BALANCER, CANARY.groupArn, "RequestCount"), statistic: "Sum" };

let stage: MetricStage;

beforeEach(async () => {
  stage = await openMetricStage({ metricDelayMs: 0 });
});
afterEach(async () => stage.close());

const read = (fromMs: number, toMs: number, periodMs: number) =>
  readPoints(stage.clients, [REQUESTS], { fromMs, toMs, periodMs }, AbortSignal.timeout(10_000));

/** What every answer is changed by, and the starts and ends that were asked for. */
function watch(change: (output: GetMetricDataOutput) => void = () => undefined): number[][] {
  const asked: number[][] = [];
  stage.clients.cloudWatch.middlewareStack.add(
    (next) => async (args) => {
      const { StartTime, EndTime } = new GetMetricDataCommand(args.input as never).input;
      asked.push([StartTime?.getTime() ?? 0, EndTime?.getTime() ?? 0]);
      const answer = await next(args);
      change(answer.output as GetMetricDataOutput);
      return answer;
    },
    { step: "initialize" },
  );
  return asked;
}

test("only periods that begin and end in the window are asked for", async () => {
  const asked = watch();
  for (let minute = 0; minute < 4; minute++) {
    stage.answered(CANARY, minute + 1);
    await stage.clock.advance(MINUTE_MS);
  }
  const { startMs } = stage;
  const [points] = await read(startMs + 1, startMs + 3.9 * MINUTE_MS, MINUTE_MS);
  expect([...(points ?? [])]).toEqual([
    [startMs + MINUTE_MS, 2],
    [startMs + 2 * MINUTE_MS, 3],
  ]);
  expect(asked).toEqual([[startMs + MINUTE_MS, startMs + 3 * MINUTE_MS]]);
  expect(await read(startMs + 1, startMs + MINUTE_MS, MINUTE_MS)).toEqual([new Map()]);
  expect(asked).toHaveLength(1);
});

test.each([
  [1_000, 3 * 60 * MINUTE_MS],
  [MINUTE_MS, 15 * DAY_MS],
  [5 * MINUTE_MS, 63 * DAY_MS],
])("of periods of %s ms nothing is asked that CloudWatch no longer keeps", async (periodMs, keptMs) => {
  const asked = watch();
  const nowMs = stage.clock.nowMs();
  await read(nowMs - 100 * DAY_MS, nowMs, periodMs);
  const backMs = nowMs - (asked[0]?.[0] ?? 0);
  expect(backMs).toBeLessThan(keptMs);
  expect(backMs).toBeGreaterThan(keptMs - 6 * MINUTE_MS);
});

test.each([
  ["InternalError", "transient"],
  ["Forbidden", "aws"],
] as const)("a result with status %s is no reading", async (StatusCode, kind) => {
  watch((output) => {
    for (const result of output.MetricDataResults ?? []) {
      Object.assign(result, { StatusCode, Messages: [{ Code: "X", Value: "not today" }] });
    }
  });
  await expect(read(stage.startMs, stage.startMs + MINUTE_MS, MINUTE_MS)).rejects.toEqual(
    expect.objectContaining({ kind, message: expect.stringContaining("not today") }),
  );
});
