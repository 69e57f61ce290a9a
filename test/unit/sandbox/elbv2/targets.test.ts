import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { Propagation } from "../../../../sandbox/elbv2/propagation.ts";
import { afterProbe, type CheckedHealth, uncheckedHealth } from "../../../../sandbox/elbv2/targets/health.ts";
import type { ProbeResult } from "../../../../sandbox/ports.ts";
import { createGroup, createListener, createLoadBalancer, forward, setStage, states } from "./stage.ts";

const sick: ProbeResult = { healthy: false, reason: "Target.Timeout", description: "Request timed out" };
const well: ProbeResult = { healthy: true };

describe("afterProbe", () => {
  const run = (results: readonly ProbeResult[], from: CheckedHealth = uncheckedHealth) =>
    results.reduce(
      (health, result) => afterProbe(health, result, { healthyThreshold: 3, unhealthyThreshold: 2 }),
      from,
    ).kind;

  it.each([
    ["a new target needs one pass", [well], "healthy"],
    ["a new target stays initial until the threshold", [sick], "initial"],
    ["a new target that fails becomes unhealthy", [sick, sick], "unhealthy"],
    ["one failure between passes is forgiven", [well, sick, well, sick], "healthy"],
    ["failures in a row are not", [well, sick, sick], "unhealthy"],
    ["an unhealthy target needs the threshold", [sick, sick, well, well], "unhealthy"],
    ["an unhealthy target recovers", [sick, sick, well, well, well], "healthy"],
    ["a failure starts its recovery anew", [sick, sick, well, well, sick, well, well], "unhealthy"],
  ])("%s", (_name, results, expected) => {
    expect(run(results)).toBe(expected);
  });
});

describe("propagation", () => {
  it("keeps the order of one key's changes whatever their delays", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { maxLength: 10 }),
        async (draws) => {
          const clock = new VirtualClock();
          const { settings } = setStage({ settings: { propagationDelayMs: { min: 5, max: 500 } } });
          const left = [...draws];
          const propagation = new Propagation(
            { clock, region: "r", accountId: "a", settings },
            () => left.shift() ?? 0,
          );
          const seen: number[] = [];
          for (const index of draws.keys()) {
            propagation.schedule("key", () => seen.push(index));
            await clock.advance(10);
          }
          await clock.advance(1000);
          expect(seen).toEqual([...draws.keys()]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

const TARGET = { id: "10.0.0.1", port: 80 };

async function hung(settings = {}, attributes = {}) {
  const clock = new VirtualClock();
  const stage = setStage({ clock, settings });
  const group = await createGroup(stage, "app", attributes);
  const other = await createGroup(stage, "other");
  const loadBalancer = await createLoadBalancer(stage);
  const listener = await createListener(stage, loadBalancer, forward({ [group]: 0, [other]: 1 }));
  return { ...stage, stage, clock, group, other, listener };
}

describe("targets", () => {
  it("are unused while their group hangs on nothing; weight 0 is enough to hang", async () => {
    const { stage, clock, group, other, listener, health } = await hung();
    stage.elbv2.targetGroups.register(group, TARGET);
    expect(await states(stage, group)).toEqual(["initial Elb.RegistrationInProgress"]);
    await clock.advance(1000);
    expect(await states(stage, group)).toEqual(["healthy"]);
    await stage.call("ModifyListener", {
      ListenerArn: listener.arn,
      DefaultActions: [forward({ [other]: 1 })],
    });
    expect(await states(stage, group)).toEqual(["unused Target.NotInUse"]);
    await clock.advance(60_000);
    expect(await states(stage, group)).toEqual(["unused Target.NotInUse"]);
    await stage.call("ModifyListener", {
      ListenerArn: listener.arn,
      DefaultActions: [forward({ [group]: 0, [other]: 1 })],
    });
    await clock.advance(1000);
    expect(await states(stage, group)).toEqual(["healthy"]);
    expect(health.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "unused initial",
      "initial healthy",
      "healthy unused",
      "unused initial",
      "initial healthy",
    ]);
  });

  it("are checked at the group's interval, divided by the speed", async () => {
    const { stage, clock, group, probes } = await hung({ speed: 10 });
    stage.elbv2.targetGroups.register(group, TARGET);
    await clock.advance(100);
    expect(await states(stage, group)).toEqual(["healthy"]);
    probes.set("10.0.0.1:80", sick);
    await clock.advance(1000);
    expect(await states(stage, group)).toEqual(["healthy"]);
    await clock.advance(1000);
    expect(await states(stage, group)).toEqual(["unhealthy Target.Timeout"]);
    expect(stage.elbv2.targetsOf(group)).toEqual([{ target: TARGET, state: "unhealthy" }]);
  });

  it("drain for the deregistration delay, then are gone", async () => {
    const { stage, clock, group, health } = await hung({}, { "deregistration_delay.timeout_seconds": "30" });
    stage.elbv2.targetGroups.register(group, TARGET);
    await clock.advance(1000);
    let drained = false;
    void stage.elbv2.targetGroups.deregister(group, TARGET).then(() => {
      drained = true;
    });
    expect(stage.elbv2.targetsOf(group)).toEqual([]);
    await clock.advance(29_999);
    expect([drained, ...(await states(stage, group))]).toEqual([
      false,
      "draining Target.DeregistrationInProgress",
    ]);
    await clock.advance(1);
    expect([drained, ...(await states(stage, group))]).toEqual([true]);
    expect(stage.elbv2.targetGroups.health(group, TARGET)).toBe("unused");
    expect(health.slice(-2).map(({ from, to }) => `${from} ${to}`)).toEqual([
      "healthy draining",
      "draining unused",
    ]);
  });

  it("go at once with a delay of 0, and come back when registered while they drain", async () => {
    const { stage, clock, group } = await hung({}, { "deregistration_delay.timeout_seconds": "0" });
    stage.elbv2.targetGroups.register(group, TARGET);
    await stage.elbv2.targetGroups.deregister(group, TARGET);
    expect(await states(stage, group)).toEqual([]);
    const slow = await hung();
    slow.stage.elbv2.targetGroups.register(slow.group, TARGET);
    await slow.clock.advance(1000);
    const drained = slow.stage.elbv2.targetGroups.deregister(slow.group, TARGET);
    await slow.clock.advance(5000);
    slow.stage.elbv2.targetGroups.register(slow.group, TARGET);
    await drained;
    await slow.clock.advance(600_000);
    expect(await states(slow.stage, slow.group)).toEqual(["healthy"]);
    await clock.advance(1);
  });

  it("reach the data plane after the propagation delay, and weights do too", async () => {
    const { stage, clock, group, other, listener, applied } = await hung();
    Object.assign(stage.settings.propagationDelayMs, { min: 2000, max: 2000 });
    stage.elbv2.targetGroups.register(group, TARGET);
    await stage.call("ModifyListener", {
      ListenerArn: listener.arn,
      DefaultActions: [forward({ [group]: 3, [other]: 1 })],
    });
    await clock.advance(1999);
    const shares = () => stage.elbv2.routeShares().map((route) => route.shares);
    expect([stage.elbv2.targetsOf(group), shares()]).toEqual([[], [{ [group]: 0, [other]: 1 }]]);
    const [route] = stage.elbv2.view().routes;
    expect([route?.weights[group], route?.appliedWeights?.[group]]).toEqual([3, 0]);
    await clock.advance(1);
    expect([stage.elbv2.targetsOf(group), shares()]).toEqual([
      [{ target: TARGET, state: "healthy" }],
      [{ [group]: 0.75, [other]: 0.25 }],
    ]);
    expect(applied.at(-1)).toEqual({ arn: listener.arn, weights: { [group]: 3, [other]: 1 } });
  });

  it("are counted once a period, by health", async () => {
    const { stage, clock, group, samples, probes } = await hung({ metricPeriodSeconds: 60 });
    probes.set("10.0.0.2:80", sick);
    for (const id of ["10.0.0.1", "10.0.0.2"]) stage.elbv2.targetGroups.register(group, { id, port: 80 });
    await clock.advance(120_000);
    const values = (metric: string) =>
      samples.filter((sample) => sample.metric === metric).map(({ value }) => value);
    expect([values("HealthyHostCount"), values("UnHealthyHostCount")]).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});
