import type { Block } from "../../core/counts.ts";
import type { Caught, Regression, Sighting, WeightOutlook } from "../../core/outlook.ts";
import type { ErrorsGate, GatesSpec } from "../../core/spec/gate-schema.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { type Draw, drawOfArms, drawOfObjective } from "../sequential/draw.ts";
import { blocksUntil, chancesToCatch, SURE } from "../sequential/outlook.ts";
import { PER_BLOCK, WEAKER } from "./control.ts";
import { COMPARISON_SHARE } from "./counts-gate.ts";
import { rulesOf } from "./rules.ts";

/** What is known of the service's traffic as a whole. */
export interface Traffic {
  readonly requestsPerMinute: number;
  /** The share of its requests that goes bad anyway, in [0, 1). */
  readonly badShare: number;
  /** As dispersionOf has it. */
  readonly dispersion: number;
}

/** A weight, and what the gate may spend on false alarms while it lasts. */
export interface Weight {
  readonly percent: number;
  /** See budgetsOf. */
  readonly budgetShare: number;
}

/** The chance to have caught a regression, from one block of periods to the next. */
export interface Sight {
  readonly blockMs: number;
  /** From the weight until the first block that counts begins, on average, plus what each block's counts take to arrive. */
  readonly delayMs: number;
  readonly badPerMs: number;
  readonly chances: readonly number[];
}

/** Hours of bake are looked at this far, … */
const HORIZON_MS = 7_200_000;
/** … in no more blocks than this: periods are joined until it is enough. */
const MOST_BLOCKS = 240;
const MOST_LAG_MS = 120_000;
const PERIODS_OF_LAG = 2;
const PROMETHEUS_LAG_MS = 15_000;
export const TYPICAL = 0.5;
export const NINE_IN_TEN = 0.9;

/** The errors gate, or the default one where it is off. */
export function errorsGateOf({ errors }: GatesSpec): ErrorsGate {
  return errors === false ? DEFAULT_GATE : errors;
}

const DEFAULT_GATE: ErrorsGate = {
  "max-percent": 1,
  tolerance: 1.2,
  "min-requests": 100,
  period: 60_000,
  patience: 600_000,
  "dry-run": false,
};

/**
 * From a period's end until its counts are complete, as is assumed: CloudWatch takes one to three minutes for a load
 * balancer's, less for the short periods that only a sandbox has, and other sources say so themselves.
 */
export function lagOf({ gates, sources }: Pick<ServiceSpec, "gates" | "sources">): number {
  const { from, period } = errorsGateOf(gates);
  const source = sources[from?.source ?? ""];
  return (
    source?.http?.lag ??
    (source?.prometheus
      ? Math.min(PROMETHEUS_LAG_MS, period)
      : Math.min(MOST_LAG_MS, PERIODS_OF_LAG * period))
  );
}

function delayOf(spec: Pick<ServiceSpec, "gates" | "sources">): number {
  return spec.gates["warm-up"] + errorsGateOf(spec.gates).period / 2 + lagOf(spec);
}

/** When the errors gate catches a regression at this weight, were it left there for `forMs`, or the horizon if longer. */
export function sightOf(
  spec: Pick<ServiceSpec, "gates" | "sources">,
  traffic: Traffic,
  weight: Weight,
  regression: Regression,
  forMs = 0,
): Sight {
  const { period } = errorsGateOf(spec.gates);
  const horizonMs = Math.max(HORIZON_MS, forMs);
  const blockMs = period * Math.max(1, Math.ceil(horizonMs / period / MOST_BLOCKS));
  const expected = expectedIn(blockMs, traffic, weight.percent, regression);
  return {
    blockMs,
    delayMs: delayOf(spec),
    badPerMs: expected.canary.bad / blockMs,
    chances: chancesOf(spec.gates, traffic, weight, expected, Math.ceil(horizonMs / blockMs)),
  };
}

function expectedIn(blockMs: number, traffic: Traffic, percent: number, regression: Regression): Block {
  const requests = (traffic.requestsPerMinute * blockMs) / 60_000;
  const ofCanary = (requests * percent) / 100;
  const worse = regression.kind === "times" ? regression.times * traffic.badShare : regression.percent / 100;
  // A release that fails all of its requests fails no more than those.
  const canary = { requests: ofCanary, bad: ofCanary * Math.min(1, Math.max(worse, traffic.badShare)) };
  if (percent < 100) {
    const ofStable = requests - ofCanary;
    return { canary, stable: { requests: ofStable, bad: ofStable * traffic.badShare } };
  }
  const before = requests * PER_BLOCK;
  return { canary, stable: { requests: before, bad: before * traffic.badShare } };
}

/** The comparison and the limit both look: what one of them catches is caught. */
function chancesOf(
  gates: GatesSpec,
  { dispersion }: Traffic,
  { percent, budgetShare }: Weight,
  expected: Block,
  blocks: number,
): readonly number[] {
  const gate = errorsGateOf(gates);
  const rule = rulesOf({ ...gates, errors: gate }, budgetShare)[0];
  const limit = gate["max-percent"] / 100;
  const hasLimit = limit < 1;
  const alpha = rule?.alpha ?? 0;
  const look = (draw: Draw | undefined, hasControl: boolean, share: number, most: number) =>
    draw ? chancesToCatch({ draw, hasControl }, { alpha: alpha * share, dispersion }, most) : [];
  const limited = !hasLimit
    ? []
    : limit > 0
      ? look(drawOfObjective(expected.canary, limit), false, 1 - COMPARISON_SHARE, blocks)
      : chancesOfOne(expected.canary.bad, blocks);
  const isSoon = chanceAt(limited, blocks) >= SURE;
  const tolerance = percent < 100 ? gate.tolerance : gate.tolerance * WEAKER;
  const share = hasLimit ? COMPARISON_SHARE : 1;
  const compared = look(drawOfArms(expected, tolerance), true, share, isSoon ? limited.length : blocks);
  return Array.from({ length: Math.max(compared.length, limited.length) }, (_, index) =>
    Math.max(chanceAt(compared, index), chanceAt(limited, index)),
  );
}

/** Where none is allowed the first bad request is one too many. */
function chancesOfOne(badPerBlock: number, blocks: number): readonly number[] {
  return Array.from({ length: blocks }, (_, index) => -Math.expm1(-badPerBlock * (index + 1)));
}

/** Chances end where they are as good as certain. */
const chanceAt = (chances: readonly number[], index: number): number =>
  chances[Math.min(index, chances.length - 1)] ?? 0;

/** The chance to have caught it `ms` after the weight. */
export function chanceBy({ chances, blockMs, delayMs }: Sight, ms: number): number {
  const blocks = Math.floor((ms - delayMs) / blockMs);
  return blocks < 1 ? 0 : chanceAt(chances, blocks - 1);
}

/** When it is caught with a chance of `atLeast`; undefined where that is not in sight. */
export function caughtBy(
  { chances, blockMs, delayMs, badPerMs }: Sight,
  atLeast: number,
): Caught | undefined {
  const blocks = blocksUntil(chances, atLeast);
  if (blocks === undefined) return undefined;
  const afterMs = delayMs + blocks * blockMs;
  return { afterMs, badRequests: badPerMs * afterMs };
}

/** A regression, and how it is seen. */
export interface RegressionSight {
  readonly regression: Regression;
  readonly sight: Sight;
}

/** What the errors gate can see at one weight. */
export function weightOutlookOf(
  spec: Pick<ServiceSpec, "gates" | "sources">,
  traffic: Traffic,
  { percent }: Weight,
  looks: readonly RegressionSight[],
): WeightOutlook {
  const gate = errorsGateOf(spec.gates);
  const requestsPerMinute = (traffic.requestsPerMinute * percent) / 100;
  const enoughMs = delayOf(spec) + (60_000 * gate["min-requests"]) / requestsPerMinute;
  const enough = requestsPerMinute > 0 ? { enoughMs } : {};
  return { percent, requestsPerMinute, ...enough, sightings: looks.map(sightingOf) };
}

function sightingOf({ regression, sight }: RegressionSight): Sighting {
  const typically = caughtBy(sight, TYPICAL);
  const nineInTen = caughtBy(sight, NINE_IN_TEN);
  return { regression, ...(typically ? { typically } : {}), ...(nineInTen ? { nineInTen } : {}) };
}
