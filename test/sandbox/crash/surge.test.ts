import { afterEach, expect, test } from "vitest";
import { runPhase } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World } from "./world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const open = async (desiredCount: number, size: number): Promise<World> => {
  world = await createWorld({
    desiredCount,
    spec: { strategy: "rolling", batch: { size, bake: "6s" } },
    requestsPerSecond: 80,
    monitor: { maxSurgeTasks: { orders: size } },
  });
  return world;
};

test.each([
  [4, 1],
  [5, 2],
])(
  "a rolling release of %i tasks never has more than a batch of %i above them",
  async (desiredCount, size) => {
    const at = await open(desiredCount, size);
    expect((await runPhase(at, "rollout")).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(at, "orders-green", []);
    expectSafe(at);
  },
);

test("nor one that fails and goes back, until the way back begins", async () => {
  const at = await open(4, 1);
  const ended = await runPhase(at, "rollout", { image: "orders:3" });
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
  await expectAlone(at, "orders-blue", ["sluice:aborted"]);
  expectSafe(at);
});
