import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import { formatStep, TAG } from "../../../src/core/tags.ts";
import { asSluiceError, reach } from "../../../src/phases/controller.ts";
import { meddle } from "../core/model.ts";
import { BLUE, GREEN, MINUTE_MS, NOW_MS, RULE } from "../core/world.ts";
import { FORWARD_WRITES, freshWorld, type StageSet, short, stageSet, throttled } from "./stage-set.ts";

const split = (blue: number, green: number) => [
  { groupArn: BLUE, weight: blue },
  { groupArn: GREEN, weight: green },
];

async function staged(more: Parameters<typeof stageSet>[0] = {}): Promise<StageSet> {
  const before = stageSet();
  await reach("stage", before.context);
  return stageSet({ ...more, start: before.world });
}

describe("reaches its target", () => {
  test("with every write in the journal before it is made, and in order", async () => {
    const set = stageSet({
      beforeWrite: (at, write) => expect(at.events.at(-1)).toEqual({ kind: "writing", write }),
    });
    for (const phase of ["stage", "verify", "promote", "finish"] as const) {
      expect(
        await reach(phase, { ...set.context, plan: { ...set.plan, startedAtMs: set.world.nowMs } }),
      ).toMatchObject({
        kind: "reached",
      });
    }
    const journal = set.events.flatMap((event) => (event.kind === "writing" ? [event.write] : []));
    expect(journal.map(short)).toEqual(FORWARD_WRITES);
    expect(set.written).toEqual(journal);
  });

  test("and records a look only when it shows something new", async () => {
    const set = stageSet();
    await reach("stage", set.context);
    const seen = set.events.flatMap((event) =>
      event.kind === "observed" ? [JSON.stringify({ ...event.observation, atMs: 0 })] : [],
    );
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.filter((one, index) => one === seen[index - 1])).toEqual([]);
  });

  test("and does nothing twice where reads lag behind writes", async () => {
    const start = freshWorld();
    const set = stageSet({ start: { ...start, chance: { ...start.chance, lagMs: 3_000 } } });
    for (const phase of ["stage", "promote"] as const) await reach(phase, set.context);
    expect(set.written.map(short)).toEqual(FORWARD_WRITES.slice(0, 6));
  });

  test("on evidence measured anew at every look of the bake", async () => {
    const asked: number[] = [];
    const set = await staged({
      measure: (question, { world }) => {
        asked.push(world.nowMs);
        return { kind: "healthy", gate: question.kind, reason: "good" };
      },
    });
    await reach("promote", set.context);
    expect(asked.length).toBeGreaterThan(10);
    const afterPrimary = 1; // a write is looked at in the same millisecond here
    expect(new Set(asked).size).toBe(asked.length - afterPrimary);
  });
});

describe("AWS that fails for a while", () => {
  test("is looked at again, ever less often, and the phase goes on", async () => {
    let failures = 4;
    const set = stageSet({
      beforeLook: () => {
        if (failures-- > 0) throw throttled();
      },
    });
    expect(await reach("stage", set.context)).toMatchObject({ kind: "reached" });
    expect(set.sleepsMs.slice(0, 4)).toEqual([4_000, 8_000, 16_000, 32_000]);
    expect(set.events.filter((event) => event.kind === "look-failed")).toHaveLength(4);
  });

  test("in a write is tried again after a new look", async () => {
    let failures = 2;
    const set = stageSet({
      beforeWrite: () => {
        if (failures-- > 0) throw throttled();
      },
    });
    expect(await reach("stage", set.context)).toMatchObject({ kind: "reached" });
    expect(set.written.map(short)).toEqual(FORWARD_WRITES.slice(0, 2));
  });

  test("for five minutes on end is a failure that says what AWS said", async () => {
    const set = stageSet({
      beforeLook: () => {
        throw throttled();
      },
    });
    const outcome = await reach("stage", set.context);
    expect(outcome).toMatchObject({ kind: "failed", error: { kind: "transient" } });
    expect(outcome).toHaveProperty("error.message", expect.stringContaining("Rate exceeded"));
    expect(set.world.nowMs - NOW_MS).toBeGreaterThan(5 * MINUTE_MS);
    expect(set.world.nowMs - NOW_MS).toBeLessThan(7 * MINUTE_MS);
    expect(Math.max(...set.sleepsMs)).toBeLessThanOrEqual(44_000);
  });

  test("time and again, but never for five minutes on end, does not add up to a failure", async () => {
    let look = 0;
    const set = await staged({
      plan: { spec: { ...stageSet().plan.spec, bake: 30 * MINUTE_MS } },
      beforeLook: () => {
        if (look++ % 2 === 0) throw throttled();
      },
    });
    expect(await reach("promote", set.context)).toMatchObject({ kind: "reached" });
  });

  test("in every write, though looks succeed, ends the phase", async () => {
    const set = stageSet({
      beforeWrite: () => {
        throw throttled();
      },
    });
    const outcome = await reach("stage", set.context);
    expect(outcome).toMatchObject({ kind: "failed", error: { kind: "transient" } });
  });

  test("widens the pace when calls were throttled, though they came through", async () => {
    const calm = await staged();
    const busy = await staged({ wasThrottled: () => true });
    await reach("promote", calm.context);
    await reach("promote", busy.context);
    expect(busy.sleepsMs.length).toBeLessThan(calm.sleepsMs.length / 2);
  });
});

describe("ends at once", () => {
  test("in a refusal, with its hint", async () => {
    const set = stageSet();
    expect(await reach("promote", set.context)).toMatchObject({
      kind: "failed",
      error: { kind: "refused", hint: expect.stringContaining("stage phase") },
    });
    expect(set.written).toEqual([]);
  });

  test("in drift between a look and its write", async () => {
    const set = await staged({
      beforeWrite: (at, write) => {
        if (write.kind === "set-weights") at.world = meddle(at.world, at.plan, RULE, split(70, 30));
      },
    });
    expect(await reach("promote", set.context)).toMatchObject({
      kind: "failed",
      error: { kind: "refused", message: expect.stringContaining("somebody else") },
    });
    expect(set.written.map(short)).toEqual([FORWARD_WRITES[2]]);
  });

  test("in a circle: a write that shows and is decided again, over and over", async () => {
    const set = await staged({
      beforeLook: (at) => {
        const { [TAG.step]: step, ...others } = at.world.tags;
        const undone = step?.startsWith("100@") ? formatStep(50, at.world.nowMs) : step;
        at.world = { ...at.world, tags: undone ? { ...others, [TAG.step]: undone } : others };
      },
    });
    expect(await reach("promote", set.context)).toMatchObject({
      kind: "failed",
      error: { kind: "internal", message: expect.stringContaining("writes the same again and again") },
    });
  });

  test("in what AWS denies", async () => {
    const set = stageSet({
      beforeWrite: () => {
        throw new SluiceError("aws", "AccessDenied");
      },
    });
    expect(await reach("stage", set.context)).toMatchObject({ kind: "failed", error: { kind: "aws" } });
    expect(set.sleepsMs).toEqual([]);
  });

  test("in a defect, which is called one", async () => {
    const set = stageSet({
      beforeLook: () => {
        throw new TypeError("undefined is not a function");
      },
    });
    expect(await reach("stage", set.context)).toMatchObject({
      kind: "failed",
      error: { kind: "internal", message: "a defect in Sluice: undefined is not a function" },
    });
  });

  test("in a regression, with the gate", async () => {
    const set = await staged({
      measure: () => ({ kind: "regress", gate: "errors", reason: "9 of 10 went bad" }),
    });
    expect(await reach("promote", set.context)).toEqual({
      kind: "rolled-back",
      gate: "errors",
      reason: "9 of 10 went bad",
    });
  });

  test("when it is cancelled, even in mid-sleep", async () => {
    const set = stageSet();
    const cancelAt = NOW_MS + 3_000;
    const context = {
      ...set.context,
      clock: {
        ...set.context.clock,
        sleep: async (delayMs: number, signal?: AbortSignal) => {
          if (set.world.nowMs + delayMs > cancelAt) set.cancel.abort(new Error("cancelled by SIGINT"));
          await set.context.clock.sleep(delayMs, signal);
        },
      },
    };
    expect(await reach("stage", context)).toMatchObject({
      kind: "failed",
      error: { message: "cancelled during stage", hint: expect.stringContaining("rollback phase") },
    });
  });

  test("when it is cancelled before it began, without a look", async () => {
    const set = stageSet({
      beforeLook: () => {
        throw new Error("looked");
      },
    });
    set.cancel.abort();
    expect(await reach("stage", set.context)).toMatchObject({ error: { message: "cancelled during stage" } });
  });
});

test("a gate without evidence is held for a person when patience ends", async () => {
  const set = await staged({
    measure: () => ({ kind: "insufficient", gate: "errors", reason: "3 requests so far" }),
  });
  expect(await reach("promote", set.context)).toEqual({
    kind: "held",
    reason: "1m past the bake there is still no evidence: 3 requests so far",
    lacksEvidence: true,
  });
  expect(set.world.tags).toHaveProperty("sluice:shifted");
});

test("a write that AWS never shows is given up after a minute, and named", async () => {
  const start = freshWorld();
  const set = stageSet({ start: { ...start, chance: { ...start.chance, lagMs: 10 * MINUTE_MS } } });
  const outcome = await reach("stage", set.context);
  expect(outcome).toMatchObject({ kind: "failed", error: { kind: "refused" } });
  expect(outcome).toHaveProperty(
    "error.message",
    expect.stringMatching(/after 1m AWS still does not show.*smoke/),
  );
});

test("an error of ours is told as it is, anybody else's as a defect", () => {
  const ours = new SluiceError("aws", "denied");
  expect(asSluiceError(ours)).toBe(ours);
  expect(asSluiceError("boom")).toMatchObject({ kind: "internal", message: "a defect in Sluice: boom" });
  const cause = new Error("boom");
  expect(asSluiceError(cause).cause).toBe(cause);
});
