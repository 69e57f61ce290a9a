import fc from "fast-check";
import { expect, test } from "vitest";
import { type Drive, type Driven, drive } from "./drive.ts";
import { breakForGood, tick, type World } from "./model.ts";
import {
  driveForward,
  FORWARD,
  lastWorld,
  plainScenarios,
  planOf,
  type Scenario,
  summaryOf,
  surroundings,
  worldOf,
} from "./scenario.ts";
import { BLUE, GREEN, MINUTE_MS } from "./world.ts";

/** What becomes of a release, besides what the scenario holds in store for its world. */
type Fate =
  | { readonly kind: "good" }
  /** From then on its users meet errors, and the gate says so. */
  | { readonly kind: "fails-users"; readonly atMs: number }
  /** From then on none of its tasks is healthy. */
  | { readonly kind: "dies"; readonly atMs: number }
  /** The job is killed after so many looks; another goes on, or takes it back. */
  | { readonly kind: "killed"; readonly looks: number; readonly next: "go-on" | "take-back" };

const anyTimeMs = fc.integer({ min: 0, max: 300_000 });
const fates: fc.Arbitrary<Fate> = fc.oneof(
  fc.constant({ kind: "good" } as const),
  fc.record({ kind: fc.constant("fails-users" as const), atMs: anyTimeMs }),
  fc.record({ kind: fc.constant("dies" as const), atMs: anyTimeMs }),
  fc.record({
    kind: fc.constant("killed" as const),
    looks: fc.integer({ min: 1, max: 200 }),
    next: fc.constantFrom("go-on" as const, "take-back" as const),
  }),
);

interface Ended {
  readonly world: World;
  readonly violations: readonly string[];
}

/** As a job does it: the phases in order, and the way back where they do not reach their end. */
function release(scenario: Scenario, fate: Fate): Ended {
  const start = worldOf(scenario);
  const run = surroundingsOf(scenario, fate, start);
  const forward = driveForward(start, run, fate.kind === "killed" ? fate.looks : Number.POSITIVE_INFINITY);
  const left = lastWorld(forward, start);
  const violations = forward.flatMap((one) => one.violations);
  const next = follow(fate, forward, left, run);
  return {
    world: tick(lastWorld(next, left), 5 * MINUTE_MS),
    violations: [...violations, ...next.flatMap((one) => one.violations)],
  };
}

function follow(fate: Fate, forward: readonly Driven[], left: World, run: Drive): readonly Driven[] {
  const end = forward.at(-1)?.end;
  const isHalfWay = forward.length < FORWARD.length;
  if (end?.kind === "reached" && !isHalfWay) return [];
  const later = tick(left, 5_000);
  if (fate.kind === "killed" && fate.next === "go-on") {
    const on = driveForward(later, run);
    return on.at(-1)?.end?.kind === "reached" ? on : [...on, drive("rollback", lastWorld(on, later), run)];
  }
  return isGone(later, "ecs-svc/1") ? driveForward(later, run) : [drive("rollback", later, run)];
}

function surroundingsOf(scenario: Scenario, fate: Fate, start: World): Drive {
  const run = surroundings(scenario, start);
  const isDue = (world: World): boolean => "atMs" in fate && world.nowMs - start.nowMs >= fate.atMs;
  if (fate.kind === "fails-users") {
    return {
      ...run,
      answer: (question, world) =>
        isDue(world)
          ? { kind: "regress", gate: "errors", reason: "users meet errors" }
          : run.answer(question, world),
    };
  }
  if (fate.kind !== "dies") return run;
  return {
    ...run,
    befall: (world) => (isDue(world) ? breakForGood(run.befall(world), "ecs-svc/2") : run.befall(world)),
  };
}

const isGone = (world: World, id: string): boolean =>
  !world.sets.some((set) => set.id === id && set.goneAtMs === undefined);

const ROLLOUTS = 10_000;

test(`in ${ROLLOUTS} rollouts of every strategy no safety rule is broken, and one version serves alone at the end`, {
  timeout: 240_000,
}, () => {
  const ends = { old: 0, new: 0 };
  fc.assert(
    fc.property(plainScenarios, fates, (scenario, fate) => {
      const { world, violations } = release(scenario, fate);
      expect(violations).toEqual([]);
      const end = isGone(world, "ecs-svc/1") ? "new" : "old";
      ends[end]++;
      expect(summaryOf(world, planOf(scenario))).toMatchObject({
        sets: [{ id: end === "new" ? "ecs-svc/2" : "ecs-svc/1", primary: true, scalePercent: 100 }],
        serving: [end === "new" ? GREEN : BLUE],
        progress: [],
      });
    }),
    { numRuns: ROLLOUTS, seed: 20_261_121 },
  );
  expect(ends.old, "rollouts taken back").toBeGreaterThan(ROLLOUTS / 10);
  expect(ends.new, "rollouts completed").toBeGreaterThan(ROLLOUTS / 10);
});
