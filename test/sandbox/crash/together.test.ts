import { afterEach, describe, expect, test } from "vitest";
import { runTogether } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World } from "./world.ts";

/** Two jobs at once on one service. */

let world: World | undefined;

afterEach(() => world?.close());

const HALF_SECONDS = Array.from({ length: 36 }, (_, index) => index * 500);

describe("two rollouts", () => {
  test.each([0, 1, 500, 1_000, 2_000, 4_000])(
    "the second %d ms after the first: one ships",
    async (afterMs) => {
      world = await createWorld({ participants: 2 });
      const ended = await runTogether(world, [
        { phase: "rollout", rollout: "r1", afterMs: 0 },
        { phase: "rollout", rollout: "r2", afterMs },
      ]);
      const kinds = ended.map(({ outcome }) => outcome.kind).sort();
      expect(kinds).toEqual(["failed", "reached"]);
      await expectAlone(world, "orders-green", []);
      expectSafe(world);
    },
  );

  test("the first of both named second: one ships", async () => {
    world = await createWorld({ participants: 2 });
    const ended = await runTogether(world, [
      { phase: "rollout", rollout: "r2", afterMs: 1 },
      { phase: "rollout", rollout: "r1", afterMs: 0 },
    ]);
    expect(ended.map(({ outcome }) => outcome.kind).sort()).toEqual(["failed", "reached"]);
    await expectAlone(world, "orders-green", []);
    expectSafe(world);
  });
});

describe("a rollback beside the rollout", () => {
  test.each(HALF_SECONDS)(
    "begun %d ms after it: the old version serves alone, unless it is gone",
    async (afterMs) => {
      world = await createWorld({ participants: 2 });
      const [rollout, rollback] = await runTogether(world, [
        { phase: "rollout", afterMs: 0 },
        { phase: "rollback", afterMs },
      ]);
      if (rollback?.outcome.kind === "failed") {
        expect(rollback.outcome.error.message).toContain("rollout r1 is finished and orders:2 serves");
        expect(rollout?.outcome.kind).toBe("reached");
        await expectAlone(world, "orders-green", []);
      } else {
        expect(rollback?.outcome.kind).toBe("reached");
        expect(rollout?.outcome.kind).toBe("failed");
        await expectAlone(world, "orders-blue", ["sluice:aborted"]);
      }
      expectSafe(world);
    },
  );
});

test.each([3_000, 5_000, 8_000, 11_000])(
  "two rollbacks beside the rollout, %d ms after it",
  async (afterMs) => {
    world = await createWorld({ participants: 3 });
    const [rollout, ...rollbacks] = await runTogether(world, [
      { phase: "rollout", afterMs: 0 },
      { phase: "rollback", afterMs },
      { phase: "rollback", afterMs: afterMs + 700 },
    ]);
    expect(rollout?.outcome.kind).toBe("failed");
    expect(rollbacks.map(({ outcome }) => outcome.kind)).toEqual(["reached", "reached"]);
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
    expectSafe(world);
  },
);
