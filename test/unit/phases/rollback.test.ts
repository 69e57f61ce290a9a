import { describe, expect, test } from "vitest";
import { reach } from "../../../src/phases/controller.ts";
import { meddle } from "../core/model.ts";
import { BLUE, GREEN, RULE } from "../core/world.ts";
import { ROLLBACK_WRITES, type StageSet, short, stageSet, throttled } from "./stage-set.ts";

const split = (blue: number, green: number) => [
  { groupArn: BLUE, weight: blue },
  { groupArn: GREEN, weight: green },
];

/** The new version has all traffic and is PRIMARY. */
async function promoted(more: Parameters<typeof stageSet>[0] = {}): Promise<StageSet> {
  const before = stageSet();
  for (const phase of ["stage", "promote"] as const) {
    expect(await reach(phase, before.context)).toMatchObject({ kind: "reached" });
  }
  return stageSet({ ...more, start: before.world });
}

describe("a rollback", () => {
  test("takes everything back, weights first, once no finish can shrink the old version", async () => {
    const set = await promoted();
    expect(await reach("rollback", set.context)).toMatchObject({ kind: "reached" });
    expect(set.written.map(short)).toEqual([
      "tag aborted=run-2",
      ...ROLLBACK_WRITES.slice(0, 1),
      "set-primary",
      ...ROLLBACK_WRITES.slice(1),
    ]);
  });

  test("goes on against drift: it reads again and writes again", async () => {
    let meddled = 0;
    const set = await promoted({
      beforeWrite: (at, write) => {
        if (write.kind === "set-weights" && meddled++ < 3) {
          at.world = meddle(at.world, at.plan, RULE, split(90 - meddled, 10 + meddled));
        }
      },
    });
    expect(await reach("rollback", set.context)).toMatchObject({ kind: "reached" });
    expect(set.world.routes[0]?.weights).toEqual(split(100, 0));
  });

  test("goes on while AWS fails, until its own deadline", async () => {
    const set = await promoted({
      beforeWrite: () => {
        throw throttled();
      },
    });
    expect(
      await reach("rollback", { ...set.context, plan: { ...set.plan, startedAtMs: set.world.nowMs } }),
    ).toMatchObject({
      kind: "failed",
      error: {
        kind: "deadline",
        message: "the rollback was not complete within 15m",
        hint: expect.stringContaining("weights come first"),
      },
    });
  });
});
