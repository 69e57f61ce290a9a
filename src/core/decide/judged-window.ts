import type { Scene } from "../decide.ts";
import type { Question, Subject } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { otherGroup, type Plan } from "../plan.ts";
import type { GatesSpec } from "../spec/gate-schema.ts";
import type { Position } from "./position.ts";

/** So much of a step's part of the error budget is for its first window; the rest for all that a long wait adds. */
export const FIRST_WINDOW = 0.9;
/** A window of a watch has so many of the longest period at least: shorter ones see only large regressions. */
const LEAST_PERIODS = 60;

/** Whether any gate looks at metrics. */
export function hasMetricGates({ errors, latency, saturation, ratios, alarms }: GatesSpec): boolean {
  return Boolean(errors || latency || saturation) || ratios.length > 0 || alarms.length > 0;
}

/** What the gates are asked of the present step: all that has been seen since its weight was recorded. */
export function questionOf(
  scene: Scene,
  fresh: ObservedTaskSet,
  position: Position,
  sinceMs: number,
): Question {
  return { ...ask(scene, fresh, sinceMs, firstShareOf(position)), ...warmUpFrom(scene, sinceMs) };
}

/** The part of a rollout's false alarms that a step may spend on its first window, which has its bake. */
export function firstShareOf(position: Pick<Position, "steps" | "reached">): number {
  return FIRST_WINDOW * stepShare(position);
}

/**
 * What they are asked of a rollout that waits, for days perhaps: hours of good answers must hide no regression, so its
 * time since `sinceMs` is cut into windows, each judged by itself. Where they lie follows from `sinceMs` alone, so that
 * whoever asks gets the same answer; their parts of the budget, 1/(k·(k + 1)) of what the first leaves for the kth after
 * it, sum up to no more than all of it.
 */
export function questionOfWait(
  scene: Scene,
  fresh: ObservedTaskSet,
  position: Position,
  sinceMs: number,
): Question {
  const lengthMs = windowMs(scene.plan, position);
  const nth = Math.max(0, Math.floor((scene.nowMs - sinceMs) / lengthMs));
  const share = nth === 0 ? FIRST_WINDOW : (1 - FIRST_WINDOW) / (nth * (nth + 1));
  const question = ask(scene, fresh, sinceMs + nth * lengthMs, share * stepShare(position));
  return nth === 0 ? { ...question, ...warmUpFrom(scene, sinceMs) } : question;
}

/** Each weight may have new tasks, since the set grows with it. */
function warmUpFrom({ plan }: Scene, sinceMs: number): { readonly warmUntilMs?: number } {
  const warmUpMs = plan.spec.gates["warm-up"];
  return warmUpMs > 0 ? { warmUntilMs: sinceMs + warmUpMs } : {};
}

/**
 * The part of the false alarms allowed in a whole rollout that one step may spend: 1/2, 1/6, 1/12, … and the last what is
 * left, for most regressions show at the first, where they hurt the fewest.
 */
function stepShare({ steps, reached }: Pick<Position, "steps" | "reached">): number {
  const count = Math.max(1, steps.filter(({ kind }) => kind !== "approve").length);
  const nth = Math.max(1, steps.slice(0, reached + 1).filter(({ kind }) => kind !== "approve").length);
  return nth >= count ? 1 / count : 1 / (nth * (nth + 1));
}

function windowMs({ spec }: Plan, { steps, reached }: Position): number {
  const step = steps[reached];
  const bakeMs = step && step.kind !== "approve" ? step.bakeMs : 0;
  return Math.max(bakeMs, LEAST_PERIODS * Math.max(...periodsMs(spec.gates)));
}

/** Of the gates that are on; a minute where none is. */
export function shortestPeriodMs(gates: GatesSpec): number {
  return Math.min(...periodsMs(gates));
}

function periodsMs({ errors, latency, saturation, ratios }: GatesSpec): readonly number[] {
  const periods = [errors || undefined, latency, saturation, ...ratios].flatMap((gate) => gate?.period ?? []);
  return periods.length === 0 ? [60_000] : periods;
}

function ask(
  { plan, observation }: Scene,
  fresh: ObservedTaskSet,
  fromMs: number,
  budgetShare: number,
): Extract<Question, { kind: "metrics" }> {
  const otherArn = otherGroup(plan, fresh.targetGroupArn);
  const other = observation.taskSets.find((set) => set.targetGroupArn === otherArn && set.arn !== fresh.arn);
  return {
    kind: "metrics",
    canary: subjectOf(fresh),
    ...(other ? { stable: subjectOf(other) } : {}),
    fromMs,
    budgetShare,
  };
}

/** As metrics know a task set. */
export function subjectOf(set: ObservedTaskSet): Subject {
  const { id: taskSetId, taskDefinitionArn, createdAtMs, targetGroupArn: groupArn = "" } = set;
  return { groupArn, taskSetId, taskDefinitionArn, createdAtMs };
}
