import { afterEach, describe, expect, test } from "vitest";
import type { Behaviour } from "../../../sandbox/runtime/behaviour.ts";
import { GREEN } from "./account.ts";
import { type Healthy, watchHealth } from "./health.ts";
import { type Ended, runPhase } from "./phases.ts";
import { expectAlone } from "./standing.ts";
import { createWorld, type World } from "./world.ts";

/**
 * A release that is good until it has a certain share of the traffic, and bad from then on, is taken back by itself
 * while the old version lacks no task. The users whom it hurt are counted, and so are those whom the same release
 * hurts where it gets everybody at once.
 */

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const DESIRED = 10;
const PER_SECOND = 100;
const IMAGE = "orders:4";

interface Illness {
  readonly name: string;
  readonly behaviour: Behaviour;
  /** Which of the gates see it. */
  readonly gate: RegExp;
  readonly bake: string;
  /** Every task that runs at the moment ends at once. */
  readonly kills?: boolean;
  /** Every request from then on hurts, answered or not. */
  readonly slows?: boolean;
}

const ILLNESSES: readonly Illness[] = [
  { name: "fails one request in five", behaviour: { errorRate: 0.2 }, gate: /^errors$/, bake: "10s" },
  { name: "resets one connection in five", behaviour: { resetRate: 0.2 }, gate: /^errors$/, bake: "10s" },
  {
    name: "keeps one request in five until the load balancer gives up",
    behaviour: { hangRate: 0.2 },
    gate: /^errors$/,
    bake: "75s",
  },
  {
    name: "is slower than its health check may be",
    behaviour: { latencyMs: 3_000 },
    gate: /^tasks$/,
    bake: "60s",
    slows: true,
  },
  {
    name: "dies, and again after a second",
    behaviour: { crash: { afterMs: 1_000, exitCode: 1 } },
    gate: /^(errors|tasks)$/,
    bake: "30s",
    kills: true,
  },
];

const STEPS = [5, 25, 50] as const;
const canary = (bake: string) => ({
  strategy: "canary",
  steps: STEPS.map((weight) => ({ weight, bake })),
  bake,
});
/** By 30, 60, 90 and 100 %. */
const rolling = (bake: string) => ({ strategy: "rolling", batch: { size: 3, bake }, bake });
const allAtOnce = (bake: string) => ({ strategy: "blue-green", bake });

interface Taken {
  readonly ended: Ended;
  readonly at: World;
  /** Requests that the new version failed, or that found none of its tasks. */
  readonly hurt: number;
  /** Until it fell ill … */
  readonly fewestBefore: Healthy;
  readonly whenIll: Healthy;
  /** … and from then on. */
  readonly fewestAfter: Healthy;
}

async function open(spec: object, behaviours: Readonly<Record<string, Behaviour>> = {}): Promise<World> {
  await world?.close();
  world = undefined;
  world = await createWorld({
    desiredCount: DESIRED,
    requestsPerSecond: PER_SECOND,
    tickMs: 500,
    spec: { ...spec },
    behaviours,
  });
  return world;
}

/** Releases by `spec`; the new version falls ill as `percent` of the traffic begins to come to it. */
async function fallIll(illness: Illness, spec: object, percent: number): Promise<Taken> {
  const at = await open(spec);
  const watch = watchHealth(at);
  let before: (Pick<Taken, "fewestBefore" | "whenIll"> & { readonly requests: number }) | undefined;
  at.sandbox.listen({
    applied: ({ arn, weights }) => {
      if (before || arn !== at.productionArns[0] || percentOf(weights) !== percent) return;
      before = { requests: servedBy(at).requests, fewestBefore: watch.fewest(), whenIll: watch.now() };
      at.runtime.setBehaviour(IMAGE, illness.behaviour);
      if (illness.kills) killAll(at);
      watch.beginAnew();
    },
  });
  const ended = await runPhase(at, "rollout", { image: IMAGE });
  if (!before) throw new Error(`it never had ${percent} % of the traffic`);
  const { failed, requests } = servedBy(at);
  const unwell = illness.slows ? requests - before.requests : failed;
  return { ...before, ended, at, hurt: unwell + at.traffic.lost.length, fewestAfter: watch.fewest() };
}

const servedBy = (at: World) => at.traffic.versions()[IMAGE] ?? { requests: 0, failed: 0 };

function percentOf(weights: Readonly<Record<string, number>>): number {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return Math.round((100 * (weights[GREEN] ?? 0)) / total);
}

function killAll(at: World): void {
  const sets = at.sandbox.ecs.view().services.flatMap(({ taskSets }) => taskSets);
  const fresh = sets.find(({ targetGroupArn }) => targetGroupArn === GREEN);
  for (const { arn } of fresh?.tasks ?? []) at.sandbox.ecs.faults.crash(arn, 1);
}

/**
 * It is gone, the old version serves alone, and nobody but its own users was hurt. Of tasks that died and come back
 * one is told to be healthy before it is routed, and meanwhile requests go to those that are not.
 */
async function expectTakenBack({ ended, at }: Pick<Taken, "ended" | "at">, gate: RegExp, dies = false) {
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: expect.stringMatching(gate) });
  await expectAlone(at, "orders-blue", ["sluice:aborted"]);
  const { violations } = at.sandbox.monitor;
  expect(violations.filter(({ rule }) => !dies || rule !== "unhealthy-target")).toEqual([]);
  expect(at.traffic.versions()["orders:1"]).toMatchObject({ failed: 0 });
  expect(at.traffic.lost.filter(({ where }) => !where.startsWith("targetgroup/orders-green"))).toEqual([]);
}

/** Of the users whom all at once hurts, at most so many at a step of a canary, and a little for the time it takes. */
const MOST = new Map([
  [5, 0.15],
  [25, 0.4],
  [50, 0.75],
  [100, 1.5],
]);

describe.each(ILLNESSES)("a release that $name", (illness) => {
  const { gate, bake, kills } = illness;

  test("at a step of a canary hurts a part of those whom all at once hurts", async () => {
    const all = await fallIll(illness, allAtOnce(bake), 100);
    await expectTakenBack(all, gate, kills);
    for (const [percent, part] of MOST) {
      const taken = await fallIll(illness, canary(bake), percent);
      await expectTakenBack(taken, gate, kills);
      expect([taken.fewestBefore.old, taken.fewestAfter.old]).toEqual([DESIRED, DESIRED]);
      expect(taken.hurt).toBeGreaterThan(0);
      expect(taken.hurt).toBeLessThanOrEqual(part * all.hurt);
    }
  });

  test("in the middle and at the end of a rolling release", async () => {
    for (const percent of [60, 100]) {
      const taken = await fallIll(illness, rolling(bake), percent);
      await expectTakenBack(taken, gate, kills);
      expect(taken.hurt).toBeGreaterThan(0);
      expect(taken.fewestBefore.both).toBe(DESIRED);
      expect(taken.fewestAfter.old).toBe(taken.whenIll.old);
      if (!kills && !illness.slows) expect(taken.fewestAfter.both).toBe(DESIRED);
    }
  });
});

/** With bakes that are shorter than a task's life, and one that is longer. */
test("a release whose tasks die after a minute hurts fewer by steps and batches than all at once", async () => {
  const hurt: number[] = [];
  for (const spec of [canary("25s"), rolling("25s"), allAtOnce("90s")]) {
    const at = await open(spec, { [IMAGE]: { crash: { afterMs: 60_000, exitCode: 1 } } });
    const watch = watchHealth(at);
    const ended = await runPhase(at, "rollout", { image: IMAGE });
    await expectTakenBack({ ended, at }, /^(errors|tasks)$/, true);
    if (spec.strategy !== "rolling") expect(watch.fewest().old).toBe(DESIRED);
    hurt.push(at.traffic.lost.length + servedBy(at).failed);
  }
  const [byStep = 0, byBatch = 0, atOnce = 0] = hurt;
  expect(byStep).toBeGreaterThan(0);
  expect(byStep).toBeLessThan(atOnce / 3);
  expect(byBatch).toBeLessThan(atOnce / 3);
});
