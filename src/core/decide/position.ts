import type { Scene, UnderWay } from "../decide.ts";
import type { ObservedRoute } from "../observation.ts";
import { type Step, stepsOf, TOLERANCE_PERCENT, type WeightStep } from "../steps.ts";
import { sharePercent, withShare } from "../weights.ts";

/** Where a rollout stands among its steps, as the routes and the tags say. */
export interface Position {
  readonly steps: readonly Step[];
  /** The last step that is reached on every route: an index of `steps`, or -1. */
  readonly reached: number;
  /** The last weight that some route has, where another does not have it yet. */
  readonly halfWritten: WeightStep | undefined;
  /** The weight that every route has, as the step says it; 0 before the first. */
  readonly percent: number;
  /** Since when every route has it, or every cohort rule of a route step stands; undefined: not on record yet. */
  readonly sinceMs: number | undefined;
}

export function positionOf(scene: Scene, { fresh }: Pick<UnderWay, "fresh">): Position {
  const { plan, observation } = scene;
  const { tags } = observation.service;
  const groupArn = fresh.targetGroupArn ?? "";
  const steps = stepsOf(plan.spec, observation.service.desiredCount);
  const indexes = observation.routes.map((route) => reachedOn(scene, route, groupArn, steps));
  const lowest = indexes.length === 0 ? -1 : Math.min(...indexes);
  const highest = Math.max(-1, ...indexes);
  const ahead = highest > lowest ? steps[highest] : undefined;
  const tagged = tags.shifted === plan.rollout ? tags.step : undefined;
  const percent = currentPercent(scene, groupArn, steps[lowest], tagged?.weightPercent);
  const weighted = { steps, percent, halfWritten: ahead?.kind === "weight" ? ahead : undefined };
  if (percent > 0) {
    const isOnRecord = tagged !== undefined && near(tagged.weightPercent, percent);
    return { ...weighted, reached: lowest, sinceMs: isOnRecord ? tagged.atMs : undefined };
  }
  return { ...weighted, ...cohortPosition(scene, steps) };
}

/** The last weight step that a route has, or has more than; -1: none. */
function reachedOn(scene: Scene, route: ObservedRoute, groupArn: string, steps: readonly Step[]): number {
  const share = sharePercent(route, scene.plan.groups, groupArn) ?? 0;
  return steps.findLastIndex(
    (step) =>
      step.kind === "weight" &&
      share >= actualPercent(scene, route, groupArn, step.percent) - TOLERANCE_PERCENT,
  );
}

/** The step's weight if that is what the routes have, else the recorded one; a weight between two steps is told as it is. */
function currentPercent(
  scene: Scene,
  groupArn: string,
  step: Step | undefined,
  taggedPercent: number | undefined,
): number {
  const { plan, observation } = scene;
  const shares = observation.routes.map((route) => sharePercent(route, plan.groups, groupArn) ?? 0);
  const isSeen = (percent: number): boolean =>
    observation.routes.every((route, index) =>
      near(shares[index] ?? 0, actualPercent(scene, route, groupArn, percent)),
    );
  if (step?.kind === "weight" && isSeen(step.percent)) return step.percent;
  if (taggedPercent !== undefined && isSeen(taggedPercent)) return taggedPercent;
  return shares.length === 0 ? 0 : Math.min(...shares);
}

/** Before any weight, the cohort rules say how far it is. */
function cohortPosition(
  { plan, observation }: Scene,
  steps: readonly Step[],
): Pick<Position, "reached" | "sinceMs"> {
  const { cohort, shifted } = observation.service.tags;
  if (!cohort || shifted !== plan.rollout) return { reached: -1, sinceMs: undefined };
  const routeSteps = steps.flatMap((step, index) => (step.kind === "route" ? [index] : []));
  return { reached: routeSteps[cohort.steps - 1] ?? -1, sinceMs: cohort.atMs };
}

/** The share that a step comes to on a route: weights are whole, and a sum of the two groups may be small. */
export function actualPercent(
  { plan }: Scene,
  route: ObservedRoute,
  groupArn: string,
  percent: number,
): number {
  const weights = withShare(route.weights, plan.groups, groupArn, percent);
  return sharePercent({ weights }, plan.groups, groupArn) ?? 0;
}

/** The next weight above the present one, whatever stands before it. */
export function nextWeight({ steps, percent }: Pick<Position, "steps" | "percent">): WeightStep | undefined {
  return steps.find(
    (step): step is WeightStep => step.kind === "weight" && step.percent > percent + TOLERANCE_PERCENT,
  );
}

/** Whether two percentages are the same weight. */
export function near(a: number, b: number): boolean {
  return Math.abs(a - b) < TOLERANCE_PERCENT;
}
