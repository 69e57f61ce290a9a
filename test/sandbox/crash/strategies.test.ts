import { afterEach, describe, expect, test } from "vitest";
import { BLUE, GREEN } from "./account.ts";
import { type Ended, runPhase } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/**
 * A good release by every strategy, of services of every small size: not one of ten thousand requests is
 * lost, also where weights come into force late and cookies pin users to a version.
 */

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const REQUESTS = 10_000;
const PER_SECOND = 200;
const BATCH_PERCENT = 34;

const CANARY = {
  strategy: "canary",
  steps: [
    { weight: 5, bake: "6s" },
    { weight: 25, bake: "6s" },
    { weight: 50, bake: "6s" },
  ],
};
const ROLLING = { strategy: "rolling", batch: { size: `${BATCH_PERCENT}%`, bake: "6s" } };

/** The weights that a rolling release goes through, in whole percents, by desired count. */
const BATCHES: readonly (readonly [number, readonly number[]])[] = [
  [1, [100]],
  [2, [50, 100]],
  [3, [33, 67, 100]],
  [4, [25, 50, 75, 100]],
  [10, [30, 60, 90, 100]],
];

/** As late as `settle` allows for. */
const LATE: WorldOptions = {
  settings: {
    propagationDelayMs: { min: 0, max: 10_000 },
    targetPropagationDelayMs: { min: 100, max: 800 },
  },
  spec: { settle: "10s" },
};
const STICKY: WorldOptions = { stickySeconds: 3_600, clients: { count: 120, share: 0.75 } };

interface Mood {
  readonly name: string;
  readonly options: WorldOptions;
  /** How many clients are still pinned to the old version when it leaves the sticky action. */
  readonly pinned: "none" | "some";
}

const MOODS: readonly Mood[] = [
  { name: "weights in force within 10 s", options: LATE, pinned: "none" },
  { name: "that, and pinned users", options: { ...STICKY, ...LATE }, pinned: "some" },
  {
    name: "that, and users whose pins weight 0 ends",
    options: { ...STICKY, ...LATE, settings: { ...LATE.settings, stickyReachesWeightZero: false } },
    pinned: "none",
  },
];

const open = async ({ spec, ...options }: WorldOptions, strategy: object): Promise<World> => {
  world = await createWorld({
    requestsPerSecond: PER_SECOND,
    tickMs: 250,
    ...options,
    spec: { ...strategy, ...spec },
  });
  return world;
};

interface Released extends Ended {
  /** The new group's shares that were written, in whole percents. */
  readonly weights: readonly number[];
  readonly pinned: number;
}

/** Releases, and lets users come until there were enough of them. */
async function release(at: World): Promise<Released> {
  const beganMs = at.clock.nowMs();
  const weights: number[] = [];
  let pinned = 0;
  const ended = await runPhase(at, "rollout", {
    during: (line) => {
      if (line.kind !== "writing" || line.write.kind !== "set-weights") return;
      if (line.write.route.arn !== at.productionArns[0]) return;
      if (!line.write.to.some(({ groupArn }) => groupArn === BLUE)) pinned = at.traffic.pinnedTo(BLUE);
      else weights.push(shareIn(line.write.to, GREEN));
    },
  });
  const seconds = (at.clock.nowMs() - beganMs) / 1000;
  await at.clock.advance(Math.max(0, REQUESTS / PER_SECOND - seconds + 1) * 1000);
  return { ...ended, weights, pinned };
}

function shareIn(weights: readonly { readonly groupArn: string; readonly weight: number }[], arn: string) {
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  return Math.round((100 * (weights.find(({ groupArn }) => groupArn === arn)?.weight ?? 0)) / total);
}

async function expectNothingLost(at: World): Promise<void> {
  await expectAlone(at, "orders-green", ["sluice:idle-group"]);
  expectSafe(at);
  const served = Object.values(at.traffic.versions());
  expect(served.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThanOrEqual(REQUESTS);
  expect(served.reduce((sum, { failed }) => sum + failed, 0)).toBe(0);
}

describe.each(MOODS)("$name", ({ options, pinned }) => {
  test.each([1, 2, 3, 4, 10])("canary of %i", async (desiredCount) => {
    const at = await open({ ...options, desiredCount }, CANARY);
    const released = await release(at);
    expect(released.outcome).toMatchObject({ kind: "reached" });
    expect(released.weights).toEqual([5, 25, 50, 100]);
    expect(released.pinned > 0 ? "some" : "none").toBe(pinned);
    await expectNothingLost(at);
  });

  test.each([
    [1, {}, [100]],
    [4, {}, [100]],
    [4, { split: { weight: 10, bake: "5s" } }, [10, 100]],
  ])("blue-green of %i, %j", async (desiredCount, split, weights) => {
    const at = await open({ ...options, desiredCount }, { strategy: "blue-green", ...split });
    const released = await release(at);
    expect(released.outcome).toMatchObject({ kind: "reached" });
    expect(released.weights).toEqual(weights);
    expect(released.pinned > 0 ? "some" : "none").toBe(pinned);
    await expectNothingLost(at);
  });

  test.each(BATCHES)("rolling of %i, by %j", async (desiredCount, weights) => {
    const orders = Math.max(1, Math.floor((BATCH_PERCENT * desiredCount) / 100));
    const at = await open({ ...options, desiredCount, monitor: { maxSurgeTasks: { orders } } }, ROLLING);
    const released = await release(at);
    expect(released.outcome).toMatchObject({ kind: "reached" });
    expect(released.weights).toEqual(weights);
    expect(released.pinned > 0 ? "some" : "none").toBe(pinned);
    await expectNothingLost(at);
  });
});

test("weights that come into force later than settle and drain allow for lose requests", async () => {
  const propagationDelayMs = { min: 10_000, max: 10_000 };
  const settings = { ...LATE.settings, propagationDelayMs };
  const spec = { strategy: "blue-green", settle: "1s", bake: "1s", gates: { errors: false } };
  const at = await open({ settings, spec }, {});
  await runPhase(at, "rollout");
  expect(at.traffic.lost.length).toBeGreaterThan(0);
});
