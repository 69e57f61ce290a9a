import { afterEach, describe, expect, test } from "vitest";
import type { JournalLine } from "../../../src/core/journal.ts";
import { GREEN } from "./account.ts";
import { type Ended, runPhase, runTogether, writesOf } from "./phases.ts";
import { expectAlone, expectSafe, standing } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** What comes between a canary's steps and a rolling release's batches: scaling, other releases, people, time. */

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const LEFT = ["sluice:aborted"];
const CANARY = {
  strategy: "canary",
  steps: [
    { weight: 25, bake: "6s" },
    { weight: 50, bake: "6s" },
  ],
};
const ROLLING = { strategy: "rolling", batch: { size: 1, bake: "6s" } };
const BY_STRATEGY = [
  ["canary", CANARY],
  ["rolling", ROLLING],
] as const;

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ desiredCount: 4, requestsPerSecond: 80, tickMs: 500, ...options });
  return world;
}

/** Does `act` once, at the first wait of this kind. */
function onceAt(what: RegExp, act: () => unknown): (line: JournalLine) => void {
  let done = false;
  return (line) => {
    if (done || line.kind !== "waiting" || !what.test(line.reason)) return;
    done = true;
    act();
  };
}

const scale = (at: World, desiredCount: number) =>
  at.api("ecs", "UpdateService", { cluster: "shop", service: "orders", desiredCount });

describe.each(BY_STRATEGY)("the desired count of 4 changes in the middle of %s", (_name, spec) => {
  test.each([
    { moment: "in the first bake", at: /^baking at 25 %/, to: 8 },
    { moment: "in the first bake", at: /^baking at 25 %/, to: 5 },
    { moment: "in the first bake", at: /^baking at 25 %/, to: 2 },
    { moment: "in the first bake", at: /^baking at 25 %/, to: 1 },
    { moment: "as the new version grows", at: /^before 50 %/, to: 8 },
    { moment: "as the new version grows", at: /^before 50 %/, to: 3 },
    { moment: "in the second bake", at: /^baking at 50 %/, to: 7 },
    { moment: "in the second bake", at: /^baking at 50 %/, to: 2 },
  ])("$moment, to $to", async ({ at: when, to }) => {
    const at = await open({ spec });
    let changed = false;
    const during = onceAt(when, () => {
      changed = true;
      return scale(at, to);
    });
    const { outcome } = await runPhase(at, "rollout", { during });
    expect(changed).toBe(true);
    expect(outcome).toMatchObject({ kind: "reached" });
    await expectAlone(at, "orders-green", []);
    expect(standing(at).desiredCount).toBe(to);
    expectSafe(at);
  });

  test.each([8, 2])("to %i, and it is rolled back", async (to) => {
    const at = await open({ spec });
    const during = onceAt(/^baking at 25 %/, () => scale(at, to));
    const { outcome } = await runPhase(at, "rollout", {
      during: (line) => {
        during(line);
        if (line.kind === "waiting" && /^baking at 50 %|^before (75|100) %/.test(line.reason))
          at.runtime.setBehaviour("orders:2", { errorRate: 0.3 });
      },
    });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    await expectAlone(at, "orders-blue", LEFT);
    expect(standing(at).desiredCount).toBe(to);
    expectSafe(at);
  });
});

const serviceOf = (at: World) => at.sandbox.ecs.view().services.find(({ name }) => name === "orders");

describe.each(BY_STRATEGY)("a release that comes while a %s is under way", (_name, spec) => {
  test.each([1, 6_000, 14_000, 25_000])("%d ms after it, and queues: both ship in turn", async (afterMs) => {
    const at = await open({ spec: { ...spec, superseding: "queue" }, participants: 2 });
    const tags = [{ key: "sluice:history", value: "orders:1" }];
    await at.api("ecs", "TagResource", { resourceArn: serviceOf(at)?.arn, tags });
    const ended = await runTogether(at, [
      { phase: "rollout", rollout: "r1", afterMs: 0 },
      { phase: "rollout", rollout: "r2", image: "orders:4", afterMs },
    ]);
    expect(ended.map(({ outcome }) => outcome.kind)).toEqual(["reached", "reached"]);
    await expectAlone(at, "orders-blue", LEFT);
    expect(serviceOf(at)?.tags).toEqual({ "sluice:history": "orders:3 orders:2 orders:1" });
    expect(Object.keys(at.traffic.versions()).sort()).toEqual(["orders:1", "orders:2", "orders:4"]);
    expectSafe(at);
  });

  test.each([6_000, 14_000, 25_000])("%d ms after it, and takes it back first", async (afterMs) => {
    const at = await open({ spec: { ...spec, superseding: "take-back" }, participants: 2 });
    const [first, second] = await runTogether(at, [
      { phase: "rollout", rollout: "r1", afterMs: 0 },
      { phase: "rollout", rollout: "r2", image: "orders:4", afterMs },
    ]);
    expect(first?.outcome).toMatchObject({ kind: "failed", error: { kind: "refused" } });
    expect(second?.outcome).toMatchObject({ kind: "reached" });
    await expectAlone(at, "orders-green", LEFT);
    expectSafe(at);
    const again = await runPhase(at, "rollout", { rollout: "r1" });
    expect(again.outcome).toMatchObject({ kind: "failed", error: { kind: "refused" } });
    expect(writesOf(at, again)).toEqual([]);
  });
});

describe("approve steps", () => {
  const spec = {
    strategy: "canary",
    steps: [
      { weight: 25, bake: "3s" },
      { approve: "look at the orders" },
      { weight: 50, bake: "3s" },
      { approve: true },
    ],
  };
  const percent = (at: World): number => {
    const route = at.sandbox.elbv2.view().routes.find(({ arn }) => arn === at.productionArns[0]);
    return route?.weights[GREEN] ?? 0;
  };
  const shift = (at: World, approvals: number): Promise<Ended> =>
    runPhase(at, "shift", { approvals, rollout: "r1" });

  test("each holds until people have let it pass, and promote passes all", async () => {
    const at = await open({ spec });
    const first = await runPhase(at, "rollout");
    expect(first.outcome).toMatchObject({
      kind: "held",
      reason: expect.stringContaining("look at the orders"),
    });
    expect(percent(at)).toBe(25);
    await expectHolds(at, 0, 25);
    expect((await shift(at, 1)).outcome).toMatchObject({ kind: "held" });
    expect(percent(at)).toBe(50);
    await expectHolds(at, 0, 50);
    await expectHolds(at, 1, 50);
    expect((await shift(at, 2)).outcome).toMatchObject({ kind: "reached" });
    expect(percent(at)).toBe(50);
    expect((await runPhase(at, "promote")).outcome).toMatchObject({ kind: "reached" });
    expect((await runPhase(at, "finish")).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(at, "orders-green", []);
    expectSafe(at);
  });

  test("promote passes those that nobody has, too, and goes up every step", async () => {
    const at = await open({ spec });
    expect((await runPhase(at, "rollout")).outcome).toMatchObject({ kind: "held" });
    const seen: number[] = [];
    const during = (): void => {
      if (seen.at(-1) !== percent(at)) seen.push(percent(at));
    };
    expect((await runPhase(at, "promote", { during })).outcome).toMatchObject({ kind: "reached" });
    expect(seen).toEqual([25, 50, 100]);
    expectSafe(at);
  });

  test("a bad version is taken back while it is held, by the next job that looks", async () => {
    const at = await open({ spec });
    expect((await runPhase(at, "rollout")).outcome).toMatchObject({ kind: "held" });
    at.runtime.setBehaviour("orders:2", { errorRate: 0.3 });
    await at.clock.advance(20_000);
    expect((await shift(at, 1)).outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    await expectAlone(at, "orders-blue", LEFT);
    expectSafe(at);
  });

  async function expectHolds(at: World, approvals: number, weight: number): Promise<void> {
    const again = await shift(at, approvals);
    expect(again.outcome).toMatchObject({ kind: "held" });
    expect(writesOf(at, again)).toEqual([]);
    expect(percent(at)).toBe(weight);
  }
});

/** When the new group's weight was written, by its percent. */
const writtenAtMs = ({ lines }: Ended, percent: number): number =>
  lines.find(
    (line) =>
      line.kind === "writing" &&
      line.write.kind === "set-weights" &&
      line.write.reason.startsWith(`orders-green gets ${percent} %`),
  )?.atMs ?? Number.NaN;

describe.each([
  ["canary", { ...CANARY, steps: CANARY.steps.map((step) => ({ ...step, bake: "30s" })) }],
  ["rolling release", { ...ROLLING, batch: { size: 1, bake: "30s" } }],
])("a job that dies in the middle of a bake of a %s", (_name, spec) => {
  const BAKE_MS = 30_000;
  /** Settling, a look, tasks that start, and their health checks. */
  const MORE_MS = 12_000;

  test.each([0, 10_000, 120_000])(
    "is gone on with after %d ms: the bake counts from its weight",
    async (gapMs) => {
      const at = await open({ spec });
      const dying = onceAt(/^baking at 25 %, 1\ds left/, () =>
        at.sandbox.faults.add({ kind: "kill", when: "before", operation: "DescribeTaskSets", times: 1 }),
      );
      const never = { call: 1_000_000, when: "before" } as const;
      const first = await runPhase(at, "rollout", { kill: never, during: dying });
      expect(first.outcome).toEqual({ kind: "killed" });
      await at.clock.advance(gapMs);
      const againMs = at.clock.nowMs();
      const again = await runPhase(at, "rollout");
      expect(again.outcome).toMatchObject({ kind: "reached" });
      const bakedMs = writtenAtMs(first, 25) + BAKE_MS;
      expect(writtenAtMs(again, 50)).toBeGreaterThanOrEqual(bakedMs);
      expect(writtenAtMs(again, 50)).toBeLessThanOrEqual(Math.max(bakedMs, againMs) + MORE_MS);
      await expectAlone(at, "orders-green", []);
      expectSafe(at);
    },
  );
});
