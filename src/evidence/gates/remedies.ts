import type { Regression, Remedy } from "../../core/outlook.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import type { WeightStep } from "../../core/steps.ts";
import { caughtBy, NINE_IN_TEN, sightOf, type Traffic, type Weight } from "./sight.ts";

const MINUTE_MS = 60_000;
/** Nobody waits longer for one step. */
const LONGEST_BAKE_MS = 3_600_000;
const WEIGHTS_PERCENT = [10, 25, 50];

/**
 * What would make a step see `measure` nine times in ten: a longer bake, in whole minutes, and of a canary a larger weight
 * with the bake that it has, below the next step's.
 */
export function remediesFor(
  spec: ServiceSpec,
  traffic: Traffic,
  asked: {
    readonly step: WeightStep;
    readonly next: WeightStep | undefined;
    readonly weight: Weight;
    readonly measure: Regression;
  },
): readonly Remedy[] {
  const { step, next, weight, measure } = asked;
  const neededMs = (percent: number): number => {
    const caught = caughtBy(sightOf(spec, traffic, { ...weight, percent }, measure), NINE_IN_TEN);
    return caught ? Math.max(0, caught.afterMs - spec.settle) : Number.POSITIVE_INFINITY;
  };
  const bakeMs = Math.ceil(neededMs(step.percent) / MINUTE_MS) * MINUTE_MS;
  const larger = WEIGHTS_PERCENT.find(
    (percent) => percent > step.percent && percent < (next?.percent ?? 0) && neededMs(percent) <= step.bakeMs,
  );
  const remedy = (percent: number, bake: number): Remedy => ({
    percent,
    bakeMs: bake,
    ...lineOf(spec.strategy, percent, formatDuration(bake)),
  });
  return [
    ...(bakeMs <= LONGEST_BAKE_MS ? [remedy(step.percent, bakeMs)] : []),
    ...(larger !== undefined && spec.strategy === "canary" ? [remedy(larger, step.bakeMs)] : []),
  ];
}

function lineOf(
  strategy: ServiceSpec["strategy"],
  percent: number,
  bake: string,
): Pick<Remedy, "of" | "yaml"> {
  if (strategy === "canary") return { of: "step", yaml: `- { weight: ${percent}, bake: ${bake} }` };
  return percent < 100
    ? { of: "batch", yaml: `batch: { bake: ${bake} }` }
    : { of: "flip", yaml: `bake: ${bake}` };
}
