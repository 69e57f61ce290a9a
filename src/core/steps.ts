import type { ServiceSpec } from "./spec/schema.ts";

/** One step of a shift, whatever the strategy. The last is always all the traffic. */
export type Step = WeightStep | ApproveStep | RouteStep;

export interface WeightStep {
  readonly kind: "weight";
  /** Of the service's traffic; whole tasks of a rolling release need not be whole percents. */
  readonly percent: number;
  readonly bakeMs: number;
}

export interface ApproveStep {
  readonly kind: "approve";
  readonly text: string;
}

/** Users with a header or a cookie get the new version by a rule of their own. */
export interface RouteStep {
  readonly kind: "route";
  readonly cohort: Cohort;
  readonly bakeMs: number;
}

/** Who they are: a header and its values, of which any will do. A cookie is one in the Cookie header. */
export interface Cohort {
  readonly kind: "header" | "cookie";
  readonly name: string;
  readonly values: readonly string[];
}

/** Half of the smallest difference between two steps that matters: weights are whole, shares need not be. */
export const TOLERANCE_PERCENT = 0.05;

const CANARY_PERCENTS = [5, 25, 50];
/** Of a step that does not say how long. */
export const STEP_BAKE_MS = 300_000;

/** The steps of a release in order. Those of a rolling one are its batches, so they follow the desired count. */
export function stepsOf(spec: ServiceSpec, desiredCount: number): readonly Step[] {
  switch (spec.strategy) {
    case "blue-green":
      return [...splitStep(spec), { kind: "weight", percent: 100, bakeMs: spec.bake }];
    case "rolling":
      return batches(spec, desiredCount);
    case "canary":
      return canarySteps(spec);
  }
}

export function weightSteps(spec: ServiceSpec, desiredCount: number): readonly WeightStep[] {
  return stepsOf(spec, desiredCount).filter((step) => step.kind === "weight");
}

/** How many tasks of `desiredCount` are exchanged at a time: at least one. */
export function batchTasks(spec: ServiceSpec, desiredCount: number): number {
  const { size } = spec.batch;
  const tasks =
    typeof size === "number" ? size : Math.floor((desiredCount * Number.parseInt(size, 10)) / 100);
  return Math.max(1, Math.min(tasks, desiredCount));
}

function splitStep({ split }: ServiceSpec): readonly WeightStep[] {
  return split ? [{ kind: "weight", percent: split.weight, bakeMs: split.bake }] : [];
}

function batches(spec: ServiceSpec, desiredCount: number): readonly WeightStep[] {
  const size = batchTasks(spec, desiredCount);
  const count = Math.max(1, Math.ceil(desiredCount / size));
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1;
    const percent = isLast ? 100 : (100 * (index + 1) * size) / desiredCount;
    return { kind: "weight", percent, bakeMs: isLast ? spec.bake : spec.batch.bake };
  });
}

function canarySteps(spec: ServiceSpec): readonly Step[] {
  const given =
    spec.steps?.map((step) => toStep(step, spec)) ??
    CANARY_PERCENTS.map((percent): Step => ({ kind: "weight", percent, bakeMs: STEP_BAKE_MS }));
  const last = given.at(-1);
  if (last?.kind === "weight" && last.percent === 100) return given;
  return [...given, { kind: "weight", percent: 100, bakeMs: spec.bake }];
}

type GivenStep = NonNullable<ServiceSpec["steps"]>[number];

function toStep(step: GivenStep, spec: ServiceSpec): Step {
  if (step.weight === 100) return { kind: "weight", percent: 100, bakeMs: step.bake ?? spec.bake };
  const bakeMs = step.bake ?? STEP_BAKE_MS;
  if (step.weight !== undefined) return { kind: "weight", percent: step.weight, bakeMs };
  if (step.approve !== undefined)
    return { kind: "approve", text: step.approve === true ? "a person has to approve" : step.approve };
  return { kind: "route", cohort: toCohort(step.route), bakeMs };
}

function toCohort(route: GivenStep["route"]): Cohort {
  if (route?.cookie) return { kind: "cookie", ...route.cookie };
  return { kind: "header", name: route?.header?.name ?? "", values: route?.header?.values ?? [] };
}
