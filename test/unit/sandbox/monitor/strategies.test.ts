import type { CreateTaskSetResponse } from "@aws-sdk/client-ecs";
import type { CreateRuleOutput, CreateTargetGroupOutput } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, describe, expect, test } from "vitest";
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

const SURGE: WorldOptions = { judged: "at-the-gate", monitor: { maxSurgeTasks: { orders: 1 } } };

const createRolling = (world: MonitoredWorld, scalePercent: number) =>
  world.createSet("v2", world.green, scalePercent, {
    "sluice:rollout": "r1",
    "sluice:replaces": world.stable,
    "sluice:strategy": "rolling",
  });

/** One of four tasks after the other, by the book, as far as `batches`. */
async function roll(world: MonitoredWorld, batches: number): Promise<string> {
  let fresh = "";
  for (let tasks = 1; tasks <= batches; tasks++) {
    if (tasks === 1) fresh = await createRolling(world, 25);
    else await world.scale(fresh, tasks * 25);
    await world.advance(20);
    await world.weigh(100 - tasks * 25, tasks * 25);
    await world.advance(10);
    if (tasks < 4) await world.scale(world.stable, 100 - tasks * 25);
    await world.advance(DRAIN_SECONDS + 10);
  }
  return fresh;
}

describe("a rolling rollout", () => {
  test("by the book breaks nothing", async () => {
    const world = await open(SURGE);
    await roll(world, 4);
    await world.deleteSet(world.stable);
    await world.advance(DRAIN_SECONDS + 10);
    expect(world.monitor.violations).toEqual([]);
    expect(world.monitor.notes).toEqual([]);
  });

  test("by the book, and back in steps as the old set grows", async () => {
    const world = await open(SURGE);
    const fresh = await roll(world, 3);
    const tags = [{ key: "sluice:aborted", value: "r1" }];
    await world.call("TagResource", { resourceArn: world.ecs.view().services[0]?.arn, tags });
    await world.scale(world.stable, 50);
    await world.advance(20);
    await world.weigh(50, 50);
    await world.scale(world.stable, 100);
    await world.advance(20);
    await world.weigh(100, 0);
    await world.advance(DRAIN_SECONDS);
    await world.deleteSet(fresh);
    await world.advance(DRAIN_SECONDS + 10);
    expect(world.monitor.violations).toEqual([]);
  });

  test("back to an old set that has not grown yet", async () => {
    const world = await open({ judged: "at-the-gate" });
    await roll(world, 2);
    await world.scale(world.stable, 100);
    await world.weigh(100, 0);
    expect(world.rulesBroken()).toEqual(["capacity-before-weight"]);
  });

  test("the old set made smaller than the new one makes up for", async () => {
    const world = await open({ judged: "at-the-gate" });
    await createRolling(world, 25);
    await world.advance(20);
    await world.weigh(50, 50);
    await world.scale(world.stable, 50);
    expect(world.rulesBroken()).toEqual(["capacity-before-weight", "capacity-below-desired"]);
  });

  test("more tasks than a batch above the desired count, told once", async () => {
    const world = await open(SURGE);
    const fresh = await createRolling(world, 25);
    await world.advance(20);
    expect(world.rulesBroken()).toEqual([]);
    await world.scale(fresh, 50);
    await world.advance(20);
    expect(world.rulesBroken()).toEqual(["surge"]);
  });

  test("no limit is known: any number will do", async () => {
    const world = await open({ judged: "at-the-gate" });
    await createRolling(world, 100);
    await world.advance(20);
    expect(world.rulesBroken()).toEqual([]);
  });
});

async function createCohort(world: MonitoredWorld, priority = 9): Promise<string> {
  const output = await world.call<CreateRuleOutput>("CreateRule", {
    ListenerArn: world.listener,
    Priority: priority,
    Conditions: [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "x-beta", Values: ["1"] } }],
    Actions: [forward({ [world.green]: 1 })],
    Tags: [{ Key: "sluice:cohort", Value: "0" }],
  });
  return output.Rules?.[0]?.RuleArn ?? "";
}

describe("a cohort's rule", () => {
  test("made for healthy tasks, and deleted a drain before they are, breaks nothing", async () => {
    const world = await open({ judged: "at-the-gate" });
    const fresh = await world.createNewSet(25);
    await world.advance(20);
    const RuleArn = await createCohort(world);
    await world.advance(20);
    await world.call("DeleteRule", { RuleArn });
    await world.advance(DRAIN_SECONDS);
    await world.deleteSet(fresh);
    await world.advance(DRAIN_SECONDS + 10);
    expect(world.monitor.violations).toEqual([]);
  });

  test("made before anybody is healthy, right after somebody else's rule", async () => {
    const world = await open({ judged: "at-the-gate" });
    await createCohort(world, 4);
    expect(world.rulesBroken()).toEqual(["capacity-before-weight", "unread-write"]);
    await world.advance(2);
    expect(world.rulesBroken()).toEqual(["capacity-before-weight", "unread-write", "orphan"]);
  });

  test("left behind by the tasks it leads to", async () => {
    const world = await open({ judged: "at-the-gate" });
    const fresh = await world.createNewSet(25);
    await world.advance(20);
    await createCohort(world);
    await world.deleteSet(fresh);
    await world.advance(10);
    expect(world.rulesBroken()).toEqual(["weight-first", "orphan"]);
  });

  test("its users' requests are judged as any user's", async () => {
    const world = await open({ judged: "at-the-gate" });
    await world.createNewSet(25);
    await world.advance(20);
    const routeArn = await createCohort(world);
    world.monitor.events.request({
      loadBalancerArn: "web",
      routeArn,
      targetGroupArn: world.green,
      target: { id: "10.0.0.99", port: 8080 },
      targetHealth: "unhealthy",
      status: 200,
      fromLoadBalancer: false,
      durationMs: 5,
      webSocket: false,
    });
    expect(world.monitor.summary().requests).toBe(1);
    expect(world.rulesBroken()).toEqual(["unhealthy-target"]);
  });
});

describe("the first task set of an empty service", () => {
  /** In the group that has all the weight of the one production rule. */
  async function stageFirst(world: MonitoredWorld, replaces: string) {
    const groups: string[] = [];
    for (const Name of ["one", "two"]) {
      const input = { Name, Protocol: "HTTP", Port: 8080, TargetType: "ip", VpcId: "vpc-1" };
      const output = await world.call<CreateTargetGroupOutput>("CreateTargetGroup", input);
      groups.push(output.TargetGroups?.[0]?.TargetGroupArn ?? "");
    }
    const [one = "", two = ""] = groups;
    await world.call("CreateRule", {
      ListenerArn: world.listener,
      Priority: 20,
      Conditions: [{ Field: "path-pattern", Values: ["/first"] }],
      Actions: [forward({ [one]: 100, [two]: 0 })],
    });
    const at = { cluster: "shop", service: "first" };
    await world.call("CreateService", {
      cluster: "shop",
      serviceName: "first",
      desiredCount: 2,
      deploymentController: { type: "EXTERNAL" },
    });
    const created = await world.call<CreateTaskSetResponse>("CreateTaskSet", {
      ...at,
      taskDefinition: "v2",
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-a"] } },
      loadBalancers: [{ targetGroupArn: one, containerName: "app", containerPort: 8080 }],
      scale: { value: 100, unit: "PERCENT" },
      tags: [
        { key: "sluice:rollout", value: "r1" },
        { key: "sluice:replaces", value: replaces },
      ],
    });
    const taskSet = created.taskSet?.taskSetArn ?? "";
    return {
      promote: () => world.call("UpdateServicePrimaryTaskSet", { ...at, primaryTaskSet: taskSet }),
      remove: () => world.call("DeleteTaskSet", { ...at, taskSet, force: true }),
    };
  }

  test("staged into the group with the weight, and deleted again, breaks nothing", async () => {
    const world = await open({ judged: "at-the-gate" });
    const first = await stageFirst(world, "none");
    await world.advance(60);
    await first.remove();
    await world.advance(400);
    expect(world.monitor.violations).toEqual([]);
  });

  test("serves once it is PRIMARY", async () => {
    const world = await open({ judged: "at-the-gate" });
    const first = await stageFirst(world, "none");
    await world.advance(60);
    await first.promote();
    await first.remove();
    await world.advance(10);
    expect(world.rulesBroken()).toEqual(["weight-first", "orphan"]);
  });

  test("is only one that says so", async () => {
    const world = await open({ judged: "at-the-gate" });
    const first = await stageFirst(world, "ecs-svc/0");
    await world.advance(60);
    await first.remove();
    await world.advance(10);
    expect(world.rulesBroken()).toEqual(["weight-first", "orphan"]);
  });
});
