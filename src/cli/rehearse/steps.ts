import { formatDuration } from "../../core/spec/duration.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { type Cohort, type Step, stepsOf } from "../../core/steps.ts";
import { APPROVE, type StepLabel } from "./timeline.ts";
import { formatPercent } from "./words.ts";

/** What part of the load is users of one route step. */
export const COHORT_PERCENT = 5;

const SHORTEST_BAKE_SECONDS = 3;
const LONGEST_BAKE_SECONDS = 8;
/** At all of the traffic, where the step says its own. */
const END_BAKE_SECONDS = 6;
/** What the spec of a rehearsal has at most. */
export const LONGEST_WARM_UP_SECONDS = 1;
/** A period of the metric, and what it takes to be published, less the settling, during which users come too. */
const METRIC_SECONDS = 1.5;

/**
 * Writes the steps of a canary into `raw` with a bake each that its traffic needs to be judged, where the spec's
 * is longer. Returns what was shortened, in words.
 */
export function shortenSteps(
  raw: Record<string, unknown>,
  service: ServiceSpec,
  { requestsPerSecond, desiredCount }: { readonly requestsPerSecond: number; readonly desiredCount: number },
): readonly string[] {
  if (service.strategy !== "canary") return [];
  const steps = stepsOf(service, desiredCount);
  const gate = service.gates.errors;
  const warmUpSeconds = Math.min(LONGEST_WARM_UP_SECONDS, service.gates["warm-up"] / 1000);
  const shortened = steps.map((step) => {
    if (step.kind === "approve") return undefined;
    if (isEnd(step))
      return step.bakeMs > END_BAKE_SECONDS * 1000 && isOwnEnd(step, service)
        ? `${END_BAKE_SECONDS}s`
        : undefined;
    const requests = gate ? gate["min-requests"] : 0;
    const neededSeconds =
      requests / ((requestsPerSecond * sharePercent(step)) / 100) + METRIC_SECONDS + warmUpSeconds;
    const seconds = Math.min(LONGEST_BAKE_SECONDS, Math.max(SHORTEST_BAKE_SECONDS, Math.ceil(neededSeconds)));
    return step.bakeMs > seconds * 1000 ? `${seconds}s` : undefined;
  });
  const written = steps.filter((step) => !isEnd(step) || isOwnEnd(step, service));
  raw.steps = written.map((step) => toRaw(step, shortened[steps.indexOf(step)]));
  const changed = steps.flatMap((step, index) => {
    const bake = shortened[index];
    return bake !== undefined && step.kind !== "approve" ? [{ step, bake }] : [];
  });
  if (changed.length === 0) return [];
  const before = [...new Set(changed.map(({ step }) => formatDuration(step.bakeMs)))].join(", ");
  return [`bakes of the steps ${before} → ${changed.map(({ bake }) => bake).join(", ")}`];
}

/** The smallest part of the traffic by which the new version is judged. */
export function smallestSharePercent(service: ServiceSpec, desiredCount: number): number {
  const shares = stepsOf(service, desiredCount).flatMap((step) =>
    step.kind === "approve" ? [] : [sharePercent(step)],
  );
  return Math.min(100, ...shares);
}

/** What the live view calls each step of a release, in order. */
export function stepLabels(service: ServiceSpec, desiredCount: number): readonly StepLabel[] {
  return stepsOf(service, desiredCount).map((step) => {
    if (step.kind === "weight") return { label: formatPercent(step.percent), percent: step.percent };
    if (step.kind === "approve") return { label: APPROVE };
    return { label: cohortLabel(step.cohort) };
  });
}

export const cohortLabel = ({ kind, name }: Pick<Cohort, "kind" | "name">): string => `${kind} ${name}`;

/** The cohorts of the route steps, each with the headers by which one of its users is known. */
export function cohortHeaders(
  service: ServiceSpec,
  desiredCount: number,
): readonly Readonly<Record<string, string>>[] {
  return stepsOf(service, desiredCount).flatMap((step) =>
    step.kind === "route" ? [headersOf(step.cohort)] : [],
  );
}

export function approveSteps(service: ServiceSpec, desiredCount: number): number {
  return stepsOf(service, desiredCount).filter(({ kind }) => kind === "approve").length;
}

/** A wildcard stands for a letter: any will do. */
function headersOf({ kind, name, values }: Cohort): Readonly<Record<string, string>> {
  const value = (values[0] ?? "").replaceAll(/[*?]/g, "x");
  return kind === "cookie" ? { cookie: `${name}=${value}` } : { [name]: value };
}

function sharePercent(step: Exclude<Step, { kind: "approve" }>): number {
  return step.kind === "route" ? COHORT_PERCENT : step.percent;
}

function isEnd(step: Step): boolean {
  return step.kind === "weight" && step.percent === 100;
}

/** The step of all traffic has the spec's `bake`, unless it says otherwise. */
function isOwnEnd(step: Step, { bake }: ServiceSpec): boolean {
  return isEnd(step) && step.kind === "weight" && step.bakeMs !== bake;
}

function toRaw(step: Step, bake: string | undefined): Readonly<Record<string, unknown>> {
  if (step.kind === "approve") return { approve: step.text };
  const own = { bake: bake ?? formatExactly(step.bakeMs) };
  if (step.kind === "weight") return { weight: step.percent, ...own };
  const { kind, name, values } = step.cohort;
  return { route: { [kind]: { name, values } }, ...own };
}

const formatExactly = (ms: number): string => `${ms}ms`;
