import { afterEach, expect, test } from "vitest";
import { createMonitor } from "../../../../sandbox/monitor/monitor.ts";
import type { RoutedRequest } from "../../../../sandbox/ports.ts";
import { type GateVerdict, pass, type WireCall } from "../../../../sandbox/wire/gate.ts";
import { AwsError } from "../../../../sandbox/wire/service.ts";
import { createWorld, DRAIN_SECONDS, forward, type MonitoredWorld, type WorldOptions } from "./world.ts";

const worlds: MonitoredWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function open(options: WorldOptions = {}): Promise<MonitoredWorld> {
  const world = await createWorld(options);
  worlds.push(world);
  return world;
}

/** A request that the load balancer took in at the production rule. */
const routed = (world: MonitoredWorld, given: Partial<RoutedRequest> = {}): RoutedRequest => ({
  loadBalancerArn: "web",
  routeArn: world.rule,
  targetGroupArn: world.blue,
  target: { id: "10.0.0.10", port: 8080 },
  targetHealth: "healthy",
  status: 200,
  fromLoadBalancer: false,
  durationMs: 5,
  webSocket: false,
  ...given,
});

test("requests to a target that is not healthy: one violation for each time it is so", async () => {
  const world = await open();
  const { events } = world.monitor;
  events.request(routed(world));
  events.request(routed(world, { targetHealth: "initial" }));
  events.request(routed(world, { targetHealth: "initial" }));
  events.request(routed(world, { targetHealth: "initial", routeArn: world.testRule }));
  expect(world.rulesBroken()).toEqual(["unhealthy-target"]);

  const target = { id: "10.0.0.10", port: 8080 };
  events.health({ targetGroupArn: world.blue, target, from: "initial", to: "unhealthy" });
  events.request(routed(world, { targetHealth: "unhealthy" }));
  expect(world.rulesBroken()).toEqual(["unhealthy-target", "unhealthy-target"]);
  expect(world.monitor.summary().requests).toBe(4);
});

test("a group that fails open because its tasks have died by themselves leaves a note", async () => {
  const world = await open();
  world.crash(world.stable);
  world.monitor.events.request(routed(world, { targetHealth: "unhealthy" }));
  expect(world.monitor.violations).toEqual([]);
  expect(world.monitor.notes).toMatchObject([
    { kind: "fail-open", message: expect.stringContaining("0 of 0 registered targets were healthy") },
  ]);
});

test("errors that the load balancer makes on production routes are counted by group and status", async () => {
  const world = await open();
  const { events } = world.monitor;
  const own = { fromLoadBalancer: true };
  events.request(routed(world, { ...own, status: 502 }));
  events.request(routed(world, { ...own, status: 502 }));
  events.request(routed(world, { ...own, status: 503, targetGroupArn: world.green }));
  events.request(routed(world, { ...own, status: 460 }));
  events.request(routed(world, { status: 503 }));
  events.request(routed(world, { ...own, status: 503, routeArn: world.testRule }));
  expect(world.monitor.loadBalancerErrors).toEqual([
    { targetGroupArn: world.blue, status: 502, count: 2 },
    { targetGroupArn: world.green, status: 503, count: 1 },
  ]);
  expect(world.monitor.summary().loadBalancerErrors).toBe(3);
});

test("a group without targets is an orphan once its weight has been in force for more than a second", async () => {
  const world = await open({ settings: { propagationDelayMs: { min: 5000, max: 5000 } } });
  await world.weigh(90, 10);
  await world.advance(5.9);
  expect(world.rulesBroken()).toEqual(["capacity-before-weight"]);
  await world.advance(0.2);
  expect(world.rulesBroken()).toEqual(["capacity-before-weight", "orphan"]);
  await world.advance(30);
  expect(world.rulesBroken()).toEqual(["capacity-before-weight", "orphan"]);
});

test("an empty group that is relieved within a second is no orphan", async () => {
  const world = await open();
  await world.weigh(90, 10);
  await world.advance(0.9);
  await world.weigh(100, 0);
  await world.advance(5);
  expect(world.rulesBroken()).toEqual(["capacity-before-weight"]);
});

test("AWS's seconds pass faster by the sandbox's speed", async () => {
  const world = await open({ settings: { speed: 10 } });
  const fresh = await world.createNewSet(100);
  await world.advance(20);
  await world.weigh(0, 100);
  await world.advance(DRAIN_SECONDS / 10 - 0.1);
  await world.scale(world.stable, 0);
  expect(world.rulesBroken()).toEqual(["weight-first", "stable-shrunk"]);
  await world.weigh(100, 0);
  await world.advance(DRAIN_SECONDS / 10);
  await world.deleteSet(fresh);
  expect(world.rulesBroken().slice(2)).toEqual(["capacity-before-weight", "orphan"]);
});

test("a listener that is not this service's, a priority and a deleted production rule", async () => {
  const world = await open();
  const DefaultActions = [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "503" } }];
  await world.call("ModifyListener", { ListenerArn: world.listener, DefaultActions });
  await world.call("SetRulePriorities", { RulePriorities: [{ RuleArn: world.testRule, Priority: 6 }] });
  await world.call("DeleteRule", { RuleArn: world.testRule });
  await world.call("DeleteRule", { RuleArn: world.rule });
  expect(world.monitor.violations.map(({ message, call }) => [call?.operation, message])).toEqual([
    [
      "ModifyListener",
      "The write to the default action of web:80 changed more than the service's weights: the fixed-response action was changed.",
    ],
    [
      "SetRulePriorities",
      'The write to rule 5 of web:80 changed more than the service\'s weights: Priority changed from "5" to "6".',
    ],
    [
      "DeleteRule",
      "The write to rule 10 of web:80 changed more than the service's weights: the route was deleted.",
    ],
  ]);
});

test("another service's groups on the same route are not counted, and not to be touched", async () => {
  const world = await open();
  const { TargetGroups } = await world.call<{ TargetGroups: { TargetGroupArn: string }[] }>(
    "CreateTargetGroup",
    {
      Name: "other",
      Protocol: "HTTP",
      Port: 8080,
      TargetType: "ip",
      VpcId: "vpc-1",
    },
  );
  const other = TargetGroups[0]?.TargetGroupArn ?? "";
  const ListenerArn = world.listener;
  const Conditions = [{ Field: "path-pattern", Values: ["/shared"] }];
  const weigh = (weights: Readonly<Record<string, number>>) => [forward(weights)];
  const created = await world.call<{ Rules: { RuleArn: string }[] }>("CreateRule", {
    ListenerArn,
    Priority: 20,
    Conditions,
    Actions: weigh({ [world.blue]: 50, [world.green]: 0, [other]: 50 }),
  });
  const RuleArn = created.Rules[0]?.RuleArn ?? "";
  await world.createNewSet(50);
  await world.advance(20);
  await world.call("ModifyRule", {
    RuleArn,
    Actions: weigh({ [world.blue]: 25, [world.green]: 25, [other]: 50 }),
  });
  expect(world.rulesBroken()).toEqual([]);
  await world.call("ModifyRule", {
    RuleArn,
    Actions: weigh({ [world.blue]: 25, [world.green]: 25, [other]: 40 }),
  });
  expect(world.rulesBroken()).toEqual(["unread-write"]);
});

const modify = (world: MonitoredWorld): WireCall => ({
  seq: 900,
  atMs: 0,
  service: "elasticloadbalancing",
  action: "elasticloadbalancing:ModifyRule",
  operation: "ModifyRule",
  protocol: "query",
  input: { RuleArn: world.rule },
  write: true,
  accessKeyId: "test",
});

test("the gate's verdicts pass through, and a refused write is not judged", async () => {
  const world = await open();
  const refused: GateVerdict = { kind: "refuse", error: new AwsError("Throttling", "Rate exceeded") };
  const gate = world.monitor.gate({ before: () => refused, after: () => ({ kind: "cut" }) });
  const writes = world.monitor.summary().writes;
  expect(await gate.before(modify(world))).toBe(refused);
  expect(await gate.after(modify(world))).toEqual({ kind: "cut" });
  expect(world.monitor.summary().writes).toBe(writes);
});

test("a write whose answer is late is judged when it ran, and not again when it appears in the log", async () => {
  const world = await open();
  let answer = (): void => undefined;
  const late = new Promise<GateVerdict>((resolve) => {
    answer = () => resolve(pass);
  });
  const gate = world.monitor.gate({ before: () => pass, after: () => late });
  const call = modify(world);
  await gate.before(call);
  await world.elbv2.service.operations.ModifyRule?.(
    { RuleArn: world.rule, Actions: [forward({ [world.blue]: 100, [world.green]: 0 })] },
    call,
  );
  const verdict = gate.after(call);
  expect(world.rulesBroken()).toEqual(["unread-write"]);
  answer();
  await verdict;
  world.calls.add({ ...call, outcome: "ok", answer: "none" });
  expect(world.rulesBroken()).toEqual(["unread-write"]);
});

test("a monitor that fails says so instead of throwing", async () => {
  const world = await open();
  const broken = createMonitor({
    clock: world.clock,
    settings: { speed: 1 },
    ecs: world.ecs,
    elbv2: {
      service: world.elbv2.service,
      view: () => {
        throw new Error("no view");
      },
    },
  });
  broken.close();
  expect(broken.violations).toMatchObject([
    { rule: "monitor-failed", message: expect.stringContaining("no view") },
  ]);
});
