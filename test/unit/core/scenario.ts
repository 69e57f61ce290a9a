import fc from "fast-check";
import type { Target } from "../../../src/core/decide.ts";
import type { Question } from "../../../src/core/moves.ts";
import type { Plan } from "../../../src/core/plan.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { atRest } from "./at-rest.ts";
import { type Drive, type Driven, drive } from "./drive.ts";
import { observe } from "./look.ts";
import { crashOne, hasWeight, rescale, type World } from "./model.ts";
import { BLUE, GREEN, LISTENER, plan, RULE, spec, TEST_RULE, THIRD } from "./world.ts";

/** Everything that chance decides about a run. */
export interface Scenario {
  readonly strategy: "canary" | "blue-green" | "rolling";
  /** Of a canary, rising. */
  readonly percents: readonly number[];
  /** A canary's first users come by a header. */
  readonly cohort: boolean;
  readonly batchSize: number | string;
  readonly desiredCount: number;
  readonly routes: readonly { readonly sticky: boolean; readonly third: boolean }[];
  readonly startDelaysMs: readonly number[];
  readonly lagMs: number;
  readonly checkMs: number;
  readonly paceMs: number;
  readonly drainMs: number;
  /** Of each set, by when they crash after the start. At most two a set: a third would end the rollout. */
  readonly stableCrashesMs: readonly number[];
  readonly freshCrashesMs: readonly number[];
  readonly rescale: { readonly atMs: number; readonly desiredCount: number } | undefined;
}

const anyTimeMs = fc.integer({ min: 0, max: 240_000 });

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  strategy: fc.constantFrom("canary", "blue-green", "rolling"),
  percents: fc
    .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 })
    .map((percents) => percents.toSorted((a, b) => a - b)),
  cohort: fc.boolean(),
  batchSize: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom("10%", "25%", "50%", "100%")),
  desiredCount: fc.integer({ min: 1, max: 5 }),
  routes: fc.array(fc.record({ sticky: fc.boolean(), third: fc.boolean() }), { minLength: 1, maxLength: 2 }),
  startDelaysMs: fc.array(fc.integer({ min: 1_000, max: 40_000 }), { minLength: 1, maxLength: 5 }),
  lagMs: fc.integer({ min: 0, max: 3_000 }),
  checkMs: fc.integer({ min: 500, max: 10_000 }),
  paceMs: fc.integer({ min: 1_000, max: 6_000 }),
  drainMs: fc.integer({ min: 0, max: 120_000 }),
  stableCrashesMs: fc.array(anyTimeMs, { maxLength: 1 }),
  freshCrashesMs: fc.array(anyTimeMs, { maxLength: 2 }),
  rescale: fc.option(fc.record({ atMs: anyTimeMs, desiredCount: fc.integer({ min: 1, max: 6 }) }), {
    nil: undefined,
  }),
});

/** No group leaves a route for stickiness. */
export const plainScenarios = scenarios.map((scenario) => ({
  ...scenario,
  routes: scenario.routes.map((route) => ({ ...route, sticky: false })),
}));

const ARNS = [RULE, LISTENER] as const;

export function planOf(scenario: Scenario): Plan {
  return plan({
    drainMs: scenario.drainMs,
    routes: scenario.routes.map((_route, index) =>
      index === 0 ? { kind: "listener-rule", arn: ARNS[0] } : { kind: "listener", arn: ARNS[1] },
    ),
    spec: spec({
      bake: "60s",
      settle: "5s",
      strategy: scenario.strategy,
      batch: { size: scenario.batchSize, bake: "15s" },
      ...(scenario.strategy === "canary" ? { steps: stepsOf(scenario) } : {}),
    }),
  });
}

function stepsOf({ percents, cohort }: Scenario): readonly unknown[] {
  const route = { route: { header: { name: "x-beta", values: ["1"] } }, bake: "10s" };
  return [...(cohort ? [route] : []), ...percents.map((weight) => ({ weight, bake: "15s" }))];
}

export function worldOf(scenario: Scenario): World {
  return atRest({
    desiredCount: scenario.desiredCount,
    routes: planOf(scenario).routes.map((ref, index) => ({
      ...ref,
      sticky: scenario.routes[index]?.sticky ?? false,
      weights: [
        { groupArn: BLUE, weight: 100 },
        ...(scenario.routes[index]?.third ? [{ groupArn: THIRD, weight: 50 }] : []),
        { groupArn: GREEN, weight: 0 },
      ],
    })),
    testRoute: { kind: "listener-rule", arn: TEST_RULE },
    chance: { startDelaysMs: scenario.startDelaysMs, lagMs: scenario.lagMs, checkMs: scenario.checkMs },
  });
}

function good(question: Question): Verdict {
  return { kind: "healthy", gate: question.kind, reason: "all is well" };
}

/** A process's surroundings: what the scenario lets happen happens once, whichever process is at work. */
export function surroundings(scenario: Scenario, start: World): Drive {
  const events: readonly (readonly [number, (world: World) => World])[] = [
    ...(scenario.desiredCount > 1
      ? scenario.stableCrashesMs.map(
          (atMs) => [atMs, (world: World) => crashOne(world, "ecs-svc/1")] as const,
        )
      : []),
    ...scenario.freshCrashesMs.map((atMs) => [atMs, (world: World) => crashOne(world, "ecs-svc/2")] as const),
    ...(scenario.rescale
      ? [
          [
            scenario.rescale.atMs,
            (world: World) => rescale(world, scenario.rescale?.desiredCount ?? 1),
          ] as const,
        ]
      : []),
  ];
  const due = [...events].sort(([a], [b]) => a - b);
  return {
    plan: planOf(scenario),
    paceMs: scenario.paceMs,
    answer: good,
    befall: (world) => {
      let next = world;
      while ((due[0]?.[0] ?? Number.POSITIVE_INFINITY) <= next.nowMs - start.nowMs) {
        next = due.shift()?.[1](next) ?? next;
      }
      return next;
    },
  };
}

export const FORWARD: readonly Target[] = ["stage", "verify", "shift", "promote", "finish"];

/** The phases in order, each to its target, until one does not reach it or `looks` are used up. */
export function driveForward(start: World, run: Drive, looks = Number.POSITIVE_INFINITY): readonly Driven[] {
  const driven: Driven[] = [];
  let world = start;
  let left = looks;
  for (const phase of FORWARD) {
    const one = drive(phase, world, Number.isFinite(left) ? { ...run, killAfterLooks: left } : run);
    driven.push(one);
    world = one.world;
    left -= one.looks;
    if (one.end?.kind !== "reached" || left <= 0) break;
  }
  return driven;
}

export function lastWorld(driven: readonly Driven[], start: World): World {
  return driven.at(-1)?.world ?? start;
}

/** What a person would look at in the console, in one value. */
export function summaryOf(world: World, plan: Plan): unknown {
  const live = world.sets.filter((set) => set.goneAtMs === undefined);
  return {
    sets: live.map(({ id, primary, scalePercent }) => ({ id, primary, scalePercent })),
    serving: plan.groups.filter((arn) => hasWeight(world, plan, arn)),
    progress: Object.keys(world.tags).filter((key) => key === "sluice:shifted" || key === "sluice:step"),
    unhealthy: observe(world).taskSets.filter(
      (set) => set.status !== "DRAINING" && set.healthyCount < set.computedDesiredCount,
    ).length,
  };
}
