import { firstShareOf } from "../../core/decide/judged-window.ts";
import type { Caught, RampOutlook, RampSighting, Regression, StepOutlook } from "../../core/outlook.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import type { Step, WeightStep } from "../../core/steps.ts";
import { remediesFor } from "./remedies.ts";
import {
  caughtBy,
  chanceBy,
  errorsGateOf,
  lagOf,
  NINE_IN_TEN,
  type RegressionSight,
  type Sight,
  sightOf,
  type Traffic,
  TYPICAL,
  type Weight,
  weightOutlookOf,
} from "./sight.ts";

/** A part of the service's requests that any release with a serious fault fails. */
const SERIOUS: Regression = { kind: "share", percent: 5 };
const TIMES: readonly Regression[] = [2, 5, 10].map((times) => ({ kind: "times", times }));
/** Fewer bad requests than these say little about how many there usually are. */
const KNOWN_RATE = 5;
/** A measure is what half of the traffic shows within such a bake. */
const LONGEST_BAKE_MS = 3_600_000;
const HALF_PERCENT = 50;
const HALF_THE_BUDGET = 0.5;

/** Requests of the service, as its load balancer has counted them. */
export interface CountedTraffic extends Traffic {
  /** Bad requests that `badShare` rests on. */
  readonly bad: number;
}

/** Whether enough requests have gone bad to speak of multiples of their rate. */
export function isRateKnown({ bad }: CountedTraffic): boolean {
  return bad >= KNOWN_RATE;
}

/**
 * What the errors gate can see of a release on its way through `steps`, by the same test that judges it. Approvals and
 * route steps take no time in it. Pure.
 */
export function rampOutlookOf(
  spec: ServiceSpec,
  steps: readonly Step[],
  traffic: CountedTraffic,
): RampOutlook {
  const gate = errorsGateOf(spec.gates);
  const isRateUnknown = !isRateKnown(traffic);
  const regressions = regressionsOf(traffic, isRateUnknown);
  const measure = measureOf(spec, traffic, regressions);
  const weighted = steps.flatMap((step, reached) =>
    step.kind === "weight" ? [{ step, budgetShare: firstShareOf({ steps, reached }) }] : [],
  );
  const looked = weighted.map(({ step, budgetShare }): Looked => {
    const weight = { percent: step.percent, budgetShare };
    const lastsMs = spec.settle + step.bakeMs;
    const looks = regressions.map((regression) => ({
      regression,
      sight: sightOf(spec, traffic, weight, regression, lastsMs),
    }));
    return { step, weight, lastsMs, looks };
  });
  return {
    kind: "seen",
    traffic: {
      requestsPerMinute: traffic.requestsPerMinute,
      badPercent: 100 * traffic.badShare,
      isRateUnknown,
      dispersion: traffic.dispersion,
    },
    ...(gate["dry-run"] ? { isDryRun: true } : {}),
    minRequests: gate["min-requests"],
    lagMs: lagOf(spec),
    ...(spec.gates["warm-up"] > 0 ? { warmUpMs: spec.gates["warm-up"] } : {}),
    patienceMs: gate.patience,
    ...(measure ? { measure } : {}),
    steps: looked.map((one, index) => stepOutlookOf(spec, traffic, one, looked[index + 1]?.step, measure)),
    ramp: regressions.map((regression) => rampSightingOf(looked, regression)),
  };
}

interface Looked {
  readonly step: WeightStep;
  readonly weight: Weight;
  readonly lastsMs: number;
  readonly looks: readonly RegressionSight[];
}

/** Multiples of the rate where it is known, and what would be a serious fault, where that is a good deal worse. */
function regressionsOf({ badShare }: Traffic, isRateUnknown: boolean): readonly Regression[] {
  const times = isRateUnknown ? [] : TIMES.filter((one) => one.kind === "times" && one.times * badShare <= 1);
  const isWorse = SERIOUS.kind === "share" && SERIOUS.percent / 100 > 2 * badShare;
  return isWorse ? [...times, SERIOUS] : times;
}

/** The largest multiple if half of the traffic shows it in time, else a serious fault; undefined: not even that. */
function measureOf(
  spec: ServiceSpec,
  traffic: Traffic,
  regressions: readonly Regression[],
): Regression | undefined {
  const weight = { percent: HALF_PERCENT, budgetShare: HALF_THE_BUDGET };
  const candidates = [
    regressions.findLast(({ kind }) => kind === "times"),
    regressions.find(({ kind }) => kind === "share"),
  ];
  return candidates.find((regression) => {
    const caught = regression && caughtBy(sightOf(spec, traffic, weight, regression), NINE_IN_TEN);
    return caught !== undefined && caught.afterMs <= LONGEST_BAKE_MS;
  });
}

function stepOutlookOf(
  spec: ServiceSpec,
  traffic: Traffic,
  { step, weight, lastsMs, looks }: Looked,
  next: WeightStep | undefined,
  measure: Regression | undefined,
): StepOutlook {
  const outlook = weightOutlookOf(spec, traffic, weight, looks);
  const sight = looks.find(({ regression }) => regression === measure)?.sight;
  const isBlind = sight !== undefined && chanceBy(sight, lastsMs) < TYPICAL;
  const remedies = isBlind && measure ? remediesFor(spec, traffic, { step, next, weight, measure }) : [];
  return { ...outlook, bakeMs: step.bakeMs, isBlind, remedies };
}

/** Each step judges by its own requests alone, so that what all of them miss is the product of what each does. */
function rampSightingOf(looked: readonly Looked[], regression: Regression): RampSighting {
  let missed = 1;
  let sofar: Caught = { afterMs: 0, badRequests: 0 };
  const caught = new Map<number, Caught & { readonly percent: number }>();
  for (const { step, lastsMs, looks } of looked) {
    const sight = looks.find((look) => look.regression === regression)?.sight;
    if (!sight) continue;
    for (const sureness of [TYPICAL, NINE_IN_TEN]) {
      const here = caught.has(sureness) ? undefined : caughtHere(sight, 1 - (1 - sureness) / missed, lastsMs);
      if (here) caught.set(sureness, { ...sumOf(sofar, here), percent: step.percent });
    }
    missed *= 1 - chanceBy(sight, lastsMs);
    sofar = sumOf(sofar, { afterMs: lastsMs, badRequests: sight.badPerMs * lastsMs });
  }
  const typically = caught.get(TYPICAL);
  const nineInTen = caught.get(NINE_IN_TEN);
  return {
    regression,
    chance: 1 - missed,
    ...(typically ? { typically } : {}),
    ...(nineInTen ? { nineInTen } : {}),
  };
}

function caughtHere(sight: Sight, atLeast: number, withinMs: number): Caught | undefined {
  const here = caughtBy(sight, atLeast);
  return here && here.afterMs <= withinMs ? here : undefined;
}

const sumOf = (a: Caught, b: Caught): Caught => ({
  afterMs: a.afterMs + b.afterMs,
  badRequests: a.badRequests + b.badRequests,
});
