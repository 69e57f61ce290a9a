import { expect, test } from "vitest";
import { killsAt } from "./kills.ts";
import { type Ended, type Kill, runPhase, writesOf } from "./phases.ts";
import { expectAlone, expectSafe, standing } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/**
 * The client of a rollout dies at each of its AWS calls: before the call, and after its effect. Whatever is
 * left then, a new run takes it back, or completes it. A read has no effect, so death after it is death before
 * the next call.
 */

interface Release {
  readonly name: string;
  readonly image: string;
  readonly world: WorldOptions;
  /** Death comes at writes only: the many looks of its bakes are like those of the first release. */
  readonly writesOnly?: boolean;
}

const GOOD: Release = { name: "a good release", image: "orders:2", world: {} };
const BAD: Release = {
  name: "a release with 20 % errors",
  image: "orders:3",
  world: { production: "two-rules", stickySeconds: 60 },
};
const CANARY: Release = {
  name: "a canary of two steps",
  image: "orders:2",
  world: { spec: { strategy: "canary", steps: [{ weight: 50, bake: "2s" }], bake: "2s" } },
  writesOnly: true,
};
const ROLLING: Release = {
  name: "a rolling release of two batches",
  image: "orders:2",
  world: { spec: { strategy: "rolling", batch: { size: 1, bake: "2s" }, bake: "2s" } },
  writesOnly: true,
};
const LEFT_BY_ROLLBACK = ["sluice:aborted", "sluice:idle-group"];

async function killsOf({ image, world: options, writesOnly }: Release): Promise<readonly Kill[]> {
  const world = await createWorld(options);
  try {
    await runPhase(world, "rollout", { image });
    return killsAt(world.sandbox.calls.calls, writesOnly);
  } finally {
    await world.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs `what` in a new world after each kill; a failure names the call. */
async function afterEachKill(release: Release, what: (world: World) => Promise<void>): Promise<void> {
  const kills = await killsOf(release);
  expect(kills.length).toBeGreaterThan(25);
  const failures: string[] = [];
  for (const kill of kills) {
    const world = await createWorld(release.world);
    try {
      const { outcome } = await runPhase(world, "rollout", { image: release.image, kill });
      expect(outcome.kind).toBe("killed");
      await what(world);
      expectSafe(world);
    } catch (error) {
      const fatal = world.sandbox.calls.calls[kill.call - 1];
      failures.push(`killed ${kill.when} call ${kill.call} (${fatal?.operation}): ${reasonOf(error)}`);
    } finally {
      await world.close();
    }
  }
  expect(failures).toEqual([]);
}

test.each([GOOD, BAD, CANARY, ROLLING])("rollback after a crash anywhere in $name", (release) =>
  afterEachKill(release, async (world) => {
    const old = standing(world).taskSets.find((set) => set.startsWith("orders-blue"));
    const back = await runPhase(world, "rollback");
    if (release !== BAD && (old === undefined || old.includes("DRAINING"))) {
      await expectFinished(world, back);
      return;
    }
    expect(back.outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-blue", LEFT_BY_ROLLBACK);
    await expectShipsNothing(world, release);
  }),
);

/** The old version is gone: the rollback of the run's own name leaves what serves, and finish clears up. */
async function expectFinished(world: World, back: Ended): Promise<void> {
  expect(back.outcome).toMatchObject({
    kind: "failed",
    error: {
      kind: "refused",
      message: expect.stringContaining("rollout r1 is finished and orders:2 serves"),
    },
  });
  expect(writesOf(world, back)).toEqual([]);
  expect((await runPhase(world, "finish")).outcome).toMatchObject({ kind: "reached" });
  await expectAlone(world, "orders-green", []);
}

async function expectShipsNothing(world: World, { image }: Release): Promise<void> {
  const before = standing(world);
  for (const phase of ["stage", "rollout"] as const) {
    const ended = await runPhase(world, phase, { image });
    expect(ended.outcome).toMatchObject({ kind: "failed", error: { kind: "refused" } });
    expect(writesOf(world, ended)).toEqual([]);
  }
  expect(standing(world)).toEqual(before);
}

test.each([GOOD, CANARY, ROLLING])("$name is completed after a crash anywhere in it", (release) =>
  afterEachKill(release, async (world) => {
    const { outcome } = await runPhase(world, "rollout", { image: release.image });
    expect(outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-green", []);
  }),
);

/** A rollback that died between its weights looks like somebody else's change: then only a rollback goes on. */
test("a bad release is taken back after a crash anywhere in it", () =>
  afterEachKill(BAD, async (world) => {
    const again = await runPhase(world, "rollout", { image: BAD.image });
    const { outcome } = again;
    if (outcome.kind === "failed") {
      expect(outcome.error.kind).toMatch(/refused|configuration/);
      expect(writesOf(world, again)).toEqual([]);
      expect((await runPhase(world, "rollback")).outcome).toMatchObject({ kind: "reached" });
    } else expect(outcome.kind).toBe("rolled-back");
    await expectAlone(world, "orders-blue", LEFT_BY_ROLLBACK);
  }));
