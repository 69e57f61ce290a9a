import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { reach } from "../../../src/phases/controller.ts";
import { runPhases } from "../../../src/phases/rollout.ts";
import { breakForGood, hasWeight } from "../core/model.ts";
import { GREEN, MINUTE_MS, SECOND_MS, spec } from "../core/world.ts";
import {
  denied,
  ROLLBACK_WRITES,
  type Script,
  type StageSet,
  short,
  stageSet,
  throttled,
} from "./stage-set.ts";

const STEPS = [{ weight: 50, bake: "30s" }, { approve: true }];
const PERIODS = { errors: { patience: "1m" } };
const canary = (gates: object = PERIODS) => ({
  spec: spec({ strategy: "canary", steps: STEPS, bake: "30s", settle: "2s", gates }),
});
const SETTLED: Outcome = { kind: "reached", reason: "nobody waits any more" };

/** Held at 50 %, and from then on as `script` says. */
async function held(script: Script = {}): Promise<StageSet> {
  const plan = script.plan ?? canary();
  const before = stageSet({ plan });
  expect(await runPhases(["stage", "shift"], before.context)).toMatchObject({ kind: "held" });
  return stageSet({ ...script, plan, start: before.world });
}

/** Ends the watch at the `n`th time it asks. */
function endAt(n: number): { readonly watchEnd: () => Promise<Outcome | undefined>; asked: number } {
  const state = {
    asked: 0,
    watchEnd: async () => (++state.asked >= n ? SETTLED : undefined),
  };
  return state;
}

describe("a watch", () => {
  test("of a good version asks at every look whether it is needed, and writes nothing", async () => {
    const set = await held();
    const end = endAt(20);
    expect(await runPhases(["watch"], { ...set.context, watchEnd: end.watchEnd })).toEqual(SETTLED);
    expect(end.asked).toBe(20);
    expect(set.written).toEqual([]);
  });

  test.each([
    ["a minute's metrics", PERIODS, 10 * SECOND_MS],
    ["a second's metrics", { errors: { patience: "1m", period: "1s" } }, 2 * SECOND_MS],
    ["no gate", { errors: false }, 10 * SECOND_MS],
  ])("looks calmly, with %s", async (_name, gates, paceMs) => {
    const set = await held({ plan: canary(gates) });
    await reach("watch", { ...set.context, watchEnd: endAt(10).watchEnd });
    expect(set.sleepsMs).toEqual(Array.from({ length: 9 }, () => paceMs));
  });

  test("takes a regression back in the same process, before anybody says that it may end", async () => {
    const set = await held({ measure: () => ({ kind: "regress", gate: "errors", reason: "9 of 10" }) });
    const outcome = await runPhases(["watch"], { ...set.context, watchEnd: endAt(1).watchEnd });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    expect(set.written.map(short)).toEqual(ROLLBACK_WRITES);
  });

  test("that is cancelled takes the release back", async () => {
    const set = await held({
      measure: (question, at) => {
        at.cancel.abort();
        return { kind: "healthy", gate: question.kind, reason: "good" };
      },
    });
    expect(await runPhases(["watch"], set.context)).toMatchObject({ kind: "rolled-back", gate: "cancelled" });
    expect(hasWeight(set.world, set.plan, GREEN)).toBe(false);
  });

  test("of whichever is current leaves that as it is when it is cancelled, but takes back a regression", async () => {
    const cancelled = await held({
      measure: (question, at) => {
        at.cancel.abort();
        return { kind: "healthy", gate: question.kind, reason: "good" };
      },
    });
    expect(await runPhases(["watch"], { ...cancelled.context, isOnlooker: true })).toMatchObject({
      kind: "failed",
    });
    expect(cancelled.written).toEqual([]);
    const worse = await held({ measure: () => ({ kind: "regress", gate: "errors", reason: "9 of 10" }) });
    expect(await runPhases(["watch"], { ...worse.context, isOnlooker: true })).toMatchObject({
      gate: "errors",
    });
    expect(worse.written.map(short)).toEqual(ROLLBACK_WRITES);
  });

  test("whose new version is down for good takes it back after its patience, not before", async () => {
    const set = await held({ measure: () => ({ kind: "insufficient", gate: "errors", reason: "few" }) });
    set.world = breakForGood(set.world, "ecs-svc/2");
    const beganMs = set.world.nowMs;
    const outcome = await reach("watch", set.context);
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: "health" });
    expect(set.world.nowMs - beganMs).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(set.world.nowMs - beganMs).toBeLessThan(2 * MINUTE_MS);
  });

  test("does not count what it has not seen: a version that came back is doubted anew", async () => {
    const set = await held({
      measure: () => ({ kind: "insufficient", gate: "errors", reason: "few" }),
      beforeLook: (at) => {
        const { sets } = at.world;
        const isDown = Math.floor(at.sleepsMs.length / 3) % 2 === 0;
        const healthyAtMs = isDown ? Number.POSITIVE_INFINITY : 0;
        at.world = {
          ...at.world,
          sets: sets.map((one) => (one.id === "ecs-svc/2" ? { ...one, tasks: [{ healthyAtMs }] } : one)),
        };
      },
    });
    const outcome = await reach("watch", { ...set.context, watchEnd: endAt(40).watchEnd });
    expect(outcome).toEqual(SETTLED);
  });

  test("that cannot see anything goes on for an hour, and ends when nobody needs it", async () => {
    const set = await held({
      beforeLook: () => {
        throw throttled();
      },
    });
    const beganMs = set.world.nowMs;
    const watchEnd = async () => (set.world.nowMs - beganMs > 60 * MINUTE_MS ? SETTLED : undefined);
    expect(await runPhases(["watch"], { ...set.context, watchEnd })).toEqual(SETTLED);
    expect(set.written).toEqual([]);
  });

  test("without anybody to ask ends when the rollout has gone on", async () => {
    let looks = 0;
    const set = await held({
      beforeLook: (at) => {
        if (++looks === 5) {
          at.world = {
            ...at.world,
            routes: at.world.routes.map((route) => ({
              ...route,
              weights: route.weights.map((entry) => ({
                ...entry,
                weight: entry.groupArn === GREEN ? 100 : 0,
              })),
            })),
          };
        }
      },
    });
    expect(await runPhases(["watch"], set.context)).toMatchObject({
      kind: "reached",
      reason: "the rollout went on: the new version gets 100 % of the traffic",
    });
  });
});

describe("a sweep", () => {
  test("judges once and says what stands", async () => {
    const set = await held();
    expect(await runPhases(["sweep"], set.context)).toMatchObject({
      kind: "reached",
      reason: expect.stringMatching(/stands at 50 %: 0 of 500 went bad; unless it goes on/),
    });
    expect([set.sleepsMs, set.written]).toEqual([[], []]);
  });

  test.each<[string, Script]>([
    [
      "AWS denies",
      {
        beforeLook: () => {
          throw denied();
        },
      },
    ],
    [
      "AWS throttles for good",
      {
        beforeLook: () => {
          throw throttled();
        },
      },
    ],
    [
      "a defect ends",
      {
        measure: () => {
          throw new SluiceError("internal", "a defect");
        },
      },
    ],
    [
      "somebody cancels",
      {
        measure: (_question, at) => {
          at.cancel.abort();
          throw new Error("aborted");
        },
      },
    ],
  ])("that %s fails, and takes nothing back", async (_name, script) => {
    const set = await held(script);
    expect(await runPhases(["sweep"], set.context)).toMatchObject({ kind: "failed" });
    expect(set.written).toEqual([]);
  });

  test("takes a regression back", async () => {
    const set = await held({ measure: () => ({ kind: "regress", gate: "errors", reason: "9 of 10" }) });
    expect(await runPhases(["sweep"], set.context)).toMatchObject({ kind: "rolled-back", gate: "errors" });
    expect(set.written.map(short)).toEqual(ROLLBACK_WRITES);
  });
});
