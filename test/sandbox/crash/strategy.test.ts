import { afterEach, expect, test } from "vitest";
import { runPhase, writesOf } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World } from "./world.ts";

/** A workflow chooses the strategy that its release begins with; whoever goes on with it may know only the spec. */

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

test.each(["r1", "current"])(
  "a blue-green release, promoted as %s by a spec that says canary, moves at once",
  async (rollout) => {
    const at = await createWorld({
      desiredCount: 2,
      requestsPerSecond: 20,
      spec: { strategy: "canary", steps: [{ weight: 25, bake: "3s" }, { approve: true }] },
    });
    world = at;
    const chosen = { strategy: "blue-green", steps: undefined };
    expect((await runPhase(at, "stage", { spec: chosen })).outcome).toMatchObject({ kind: "reached" });
    const promoted = await runPhase(at, "promote", { rollout });
    expect(promoted.outcome).toMatchObject({ kind: "reached" });
    expect(writesOf(at, promoted).filter((write) => write.endsWith(":ModifyRule"))).toHaveLength(1);
    expect((await runPhase(at, "finish", { rollout })).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(at, "orders-green", []);
    expectSafe(at);
  },
);
