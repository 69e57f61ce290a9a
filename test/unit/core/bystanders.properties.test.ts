import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { positionOf } from "../../../src/core/decide/position.ts";
import type { Question } from "../../../src/core/moves.ts";
import { isSluices } from "../../../src/core/situation.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { drive, driveBeside } from "./drive.ts";
import { observe } from "./look.ts";
import { tick, type World } from "./model.ts";
import {
  driveForward,
  FORWARD,
  lastWorld,
  planOf,
  type Scenario,
  scenarios,
  surroundings,
  worldOf,
} from "./scenario.ts";
import { MINUTE_MS } from "./world.ts";

/** Who looks at a rollout that is another job's: it goes its way, and is taken back for a reason only. */

const RUNS = { numRuns: 100, seed: 20_260_105 } as const;
const TIMEOUT = { timeout: 60_000 } as const;
const HELD_MS = 24 * 60 * MINUTE_MS;
const moments = fc.integer({ min: 0, max: 1_000 }).map((thousandth) => thousandth / 1_000);

/** The world of a rollout whose job died at `moment` of it, and then `agoMs` later. */
function leftAt(scenario: Scenario, moment: number, agoMs: number): World {
  const start = worldOf(scenario);
  const looks = driveForward(start, surroundings(scenario, start)).reduce((sum, one) => sum + one.looks, 0);
  const driven = driveForward(start, surroundings(scenario, start), 1 + Math.floor(moment * (looks - 1)));
  return tick(lastWorld(driven, start), agoMs);
}

const ours = (world: World) => world.sets.find((set) => set.origin && set.goneAtMs === undefined);

test.each(["watch", "sweep"] as const)(
  "a rollout beside a %s goes on to its end, which the other sees, and writes nothing",
  TIMEOUT,
  (bystander) => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        let world = worldOf(scenario);
        const run = surroundings(scenario, world);
        for (const phase of FORWARD) {
          if (phase === "stage" && bystander === "watch") {
            world = drive(phase, world, run).world;
            continue;
          }
          const { driven, ends, writes } = driveBeside(phase, bystander, world, run);
          expect([phase, driven.end?.kind, driven.violations]).toEqual([phase, "reached", []]);
          expect([phase, writes, ends.filter(({ kind }) => kind !== "reached")]).toEqual([phase, [], []]);
          world = driven.world;
        }
      }),
      RUNS,
    );
  },
);

describe("a sweep of a good rollout whose job died", TIMEOUT, () => {
  test("never takes it back before its time, and says afterwards that it was held", () => {
    fc.assert(
      fc.property(scenarios, moments, fc.integer({ min: 0, max: 2 * HELD_MS }), (scenario, moment, agoMs) => {
        const left = leftAt(scenario, moment, agoMs);
        const { end, writes } = drive("sweep", left, surroundings(scenario, left));
        expect(writes).toEqual([]);
        expect(end).toMatchObject({ kind: expect.stringMatching(/^(reached|roll-back)$/) });
        if (end?.kind !== "roll-back") return;
        expect(end.gate).toBe("held");
        expect(left.nowMs - (ours(left)?.createdAtMs ?? 0)).toBeGreaterThanOrEqual(HELD_MS);
      }),
      RUNS,
    );
  });

  test("takes it back after that, unless it has all of the traffic", () => {
    fc.assert(
      fc.property(scenarios, moments, (scenario, moment) => {
        const left = leftAt(scenario, moment, HELD_MS + 10 * MINUTE_MS);
        const { end } = drive("sweep", left, surroundings(scenario, left));
        expect(end?.kind).toBe(isOpen(scenario, left) ? "roll-back" : "reached");
      }),
      RUNS,
    );
  });
});

/** It stands beside the old version, and some of the traffic is the old one's. */
function isOpen(scenario: Scenario, world: World): boolean {
  const observation = observe(world);
  const fresh = observation.taskSets.find((set) => isSluices(set) && set.status === "ACTIVE");
  const stable = observation.taskSets.some((set) => !isSluices(set) && set.status !== "DRAINING");
  if (!fresh || !isSluices(fresh) || !stable) return false;
  const scene = { plan: planOf(scenario), observation, evidence: {}, nowMs: world.nowMs };
  return positionOf(scene, { fresh }).percent < 100;
}

const bad = (question: Question): Verdict => ({
  kind: "regress",
  gate: question.kind,
  reason: "9 of 10 went bad",
});

test(
  "a regression while nobody is at work ends a watch that is not over, and its rollback leaves the old version",
  TIMEOUT,
  () => {
    let takenBack = 0;
    fc.assert(
      fc.property(scenarios, moments, (scenario, moment) => {
        const left = leftAt(scenario, moment, 60 * MINUTE_MS);
        const isServing = left.routes.some(({ weights }) =>
          weights.some(({ groupArn, weight }) => groupArn.includes("green") && weight > 0),
        );
        fc.pre(isServing && isOpen(scenario, left));
        const run = { ...surroundings(scenario, left), answer: bad };
        const { end, writes } = drive("watch", left, run);
        expect(writes).toEqual([]);
        expect(end?.kind).toMatch(/^(roll-back|reached)$/);
        if (end?.kind !== "roll-back") return;
        takenBack++;
        const back = drive("rollback", left, run);
        expect([back.end?.kind, back.violations]).toEqual(["reached", []]);
      }),
      RUNS,
    );
    expect(takenBack).toBeGreaterThan(RUNS.numRuns / 4);
  },
);
