import { afterEach, describe, expect, test } from "vitest";
import { killsAt } from "./kills.ts";
import { type Ended, type Kill, type PhaseOptions, runPhase, writesOf } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/**
 * The way back behind a finished rollout: what served before is staged, flipped to and left alone, release by
 * release; and a rollback that is asked for again goes on with what it began.
 */

const REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const COMMITS = [
  "",
  "",
  "2222222aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "3333333aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
const LEFT = ["sluice:aborted"];

let world: World | undefined;

afterEach(() => world?.close());

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ registry: REGISTRY, requestsPerSecond: 20, ...options });
  return world;
}

/** Releases up to orders:`upTo`, each a revision of its own: orders:1 served from the beginning. */
async function ship(world: World, upTo: number): Promise<void> {
  for (let revision = 2; revision <= upTo; revision++) {
    const image = `${REGISTRY}/orders:${revision === 2 ? 2 : 4}`;
    const rollout = `r${revision}`;
    const commit = COMMITS[revision] ?? "";
    const { outcome } = await runPhase(world, "rollout", { rollout, image, commit });
    expect(outcome).toMatchObject({ kind: "reached" });
  }
}

const back = (world: World, runId: string, options: PhaseOptions = {}): Promise<Ended> =>
  runPhase(world, "rollback", { rollout: "current", runId, ...options });

/** "orders:2": what serves, when it serves alone. */
async function serving(world: World): Promise<string> {
  const [service] = world.sandbox.ecs.view().services.filter(({ name }) => name === "orders");
  const green = service?.taskSets[0]?.targetGroupArn?.includes("green");
  await expectAlone(world, green ? "orders-green" : "orders-blue", LEFT);
  const described = (await world.api("ecs", "DescribeServices", {
    cluster: "shop",
    services: ["orders"],
  })) as { services: readonly { taskSets: readonly { taskDefinition: string }[] }[] };
  return described.services[0]?.taskSets[0]?.taskDefinition.split("/")[1] ?? "";
}

function expectRefused(world: World, ended: Ended, why: string): void {
  expect(ended.outcome).toMatchObject({
    kind: "failed",
    error: {
      kind: expect.stringMatching(/^(refused|configuration)$/),
      message: expect.stringContaining(why),
    },
  });
  expect(writesOf(world, ended)).toEqual([]);
}

test("rollbacks walk back release by release, until nothing is on record", async () => {
  const world = await open();
  await ship(world, 3);
  expect(await serving(world)).toBe("orders:3");
  expect((await back(world, "101")).outcome).toMatchObject({ kind: "reached" });
  expect(await serving(world)).toBe("orders:2");
  expect((await back(world, "102")).outcome).toMatchObject({ kind: "reached" });
  expect(await serving(world)).toBe("orders:1");
  expectRefused(world, await back(world, "103"), "nothing is on record that served before orders:1");
  expectSafe(world);
});

test("a run that is started again does not go back once more", async () => {
  const world = await open();
  await ship(world, 3);
  await back(world, "101");
  const again = await back(world, "101");
  expect(again.outcome).toMatchObject({ kind: "reached" });
  expect(writesOf(world, again)).toEqual([]);
  expect(await serving(world)).toBe("orders:2");
  await runPhase(world, "rollout", { rollout: "r9", image: `${REGISTRY}/orders:4` });
  const late = await back(world, "101");
  expect(late.outcome).toMatchObject({ kind: "reached", reason: expect.stringContaining("run 101") });
  expect(writesOf(world, late)).toEqual([]);
  expect(await serving(world)).toBe("orders:4");
  expectSafe(world);
});

describe("what is named", () => {
  test.each([
    ["a revision", "orders:1", "orders:1"],
    ["an ARN", "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:1", "orders:1"],
    ["a commit", "2222222aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "orders:2"],
    ["the beginning of a commit", "2222222A", "orders:2"],
  ])("is gone back to, by %s", async (_how, to, expected) => {
    const world = await open();
    await ship(world, 3);
    expect((await back(world, "101", { to })).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe(expected);
    const again = await back(world, "101", { to });
    expect(again.outcome).toMatchObject({ kind: "reached" });
    expect(writesOf(world, again)).toEqual([]);
    expectSafe(world);
  });

  test("may have been gone behind: a commit is then found in the family", async () => {
    const world = await open();
    await ship(world, 3);
    await back(world, "101", { to: "orders:1" });
    expect((await back(world, "102", { to: "3333333" })).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:3");
    expectSafe(world);
  });

  test("serves already: nothing is written", async () => {
    const world = await open();
    await ship(world, 2);
    const ended = await back(world, "101", { to: "orders:2" });
    expect(ended.outcome).toMatchObject({ kind: "reached", reason: "orders:2 serves already" });
    expect(writesOf(world, ended)).toEqual([]);
  });

  test.each([
    [
      "nowhere",
      "abcdef1",
      "no task definition of commit abcdef1",
      "orders:2 (2222222aaaaa), orders:1 (no commit)",
    ],
    ["not a revision", "orders", 'input to: "orders" is neither', "family:revision"],
    ["not there", "orders:9", "there is no task definition orders:9", ""],
  ])("is refused when it is %s", async (_how, to, why, hint) => {
    const world = await open();
    await ship(world, 2);
    const ended = await back(world, "101", { to });
    expectRefused(world, ended, why);
    expect(ended.outcome).toMatchObject({ error: { hint: expect.stringContaining(hint) } });
  });

  test("comes after the rollout under way is taken back", async () => {
    const world = await open();
    await ship(world, 3);
    await runPhase(world, "stage", { rollout: "r4", image: `${REGISTRY}/orders:1` });
    expect((await back(world, "101", { to: "orders:1" })).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:1");
    const stale = await runPhase(world, "promote", { rollout: "r4" });
    expect(stale.outcome).toMatchObject({ kind: "failed" });
    expectSafe(world);
  });
});

describe("what cannot be gone back to is refused, and nothing is written", () => {
  test("a deregistered revision", async () => {
    const world = await open();
    await ship(world, 2);
    await world.api("ecs", "DeregisterTaskDefinition", { taskDefinition: "orders:1" });
    expectRefused(world, await back(world, "101"), "orders:1 cannot be gone back to: it is INACTIVE");
    expect(await serving(world)).toBe("orders:2");
  });

  test("a revision whose image is gone; the plan of the next release said so", async () => {
    const world = await open();
    await ship(world, 2);
    world.sandbox.ecr.delete(`${REGISTRY}/orders:1`);
    expectRefused(world, await back(world, "101"), `its image ${REGISTRY}/orders:1 can no longer be pulled`);
    world.sandbox.ecr.delete(`${REGISTRY}/orders:2`);
    const plan = await runPhase(world, "plan", { rollout: "r3", image: `${REGISTRY}/orders:4` });
    expect(plan.outcome).toMatchObject({
      kind: "reached",
      reason: expect.stringContaining("there will be no way back to orders:2"),
    });
    expect(await serving(world)).toBe("orders:2");
  });

  test("but what cannot be told is tried", async () => {
    const world = await open();
    await ship(world, 2);
    const plan = await runPhase(world, "plan", { rollout: "r3", image: `${REGISTRY}/orders:4` });
    expect(JSON.stringify(plan.outcome)).not.toContain("no way back");
    world.sandbox.faults.add({
      kind: "error",
      code: "AccessDeniedException",
      operation: "ecr:BatchGetImage",
    });
    expect((await back(world, "101")).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:1");
    expectSafe(world);
  });
});

describe("a rollout under way is taken back as ever", () => {
  test("and the run that did it goes back no further, while another does", async () => {
    const world = await open();
    await ship(world, 2);
    await runPhase(world, "stage", { rollout: "r3", image: `${REGISTRY}/orders:4` });
    expect((await back(world, "101")).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:2");
    const again = await back(world, "101");
    expect(again.outcome).toMatchObject({ kind: "reached", reason: expect.stringContaining("run 101") });
    expect(writesOf(world, again)).toEqual([]);
    expect((await back(world, "102")).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:1");
    expectSafe(world);
  });

  test("by its own name; once it is finished, only what is named comes back, once", async () => {
    const world = await open();
    await ship(world, 3);
    const own = await runPhase(world, "rollback", { rollout: "r3" });
    expectRefused(world, own, "rollout r3 is finished and orders:3 serves");
    expect(own.outcome).toMatchObject({
      error: { hint: expect.stringMatching(/orders:2.*rollout: current/) },
    });
    for (const writes of [true, false]) {
      const ended = await runPhase(world, "rollback", { rollout: "r3", to: "orders:2" });
      expect(ended.outcome).toMatchObject({ kind: "reached" });
      expect(writesOf(world, ended).length > 0).toBe(writes);
      expect(await serving(world)).toBe("orders:2");
    }
    const stale = await runPhase(world, "stage", { rollout: "r3", image: `${REGISTRY}/orders:4` });
    expectRefused(world, stale, "rollout r3 was taken back");
    expectSafe(world);
  });
});

test("no freeze holds a way back, and no rollout that was taken back before", async () => {
  const world = await open();
  await ship(world, 2);
  await runPhase(world, "stage", { rollout: "r3", image: `${REGISTRY}/orders:4` });
  await runPhase(world, "rollback", { rollout: "r3" });
  const [service] = world.sandbox.ecs.view().services;
  await world.api("ecs", "TagResource", {
    resourceArn: service?.arn,
    tags: [{ key: "sluice:freeze", value: "closing of the books" }],
  });
  const release = await runPhase(world, "stage", { rollout: "r4", image: `${REGISTRY}/orders:4` });
  expectRefused(world, release, "closing of the books");
  expect((await back(world, "101")).outcome).toMatchObject({ kind: "reached" });
  await expectAlone(world, "orders-blue", [...LEFT, "sluice:freeze"]);
  expectSafe(world);
});

test("without a record, a way back is not undone by the next one", async () => {
  const world = await open();
  await ship(world, 3);
  await back(world, "101");
  const [service] = world.sandbox.ecs.view().services;
  await world.api("ecs", "UntagResource", { resourceArn: service?.arn, tagKeys: ["sluice:history"] });
  expectRefused(world, await back(world, "102"), "nothing is on record that served before orders:2");
  expect((await back(world, "103", { to: "orders:1" })).outcome).toMatchObject({ kind: "reached" });
  expect(await serving(world)).toBe("orders:1");
  expectSafe(world);
});

describe("two runs", () => {
  test.each([0, 1_000, 3_000, 5_000])(
    "the second %d ms after the first: no further back",
    async (afterMs) => {
      const world = await open({ participants: 2 });
      const beginMs = world.clock.nowMs() + 300_000;
      const run = async (runId: string, atMs: number): Promise<Ended> => {
        await world.clock.sleep(atMs - world.clock.nowMs());
        const ended = await back(world, runId);
        world.clock.leave();
        return ended;
      };
      const ended = await Promise.all([
        ship(world, 3).then(() => run("101", beginMs)),
        run("102", beginMs + afterMs),
      ]);
      expect(ended.map(({ outcome }) => outcome.kind)).toContain("reached");
      expect(await serving(world)).toBe("orders:2");
      expectSafe(world);
    },
  );

  test("the second goes on with what the first left half done", async () => {
    const world = await open();
    await ship(world, 3);
    const kill = { call: 80, when: "before" } as const;
    expect((await back(world, "101", { kill })).outcome.kind).toBe("killed");
    expect(world.sandbox.ecs.view().services[0]?.taskSets).toHaveLength(2);
    expect((await back(world, "102")).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:2");
    expect((await back(world, "101")).outcome).toMatchObject({ kind: "reached" });
    expect((await back(world, "102")).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:2");
    expectSafe(world);
  });
});

describe("a way back that fails", () => {
  test("leaves what serves, and the run tries it again when it is started again", async () => {
    const world = await open();
    await ship(world, 2);
    world.runtime.setBehaviour(`${REGISTRY}/orders:1`, { readyAfterMs: "never" });
    expect((await back(world, "101")).outcome).toMatchObject({ kind: "rolled-back", gate: "tasks" });
    expect(await serving(world)).toBe("orders:2");
    world.runtime.setBehaviour(`${REGISTRY}/orders:1`, {});
    expect((await back(world, "101")).outcome).toMatchObject({ kind: "reached" });
    expect(await serving(world)).toBe("orders:1");
    expectSafe(world);
  });

  test.each([true, false])("its errors matter if its gates are asked for: %s", async (gates) => {
    const world = await open();
    await ship(world, 2);
    world.runtime.setBehaviour(`${REGISTRY}/orders:1`, { errorRate: 0.2 });
    const { outcome } = await back(world, "101", { gates });
    expect(outcome).toMatchObject(gates ? { kind: "rolled-back", gate: "errors" } : { kind: "reached" });
    expect(await serving(world)).toBe(gates ? "orders:2" : "orders:1");
    expect(world.sandbox.monitor.violations).toEqual([]);
  });
});

/** Where a rollback is killed. */
async function killsOf(prepare: (world: World) => Promise<unknown>): Promise<readonly Kill[]> {
  const world = await open();
  await prepare(world);
  const { accessKeyId } = await back(world, "101");
  const calls = world.sandbox.calls.calls.filter((call) => call.accessKeyId === accessKeyId);
  await world.close();
  return killsAt(calls);
}

/** orders:2 is finished; nothing is known from before orders:1. */
const release = (world: World): Promise<unknown> => ship(world, 2);

/** orders:3 has all the traffic, and orders:2 stands by. */
async function flip(world: World): Promise<void> {
  await ship(world, 2);
  const options = { rollout: "r3", image: `${REGISTRY}/orders:4` };
  await runPhase(world, "stage", options);
  expect((await runPhase(world, "promote", options)).outcome).toMatchObject({ kind: "reached" });
}

test.each([
  ["behind a finished rollout", release, "orders:1"],
  ["of a rollout under way", flip, "orders:2"],
])(
  "a run killed anywhere in a rollback %s goes on with it, and no further",
  async (_of, prepare, expected) => {
    const kills = await killsOf(prepare);
    expect(kills.length).toBeGreaterThan(20);
    const failures: string[] = [];
    for (const kill of kills) {
      const world = await open();
      try {
        await prepare(world);
        expect((await back(world, "101", { kill })).outcome.kind).toBe("killed");
        expect((await back(world, "101")).outcome).toMatchObject({ kind: "reached" });
        expect(await serving(world)).toBe(expected);
        expect(writesOf(world, await back(world, "101"))).toEqual([]);
        expectSafe(world);
      } catch (error) {
        failures.push(
          `killed ${kill.when} call ${kill.call}: ${error instanceof Error ? error.message : error}`,
        );
      } finally {
        await world.close();
      }
    }
    expect(failures).toEqual([]);
  },
);
