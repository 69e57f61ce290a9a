import { afterEach, describe, expect, test } from "vitest";
import { createWorld, DRAIN_SECONDS, type MonitoredWorld, type WorldOptions } from "./world.ts";

const worlds: MonitoredWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function open(options: WorldOptions = {}): Promise<MonitoredWorld> {
  const world = await createWorld(options);
  worlds.push(world);
  return world;
}

/** Blue-green by the book, to the end. */
async function release(world: MonitoredWorld): Promise<string> {
  const fresh = await world.createNewSet(100);
  await world.advance(20);
  await world.call("ModifyRule", { RuleArn: world.testRule, Actions: [onlyTo(world.green)] });
  await world.weigh(90, 10);
  await world.advance(10);
  await world.weigh(0, 100);
  await world.call("UpdateServicePrimaryTaskSet", { ...world.at, primaryTaskSet: fresh });
  await world.advance(DRAIN_SECONDS);
  await world.scale(world.stable, 0);
  await world.deleteSet(world.stable);
  await world.advance(DRAIN_SECONDS + 10);
  return fresh;
}

const onlyTo = (TargetGroupArn: string) => ({ Type: "forward", Order: 2, TargetGroupArn });

describe.each(["at-the-gate", "in-the-log"] as const)("judged %s", (judged) => {
  test("a careful release, and the next one back to the first group, break nothing", async () => {
    const world = await open({ judged });
    const second = await release(world);
    const third = await world.createSet("v1", world.blue, 100, {
      "sluice:rollout": "r2",
      "sluice:replaces": second,
    });
    await world.advance(20);
    await world.weigh(100, 0);
    await world.advance(DRAIN_SECONDS);
    await world.scale(second, 0);
    await world.deleteSet(second);
    await world.advance(DRAIN_SECONDS + 10);
    expect(world.ecs.view().services[0]?.taskSets.map(({ id }) => id)).toEqual([third]);
    expect(world.monitor.violations).toEqual([]);
    expect(world.monitor.notes).toEqual([]);
    expect(world.monitor.summary().writes).toBeGreaterThan(15);
  });

  test("a careful rollback breaks nothing", async () => {
    const world = await open({ judged });
    const fresh = await world.createNewSet(25);
    await world.advance(20);
    await world.weigh(75, 25);
    await world.advance(5);
    await world.weigh(100, 0);
    await world.advance(DRAIN_SECONDS);
    await world.deleteSet(fresh);
    await world.advance(DRAIN_SECONDS + 10);
    expect(world.monitor.violations).toEqual([]);
  });

  test("weight before health", async () => {
    const world = await open({ judged });
    await world.createNewSet(100);
    await world.advance(2);
    await world.weigh(50, 50);
    expect(world.monitor.violations).toEqual([
      {
        atMs: world.clock.nowMs(),
        rule: "capacity-before-weight",
        message:
          "orders: rule 10 of web:80 raised green from 0 % to 50 % of the traffic, which needs 2 of the 4 " +
          "desired tasks healthy; 0 were.",
        call: { seq: world.calls.calls.at(-1)?.seq, operation: "ModifyRule" },
      },
    ]);
  });

  test("more weight than there is capacity for", async () => {
    const world = await open({ judged });
    await world.createNewSet(25);
    await world.advance(20);
    await world.weigh(75, 25);
    expect(world.rulesBroken()).toEqual([]);
    await world.weigh(74, 26);
    expect(world.rulesBroken()).toEqual(["capacity-before-weight"]);
  });

  test("deleting a set that has weight", async () => {
    const world = await open({ judged });
    const fresh = await world.createNewSet(25);
    await world.advance(20);
    await world.weigh(75, 25);
    await world.deleteSet(fresh);
    expect(world.monitor.violations).toMatchObject([
      { rule: "weight-first", call: { operation: "DeleteTaskSet" } },
    ]);
    await world.advance(5);
    expect(world.monitor.violations).toMatchObject([{ rule: "weight-first" }, { rule: "orphan" }]);
  });

  test("deleting a set before its drain time is over", async () => {
    const world = await open({ judged });
    const fresh = await world.createNewSet(25);
    await world.advance(20);
    await world.weigh(75, 25);
    await world.weigh(100, 0);
    await world.advance(DRAIN_SECONDS - 1);
    await world.deleteSet(fresh);
    expect(world.monitor.violations).toMatchObject([
      {
        rule: "weight-first",
        message: expect.stringContaining("29 s after its group green lost its weight"),
      },
    ]);
  });

  test("scaling the stable set down first", async () => {
    const world = await open({ judged });
    await world.createNewSet(50);
    await world.advance(20);
    await world.scale(world.stable, 50);
    expect(world.rulesBroken()).toEqual(["weight-first", "stable-shrunk"]);
  });

  test("dropping the sign-in", async () => {
    const world = await open({ judged });
    await world.createNewSet(25);
    await world.advance(20);
    await world.weigh(75, 25, { signIn: false });
    expect(world.monitor.violations).toMatchObject([
      {
        rule: "unread-write",
        message:
          "The write to rule 10 of web:80 changed more than the service's weights: " +
          "the authenticate-oidc action was dropped.",
      },
    ]);
  });

  test("a careless script is told every breach, in order", async () => {
    const world = await open({ judged });
    const fresh = await world.createNewSet(100);
    await world.weigh(0, 100, { signIn: false });
    await world.scale(world.stable, 0);
    await world.advance(40);
    await world.weigh(50, 50, { signIn: false });
    await world.deleteSet(fresh);
    expect(world.rulesBroken()).toEqual([
      "capacity-before-weight",
      "unread-write",
      "weight-first",
      "stable-shrunk",
      "orphan",
      "capacity-before-weight",
      "weight-first",
    ]);
  });
});

test("without tags, what is not PRIMARY is new", async () => {
  const world = await open();
  await world.createSet("v2", world.green, 100);
  await world.advance(20);
  await world.weigh(50, 50);
  await world.scale(world.stable, 50);
  expect(world.rulesBroken()).toEqual(["stable-shrunk"]);
});

test("in a rolling rollout the stable set follows its weight", async () => {
  const world = await open({ monitor: { rolling: true } });
  await world.createNewSet(50);
  await world.advance(20);
  await world.weigh(50, 50);
  await world.scale(world.stable, 50);
  expect(world.rulesBroken()).toEqual([]);
  await world.scale(world.stable, 25);
  expect(world.rulesBroken()).toEqual(["weight-first"]);
});

test("going back to a stable set that lost tasks by itself is no breach; to one that was scaled down it is", async () => {
  const world = await open({ monitor: { rolling: true } });
  await world.createNewSet(100);
  await world.advance(20);
  await world.weigh(50, 50);
  world.crash(world.stable);
  await world.advance(1);
  await world.weigh(100, 0);
  expect(world.rulesBroken()).toEqual([]);

  await world.advance(30);
  await world.weigh(0, 100);
  await world.advance(DRAIN_SECONDS);
  await world.scale(world.stable, 25);
  await world.advance(30);
  await world.scale(world.stable, 100);
  await world.weigh(100, 0);
  expect(world.rulesBroken()).toEqual(["capacity-before-weight"]);
});

test("two rollouts with weight at the same time", async () => {
  const world = await open();
  await world.createNewSet(25, "r1");
  await world.advance(20);
  await world.weigh(90, 10);
  await world.createNewSet(25, "r2");
  expect(world.rulesBroken()).toEqual([]);
  await world.advance(20);
  expect(world.monitor.violations).toMatchObject([
    { rule: "two-rollouts", message: expect.stringMatching(/rollout r1.*rollout r2/) },
  ]);
});

test("a canary that crashes leaves a note, not a violation", async () => {
  const world = await open();
  const fresh = await world.createNewSet(25);
  await world.advance(20);
  await world.weigh(75, 25);
  world.crash(fresh);
  await world.advance(3);
  expect(world.monitor.violations).toEqual([]);
  expect(world.monitor.notes).toMatchObject([{ kind: "empty-group" }]);
});

test("what is done to the account behind the wire is nobody's breach", async () => {
  const world = await open({ judged: "at-the-gate" });
  await world.elbv2.service.operations.ModifyRule?.(
    { RuleArn: world.rule, Actions: [onlyTo(world.blue)] },
    { operation: "ModifyRule", accessKeyId: "somebody" },
  );
  await world.scale(world.stable, 100);
  expect(world.monitor.violations).toEqual([]);
});

test("named production routes are judged from the start, and only they", async () => {
  const named = await open({ monitor: { productionRoutes: [] } });
  await named.createNewSet(25);
  await named.weigh(0, 100);
  expect(named.rulesBroken()).toEqual([]);
});

test("listeners are told, one that throws included, until they end it; a closed monitor sees nothing", async () => {
  const world = await open();
  const told: string[] = [];
  const end = world.monitor.onViolation(({ rule }) => told.push(rule));
  world.monitor.onViolation(() => {
    throw new Error("deaf");
  });
  await world.weigh(50, 50);
  end();
  await world.weigh(0, 100);
  expect(told).toEqual(["capacity-before-weight"]);
  world.monitor.close();
  await world.weigh(0, 100, { signIn: false });
  expect(world.rulesBroken()).toEqual(["capacity-before-weight", "capacity-before-weight"]);
  expect(world.monitor.summary()).toMatchObject({ violations: { "capacity-before-weight": 2 } });
});
