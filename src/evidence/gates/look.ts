import { BAD_PERCENTS, type Look } from "../../core/advise/outlook.ts";
import { FIRST_WINDOW } from "../../core/decide/judged-window.ts";
import type { Regression } from "../../core/outlook.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { type CountedTraffic, isRateKnown } from "./outlook.ts";
import { sightOf, weightOutlookOf } from "./sight.ts";

const TIMES = [2, 5];

/** Of the first of several steps: half of a rollout's budget, in its first window. */
const A_STEP = FIRST_WINDOW / 2;
/** Of all traffic at once: there is no other step. */
const ALL_AT_ONCE = FIRST_WINDOW;

/**
 * What the spec's errors gate can see of a release that fails 5 or 20 % of its requests, and of multiples of the service's
 * error rate where that is known. Without traffic the service is taken to fail nothing.
 */
export function lookWith(spec: ServiceSpec, counted: CountedTraffic | undefined): Look {
  const { badShare, dispersion } = counted ?? { badShare: 0, dispersion: 1 };
  const shares = BAD_PERCENTS.filter((percent) => percent / 100 > 2 * badShare);
  const times = counted && isRateKnown(counted) ? TIMES.filter((one) => one * badShare <= 1) : [];
  const regressions: readonly Regression[] = [
    ...shares.map((percent): Regression => ({ kind: "share", percent })),
    ...times.map((one): Regression => ({ kind: "times", times: one })),
  ];
  return (percent, requestsPerMinute) => {
    const traffic = { requestsPerMinute, badShare, dispersion };
    const weight = { percent, budgetShare: percent < 100 ? A_STEP : ALL_AT_ONCE };
    const looks = regressions.map((regression) => ({
      regression,
      sight: sightOf(spec, traffic, weight, regression),
    }));
    return weightOutlookOf(spec, traffic, weight, looks);
  };
}
