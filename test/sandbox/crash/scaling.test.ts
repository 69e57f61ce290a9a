import { afterEach, expect, test } from "vitest";
import { runPhase } from "./phases.ts";
import { expectAlone, expectSafe, standing } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** Application Auto Scaling between 2 and 8 tasks of "orders", which has 4. */

const TARGET = {
  ServiceNamespace: "ecs",
  ResourceId: "service/shop/orders",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;
const NOTHING = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
};
const LEFT = ["sluice:aborted", "sluice:idle-group", "sluice:history"];

let world: World | undefined;

afterEach(() => world?.close());

async function open(options: WorldOptions = {}, suspended: Partial<typeof NOTHING> = {}): Promise<World> {
  world = await createWorld({ desiredCount: 4, ...options });
  await autoscaling(world, "RegisterScalableTarget", {
    ...TARGET,
    MinCapacity: 2,
    MaxCapacity: 8,
    SuspendedState: suspended,
  });
  return world;
}

const autoscaling = async (world: World, operation: string, input: object): Promise<unknown> =>
  world.sandbox.autoscaling.service.operations[operation]?.(input, { operation, accessKeyId: "somebody" });

async function suspendedState(world: World): Promise<unknown> {
  const answer = await autoscaling(world, "DescribeScalableTargets", { ServiceNamespace: "ecs" });
  return Object(answer).ScalableTargets[0].SuspendedState;
}

/** Tries to scale in at every line of the journal; the kinds of the lines at which that worked. */
function hungryPolicy(world: World) {
  const tries: Promise<boolean>[] = [];
  return {
    during: () => void tries.push(world.sandbox.autoscaling.scale("orders", 2)),
    successes: async () => (await Promise.all(tries)).filter(Boolean).length,
    tries: () => tries.length,
  };
}

test.each([
  ["a good release", "orders:2", "reached", "orders-green"],
  ["a bad release", "orders:3", "rolled-back", "orders-blue"],
] as const)("nothing scales in during %s, and it may again after it", async (_name, image, kind, group) => {
  const world = await open();
  const policy = hungryPolicy(world);
  let isStaged = false;
  const { outcome } = await runPhase(world, "rollout", {
    image,
    during: (line) => {
      isStaged ||= line.kind === "writing" && line.write.kind === "create-task-set";
      const isResuming = line.kind === "writing" && line.write.kind === "resume-scale-in";
      if (isStaged && !isResuming) policy.during();
      if (isResuming) isStaged = false;
    },
  });
  expect(outcome).toMatchObject({ kind });
  expect(policy.tries()).toBeGreaterThan(10);
  expect(await policy.successes()).toBe(0);
  expect(await suspendedState(world)).toEqual(NOTHING);
  await expectAlone(world, group, LEFT);
  expect(standing(world).tags).not.toContain("sluice:scale-in");
  expect(await world.sandbox.autoscaling.scale("orders", 2)).toBe(true);
  expectSafe(world);
});

test("what people had suspended before stays suspended", async () => {
  const people = { ...NOTHING, DynamicScalingInSuspended: true, ScheduledScalingSuspended: true };
  const world = await open({}, people);
  expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
  expect(await suspendedState(world)).toEqual(people);
  expect(
    world.sandbox.calls.writes().filter(({ operation }) => operation.startsWith("Register")),
  ).toHaveLength(1);
});

test("what people had suspended beside it is kept", async () => {
  const people = { ...NOTHING, DynamicScalingOutSuspended: true };
  const world = await open({}, people);
  expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
  expect(await suspendedState(world)).toEqual(people);
});

test.each(["before", "after"] as const)(
  "a job killed %s it has suspended is cleaned up after by the rollback",
  async (when) => {
    const world = await open();
    const fault = { kind: "kill", when, operation: "application-autoscaling:Register*", times: 1 } as const;
    const dead = new Promise<void>((resolve) => {
      world.onKill = () => {
        world.sandbox.faults.add({
          kind: "error",
          code: "AccessDeniedException",
          operation: "ecs:CreateTaskSet",
        });
        resolve();
      };
    });
    world.sandbox.faults.add(fault);
    await runPhase(world, "stage");
    await dead;
    world.sandbox.faults.clear();
    expect((await runPhase(world, "rollback")).outcome).toMatchObject({ kind: "reached" });
    expect(await suspendedState(world)).toEqual(NOTHING);
    await expectAlone(world, "orders-blue", LEFT);
  },
);

test("a role that knows nothing of scaling releases as well", async () => {
  const world = await open();
  const code = "AccessDeniedException";
  world.sandbox.faults.add({ kind: "error", code, operation: "application-autoscaling:*" });
  expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
  expect(standing(world).tags).not.toContain("sluice:scale-in");
  await expectAlone(world, "orders-green", LEFT);
});

test("a rollback does not wait for Application Auto Scaling, and resumes scaling in when it answers again", async () => {
  const world = await open();
  expect((await runPhase(world, "stage")).outcome).toMatchObject({ kind: "reached" });
  expect((await runPhase(world, "shift")).outcome).toMatchObject({ kind: "reached" });
  world.sandbox.faults.add({ kind: "server-error", operation: "application-autoscaling:*" });
  const startedAtMs = world.clock.nowMs();
  let deletedAfterMs = Number.POSITIVE_INFINITY;
  const { outcome } = await runPhase(world, "rollback", {
    during: (line) => {
      if (line.kind !== "writing") return;
      if (line.write.kind === "delete-task-set") deletedAfterMs = line.atMs - startedAtMs;
      if (line.write.kind === "resume-scale-in") world.sandbox.faults.clear();
    },
  });
  expect(outcome).toMatchObject({ kind: "reached" });
  expect(deletedAfterMs).toBeLessThan(20_000);
  expect(await suspendedState(world)).toEqual(NOTHING);
  await expectAlone(world, "orders-blue", LEFT);
});

test("whichever tag or suspension a job dies after, the next job ends with scaling in resumed", async () => {
  const trial = await open();
  const { accessKeyId } = await runPhase(trial, "rollout");
  const calls = trial.sandbox.calls.calls.filter((call) => call.accessKeyId === accessKeyId);
  const marks = calls.flatMap(({ operation }, index) =>
    /^(Register|Tag|Untag)/.test(operation) && operation !== "RegisterTaskDefinition" ? [index + 1] : [],
  );
  expect(marks.length).toBeGreaterThan(5);
  await trial.close();
  for (const call of marks) {
    const world = await open();
    expect((await runPhase(world, "rollout", { kill: { call, when: "after" } })).outcome.kind).toBe("killed");
    expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
    expect({ call, state: await suspendedState(world) }).toEqual({ call, state: NOTHING });
    expect(standing(world).tags).not.toContain("sluice:scale-in");
    expectSafe(world);
    await world.close();
  }
});
