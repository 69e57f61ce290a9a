import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { expect, test } from "vitest";
import { createClients } from "../../../src/aws/clients.ts";
import { isBakingAt, lastVerdictOf, once, openJudged, summaryOf, verdictsOf } from "./judged.ts";
import { type Ended, runPhase, writesOf } from "./phases.ts";
import { expectAlone, standing } from "./standing.ts";
import type { World, WorldOptions } from "./world.ts";

/** A service's own CloudWatch alarms as gates, with the errors gate off. */

const ALARM = "orders-5xx";
const LEFT = ["sluice:aborted"];
const NEW = "orders:4";
const BAD = { errorRate: 0.3 };

/** On answers with 5xx of the whole load balancer: more than `most` in a second. */
async function addAlarm(at: World, most: number): Promise<void> {
  const [loadBalancer = ""] = at.sandbox.elbv2
    .view()
    .routes.map(({ arn }) => arn.match(/:listener(?:-rule)?\/(app\/[^/]+\/[^/]+)/)?.[1]);
  const { cloudWatch } = createClients(at.sandbox.account.region);
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: ALARM,
      Namespace: "AWS/ApplicationELB",
      MetricName: "HTTPCode_Target_5XX_Count",
      Dimensions: [{ Name: "LoadBalancer", Value: loadBalancer }],
      Statistic: "Sum",
      Period: 1,
      EvaluationPeriods: 3,
      Threshold: most,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
    }),
  );
  await at.clock.advance(10_000);
}

const gates = (alarms: readonly unknown[]) => ({ errors: false, alarms });

async function open(alarms: readonly unknown[], options: WorldOptions = {}): Promise<World> {
  return openJudged({ ...options, spec: { gates: gates(alarms) } });
}

function expectRefused(at: World, ended: Ended, why: RegExp): void {
  expect(ended.outcome).toMatchObject({
    kind: "failed",
    error: { kind: "configuration", message: expect.stringMatching(why) },
  });
  expect(writesOf(at, ended)).toEqual([]);
  expect(standing(at)).toMatchObject({ serving: [["orders-blue"]], tags: [] });
  expect(standing(at).taskSets).toHaveLength(1);
}

test("an alarm that there is not is refused before anything is written, and so is one in ALARM already", async () => {
  const at = await open([ALARM, "no-such-alarm"], { behaviours: { "orders:1": BAD } });
  await addAlarm(at, 5);
  for (const phase of ["plan", "stage", "rollout"] as const) {
    const ended = await runPhase(at, phase, { image: NEW });
    expectRefused(at, ended, /there is no alarm no-such-alarm in this Region/);
    expectRefused(at, ended, /orders-5xx is in ALARM already.*Threshold Crossed/);
  }
  at.runtime.setBehaviour("orders:1", {});
  await at.clock.advance(10_000);
  const ended = await runPhase(at, "rollout", { image: NEW, spec: { gates: gates([ALARM]) } });
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  expect(lastVerdictOf(ended, "alarms")).toMatchObject({ kind: "healthy", reason: `${ALARM} is OK` });
  await expectAlone(at, "orders-green", []);
});

test("one that goes off during the bake takes the release back, in its own words", async () => {
  const at = await open([ALARM]);
  await addAlarm(at, 5);
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    during: once(isBakingAt(25), () => at.runtime.setBehaviour(NEW, BAD)),
  });
  const words =
    /^orders-5xx went off at \d\d:\d\d:\d\d UTC: Threshold Crossed: datapoints \[[\d, ]+\] crossed/;
  expect(ended.outcome).toMatchObject({
    kind: "rolled-back",
    gate: "alarms",
    reason: expect.stringMatching(words),
  });
  expect(verdictsOf(ended, "alarms")[0]?.verdict).toMatchObject({ kind: "healthy" });
  expect(summaryOf(ended)).toContain("The gate **alarms** stopped this release");
  await expectAlone(at, "orders-blue", LEFT);
});

test("one that is a dry run only reports, also where it is in ALARM before", async () => {
  const alarm = { name: ALARM, "dry-run": true };
  const at = await open([alarm], { behaviours: { "orders:1": { errorRate: 0.01 } } });
  await addAlarm(at, 5);
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    during: once(isBakingAt(25), () => at.runtime.setBehaviour(NEW, BAD)),
  });
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  expect(verdictsOf(ended, "alarms").map(({ verdict }) => verdict)).toContainEqual(
    expect.objectContaining({ kind: "regress", isDryRun: true }),
  );
  expect(summaryOf(ended)).toContain("| alarms | dry run: would have rolled back |");
  await at.clock.advance(10_000);
  const next = await runPhase(at, "plan", { rollout: "r2", image: "orders:2" });
  expect(next.outcome).toMatchObject({ kind: "reached" });
});

test("CloudWatch that does not tell its alarms is no pass, and no reason to take the release back", async () => {
  const at = await open([ALARM]);
  await addAlarm(at, 5);
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    during: once(isBakingAt(25), () => {
      at.sandbox.faults.add({
        kind: "error",
        operation: "DescribeAlarms",
        code: "AccessDenied",
        status: 403,
      });
    }),
  });
  expect(ended.outcome).toMatchObject({ kind: "held", lacksEvidence: true });
  expect(lastVerdictOf(ended, "alarms")).toMatchObject({
    kind: "error",
    reason: expect.stringMatching(/^CloudWatch could not be asked: cloudwatch:DescribeAlarms/),
  });
  expect(standing(at).serving).toEqual([["orders-blue", "orders-green"]]);
});
