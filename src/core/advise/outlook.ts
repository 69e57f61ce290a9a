import type { Regression, WeightOutlook } from "../outlook.ts";
import type { ServiceSpec } from "../spec/schema.ts";

/** What the errors gate can know at one weight, and when. Undefined: never, or not within hours. */
export interface Outlook {
  readonly percent: number;
  /** Of the new version. */
  readonly requestsPerMinute: number;
  /** Until the gate has its `min-requests`. */
  readonly judgedMs: number | undefined;
  /** Until such releases are caught, nine times in ten. */
  readonly caught: readonly { readonly regression: Regression; readonly ms: number | undefined }[];
  /** Until a bake has told what it can. */
  readonly neededMs: number | undefined;
}

/** What the gate's own test says of a weight at so many requests a minute of the whole service. Pure. */
export type Look = (percent: number, trafficPerMinute: number) => WeightOutlook;

/** What a bake has to show is the first of these: a release that fails such a share of its requests. */
export const BAD_PERCENTS = [5, 20];

/** What the spec's errors gate, or the default one where it is off, can know at `percent` of the traffic. */
export function outlookAt(look: Look, percent: number, trafficPerMinute: number): Outlook {
  const { requestsPerMinute, enoughMs: judgedMs, sightings } = look(percent, trafficPerMinute);
  const caught = sightings.map(({ regression, nineInTen }) => ({ regression, ms: nineInTen?.afterMs }));
  const shares = caught.filter(({ regression }) => regression.kind === "share");
  // Where the service is as bad already, nothing of that kind is to be caught.
  const shownMs = shares.length === 0 ? 0 : shares[0]?.ms;
  const neededMs = judgedMs === undefined || shownMs === undefined ? undefined : Math.max(judgedMs, shownMs);
  return { percent, requestsPerMinute, judgedMs, caught, neededMs };
}

interface Gate {
  readonly maxPercent: number;
  readonly minRequests: number;
  readonly periodMs: number;
  readonly patienceMs: number;
}

export function gateOf({ gates: { errors } }: ServiceSpec): Gate {
  if (!errors) return { maxPercent: 1, minRequests: 100, periodMs: 60_000, patienceMs: 600_000 };
  return {
    maxPercent: errors["max-percent"],
    minRequests: errors["min-requests"],
    periodMs: errors.period,
    patienceMs: errors.patience,
  };
}
