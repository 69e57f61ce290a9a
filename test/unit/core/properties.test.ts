import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Write } from "../../../src/core/moves.ts";
import { type Drive, drive, driveBoth } from "./drive.ts";
import { breakForGood, tick, type World } from "./model.ts";
import {
  driveForward,
  FORWARD,
  lastWorld,
  plainScenarios,
  planOf,
  type Scenario,
  scenarios,
  summaryOf,
  surroundings,
  worldOf,
} from "./scenario.ts";
import { BLUE, GREEN, MINUTE_MS, ROLLOUT } from "./world.ts";

const RUNS = { numRuns: 500, seed: 20_260_105 } as const;
const FEW_RUNS = { ...RUNS, numRuns: 200 } as const;
const RESTART_MS = 5_000;
/** Where in a run its process is killed: 0 is the first look, 1 the last. */
const moments = fc.integer({ min: 0, max: 1_000 }).map((thousandth) => thousandth / 1_000);
const fewLooks = fc.integer({ min: 1, max: 12 });

function looksUntil(moment: number, scenario: Scenario): number {
  const start = worldOf(scenario);
  const all = driveForward(start, surroundings(scenario, start)).reduce((sum, one) => sum + one.looks, 0);
  return 1 + Math.floor(moment * (all - 1));
}

/** The world that a rollout killed at `moment` leaves, as the next process finds it. */
function killedAt(moment: number, scenario: Scenario): { readonly left: World; readonly run: Drive } {
  const start = worldOf(scenario);
  const run = surroundings(scenario, start);
  const driven = driveForward(start, run, looksUntil(moment, scenario));
  return { left: tick(lastWorld(driven, start), RESTART_MS), run };
}

function oldIsGone(world: World): boolean {
  return !world.sets.some((set) => set.id === "ecs-svc/1" && set.goneAtMs === undefined);
}

/** A write that leaves the new version without weight on its route, or without its cohort. */
function givesBack(write: Write): boolean {
  if (write.kind === "delete-cohort") return true;
  if (write.kind !== "set-weights") return false;
  return !write.to.some(({ groupArn, weight }) => groupArn === GREEN && weight > 0);
}

const NEW_ALONE = {
  sets: [{ id: "ecs-svc/2", primary: true, scalePercent: 100 }],
  serving: [GREEN],
  progress: [],
  unhealthy: 0,
};
const OLD_ALONE = {
  sets: [{ id: "ecs-svc/1", primary: true, scalePercent: 100 }],
  serving: [BLUE],
  progress: [],
  unhealthy: 0,
};

describe("a whole rollout in a world of chance", () => {
  test("with good evidence ends with the new version alone, and breaks no safety rule on the way", () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const start = worldOf(scenario);
        const driven = driveForward(start, surroundings(scenario, start));
        expect(driven.map((one) => one.end?.kind)).toEqual(FORWARD.map(() => "reached"));
        expect(driven.flatMap((one) => one.violations)).toEqual([]);
        const end = tick(lastWorld(driven, start), 5 * MINUTE_MS);
        expect(summaryOf(end, planOf(scenario))).toEqual(NEW_ALONE);
      }),
      RUNS,
    );
  });

  test("can be rolled back from any point, until the old version is gone", () => {
    fc.assert(
      fc.property(plainScenarios, moments, (scenario, moment) => {
        const { left, run } = killedAt(moment, scenario);
        const back = drive("rollback", left, run);
        expect(back.violations).toEqual([]);
        if (oldIsGone(left)) {
          expect(back).toMatchObject({ end: { kind: "refuse" }, writes: [] });
          return;
        }
        expect(back.end?.kind).toBe("reached");
        expect(summaryOf(tick(back.world, 5 * MINUTE_MS), planOf(scenario))).toEqual(OLD_ALONE);
      }),
      RUNS,
    );
  });

  test("goes on to the same end when its process is killed at any point", () => {
    fc.assert(
      fc.property(scenarios, moments, moments, (scenario, moment, again) => {
        const start = worldOf(scenario);
        const run = surroundings(scenario, start);
        const first = driveForward(start, run, looksUntil(moment, scenario));
        const resumed = tick(lastWorld(first, start), RESTART_MS);
        const second = driveForward(resumed, run, looksUntil(again, scenario));
        const third = driveForward(tick(lastWorld(second, start), RESTART_MS), run);
        expect([...first, ...second, ...third].flatMap((one) => one.violations)).toEqual([]);
        expect(third.at(-1)?.end?.kind).toBe("reached");
        const end = tick(lastWorld(third, start), 5 * MINUTE_MS);
        expect(summaryOf(end, planOf(scenario))).toEqual(NEW_ALONE);
      }),
      RUNS,
    );
  });

  test("a rollback that is killed and run again reaches the same end", () => {
    fc.assert(
      fc.property(plainScenarios, moments, fewLooks, (scenario, moment, again) => {
        const { left, run } = killedAt(moment, scenario);
        fc.pre(!oldIsGone(left));
        const killed = drive("rollback", left, { ...run, killAfterLooks: again });
        const back = drive("rollback", tick(killed.world, RESTART_MS), run);
        expect([...killed.violations, ...back.violations]).toEqual([]);
        expect(back.end?.kind).toBe("reached");
        expect(summaryOf(tick(back.world, 5 * MINUTE_MS), planOf(scenario))).toEqual(OLD_ALONE);
      }),
      RUNS,
    );
  });

  test("after an abort no phase but rollback writes anything but its weight back", () => {
    fc.assert(
      fc.property(
        scenarios,
        moments,
        fewLooks,
        fc.constantFrom(...FORWARD),
        (scenario, moment, again, phase) => {
          const { left, run } = killedAt(moment, scenario);
          const killed = drive("rollback", left, { ...run, killAfterLooks: again });
          fc.pre(killed.world.tags["sluice:aborted"] === ROLLOUT);
          const after = drive(phase, tick(killed.world, RESTART_MS), run);
          expect(after).toMatchObject({ end: { kind: "refuse" }, violations: [] });
          expect(after.writes.filter((write) => !givesBack(write))).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  test("on sticky routes can be rolled back from any point before the old version is retired", () => {
    fc.assert(
      fc.property(scenarios, moments, (scenario, moment) => {
        const { left, run } = killedAt(moment, scenario);
        fc.pre(left.routes.every((route) => route.weights.some((entry) => entry.groupArn === BLUE)));
        fc.pre(!oldIsGone(left));
        const back = drive("rollback", left, run);
        expect(back.violations).toEqual([]);
        expect(back.end?.kind).toBe("reached");
        expect(summaryOf(tick(back.world, 5 * MINUTE_MS), planOf(scenario))).toEqual(OLD_ALONE);
      }),
      RUNS,
    );
  });

  test("on sticky routes can be rolled back while the old version is being retired", () => {
    fc.assert(
      fc.property(scenarios, moments, (scenario, moment) => {
        const { left, run } = killedAt(moment, scenario);
        fc.pre(!oldIsGone(left));
        expect(drive("rollback", left, run).violations).toEqual([]);
      }),
      RUNS,
    );
  });

  test("is rolled back to full size when the new version dies while the old one is retired", () => {
    fc.assert(
      fc.property(plainScenarios, moments, (scenario, moment) => {
        const { left, run } = killedAt(moment, scenario);
        fc.pre(!oldIsGone(left));
        const back = drive("rollback", breakForGood(left, "ecs-svc/2"), run);
        expect(back.end?.kind).toBe("reached");
        expect(summaryOf(tick(back.world, 5 * MINUTE_MS), planOf(scenario))).toEqual(OLD_ALONE);
      }),
      RUNS,
    );
  });

  const turns = fc.array(fc.constantFrom<0 | 1>(0, 1), { minLength: 2, maxLength: 40 });

  /** What a rollback leaves that runs beside a promotion which has not reached its end. */
  function besidePromotion(scenario: Scenario, moment: number, order: readonly (0 | 1)[]) {
    const { left, run } = killedAt(moment, scenario);
    fc.pre(left.sets.length === 2 && !left.sets.some((set) => set.id === "ecs-svc/2" && set.primary));
    fc.pre(order.includes(0) && order.includes(1));
    return driveBoth(["promote", "rollback"], left, run, order);
  }

  test("a rollback beside a promotion gets the traffic back, whatever comes between a look and its write", () => {
    fc.assert(
      fc.property(plainScenarios, moments, turns, (scenario, moment, order) => {
        const { world } = besidePromotion(scenario, moment, order);
        expect(summaryOf(world, planOf(scenario))).toMatchObject({ serving: [BLUE] });
        const again = drive("rollback", tick(world, RESTART_MS), surroundings(scenario, worldOf(scenario)));
        expect(again.end?.kind).toBe("reached");
        expect(summaryOf(tick(again.world, 5 * MINUTE_MS), planOf(scenario))).toEqual(OLD_ALONE);
      }),
      FEW_RUNS,
    );
  });

  test("a rollback beside a promotion reaches its end at the first try", () => {
    fc.assert(
      fc.property(plainScenarios, moments, turns, (scenario, moment, order) => {
        expect(besidePromotion(scenario, moment, order).ends[1]?.kind).toBe("reached");
      }),
      RUNS,
    );
  });

  test("a rollback beside a promotion breaks no safety rule", () => {
    fc.assert(
      fc.property(plainScenarios, moments, turns, (scenario, moment, order) => {
        expect(besidePromotion(scenario, moment, order).violations).toEqual([]);
      }),
      RUNS,
    );
  });
});
