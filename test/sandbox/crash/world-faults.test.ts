import { afterEach, describe, expect, test } from "vitest";
import type { JournalLine } from "../../../src/core/journal.ts";
import { BLUE, GREEN } from "./account.ts";
import { runPhase } from "./phases.ts";
import { expectAlone, expectSafe, standing } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** What tasks, hosts, autoscaling and other people do to a rollout in its middle. */

let world: World | undefined;

afterEach(() => world?.close());

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld(options);
  return world;
}

/** Does `act` once, at the first wait of the stage or of the bake. */
function onceIn(moment: "stage" | "bake", act: () => unknown): (line: JournalLine) => void {
  let done = false;
  return (line) => {
    if (done || line.kind !== "waiting" || /^baking/.test(line.reason) !== (moment === "bake")) return;
    done = true;
    act();
  };
}

const scale = (world: World, desiredCount: number) =>
  world.api("ecs", "UpdateService", { cluster: "shop", service: "orders", desiredCount });

describe.each(["stage", "bake"] as const)("desired count changed in the %s", (moment) => {
  test.each([
    { to: 4, image: "orders:2", kind: "reached", group: "orders-green" },
    { to: 1, image: "orders:2", kind: "reached", group: "orders-green" },
    { to: 4, image: "orders:3", kind: "rolled-back", group: "orders-blue" },
  ] as const)("to $to: $image is $kind", async ({ to, image, kind, group }) => {
    const world = await open();
    const during = onceIn(moment, () => scale(world, to));
    const { outcome } = await runPhase(world, "rollout", { image, during });
    expect(outcome).toMatchObject({ kind });
    await expectAlone(world, group, ["sluice:aborted"]);
    expect(standing(world).desiredCount).toBe(to);
    expectSafe(world);
  });
});

function firstTask(world: World, group: string): string {
  const sets = world.sandbox.ecs.view().services.flatMap(({ taskSets }) => taskSets);
  const task = sets.find(({ targetGroupArn }) => targetGroupArn === group)?.tasks[0];
  if (!task) throw new Error(`no task in ${group}`);
  return task.arn;
}

interface Blow {
  readonly name: string;
  readonly strike: (world: World) => void;
  readonly options?: WorldOptions;
}

const BLOWS: readonly Blow[] = [
  {
    name: "a task of the new version crashes",
    strike: (world) => world.sandbox.ecs.faults.crash(firstTask(world, GREEN), 1),
  },
  {
    name: "a task of the old version crashes",
    strike: (world) => world.sandbox.ecs.faults.crash(firstTask(world, BLUE), 1),
  },
  {
    name: "Spot takes a task of the new version",
    strike: (world) => world.sandbox.ecs.faults.interruptSpot(firstTask(world, GREEN)),
  },
  {
    name: "a host dies",
    strike: (world) => world.sandbox.ecs.faults.terminateInstance(firstInstance(world)),
    options: { networkMode: "bridge" },
  },
];

function firstInstance(world: World): string {
  const { groups } = world.sandbox.elbv2.view();
  return groups.find(({ arn }) => arn === BLUE)?.targets[0]?.id ?? "";
}

test.each(BLOWS)("$name in the bake: the release still ends well", async ({ strike, options }) => {
  const world = await open({ ...options, spec: { bake: "20s" } });
  const { outcome } = await runPhase(world, "rollout", { during: onceIn("bake", () => strike(world)) });
  expect(outcome).toMatchObject({ kind: "reached" });
  await expectAlone(world, "orders-green", []);
  expect(world.sandbox.monitor.violations).toEqual([]);
});

describe("a version that never stands", () => {
  test("an image that cannot be pulled ends the stage at once", async () => {
    const world = await open();
    const startedAtMs = world.clock.nowMs();
    const { outcome, lines } = await runPhase(world, "rollout", { image: "orders:missing" });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: "tasks" });
    expect(outcome).toMatchObject({ reason: expect.stringContaining("CannotPullContainerError") });
    expect(rollingBackAtMs(lines) - startedAtMs).toBeLessThan(10_000);
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
    expectSafe(world);
  });

  test("a crash loop is given up at its third stop", async () => {
    const world = await open();
    const stopsAtMs: number[] = [];
    world.sandbox.ecs.onChange((change) => {
      if (change.kind === "task-stopped" && change.exitCode === 1) stopsAtMs.push(change.atMs);
    });
    const { outcome, lines } = await runPhase(world, "rollout", { image: "orders:crash-loop" });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: "tasks" });
    const [, , thirdAtMs = Number.NaN] = stopsAtMs;
    expect(rollingBackAtMs(lines)).toBeGreaterThanOrEqual(thirdAtMs);
    expect(rollingBackAtMs(lines) - thirdAtMs).toBeLessThan(30_000);
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
    expectSafe(world);
  });

  test.each<{ readonly name: string; readonly image: string; readonly options: WorldOptions }>([
    { name: "capacity is short", image: "orders:2", options: { settings: { taskLimit: 3 } } },
    { name: "it never listens", image: "orders:never-ready", options: {} },
    {
      name: "a zone stays without a target and traffic keeps within zones",
      image: "orders:2",
      options: { desiredCount: 1, attributes: { "load_balancing.cross_zone.enabled": "false" } },
    },
  ])("$name: it is taken back, at its deadline at the latest", async ({ image, options }) => {
    const world = await open(options);
    const startedAtMs = world.clock.nowMs();
    const { outcome, lines } = await runPhase(world, "rollout", { image });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: expect.stringMatching(/health|tasks/) });
    expect(rollingBackAtMs(lines) - startedAtMs).toBeLessThan(world.spec.timeouts.stage + 10_000);
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
    expectSafe(world);
  });
});

const rollingBackAtMs = (lines: readonly JournalLine[]): number =>
  lines.find(({ kind }) => kind === "rolling-back")?.atMs ?? Number.NaN;

describe("somebody else", () => {
  test("has left five task sets: refused before any write", async () => {
    const world = await open();
    for (let n = 0; n < 4; n++) {
      await world.api("ecs", "CreateTaskSet", {
        cluster: "shop",
        service: "orders",
        taskDefinition: "orders:1",
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-a"] } },
        scale: { value: 0, unit: "PERCENT" },
      });
    }
    const { outcome } = await runPhase(world, "rollout");
    expect(outcome).toMatchObject({ kind: "failed", error: { kind: "configuration" } });
    expect(world.sandbox.calls.writes()).toEqual([]);
    expectSafe(world);
  });

  test("changes the weights in the bake: refused, and rollback works", async () => {
    const world = await open();
    const weights = [
      { TargetGroupArn: BLUE, Weight: 50 },
      { TargetGroupArn: GREEN, Weight: 50 },
    ];
    const Actions = [{ Type: "forward", ForwardConfig: { TargetGroups: weights } }];
    const during = onceIn("bake", () =>
      world.api("elbv2", "ModifyRule", { RuleArn: world.productionArns[0], Actions }),
    );
    const { outcome } = await runPhase(world, "rollout", { during });
    expect(outcome).toMatchObject({ kind: "failed", error: { kind: "refused" } });
    expect(standing(world).serving).toEqual([["orders-blue", "orders-green"]]);
    expect((await runPhase(world, "rollback")).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
    expectSafe(world);
  });

  test("deletes the new task set in the bake: all traffic goes back at once", async () => {
    const world = await open();
    const during = onceIn("bake", () => {
      const taskSet = world.sandbox.ecs.view().services[0]?.taskSets[1]?.id;
      return world.api("ecs", "DeleteTaskSet", { cluster: "shop", service: "orders", taskSet, force: true });
    });
    const { outcome } = await runPhase(world, "rollout", { during });
    expect(outcome).toMatchObject({ kind: "rolled-back", reason: expect.stringContaining("deleted") });
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
    const [first, last] = [world.traffic.lost[0], world.traffic.lost.at(-1)];
    expect((last?.atMs ?? 0) - (first?.atMs ?? 0)).toBeLessThan(5_000);
  });
});
