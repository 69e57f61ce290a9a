import { requestsUntilCaught } from "../chance.ts";
import type { ServiceSpec } from "../spec/schema.ts";

/** What the errors gate can know at one weight, and when. Undefined: never. */
export interface Outlook {
  readonly percent: number;
  /** Of the new version. */
  readonly requestsPerMinute: number;
  /** Until the gate has its `min-requests`. */
  readonly judgedMs: number | undefined;
  /** Until releases that fail such a share are caught, nine times in ten. */
  readonly caught: readonly { readonly badPercent: number; readonly ms: number | undefined }[];
  /** Until a bake has told what it can. */
  readonly neededMs: number | undefined;
}

/** A release that fails this share of its requests is bad, and one that fails the other very bad. */
const BAD_PERCENTS = [5, 20];

/** Periods from a request to its count: the running one has to end, and its metrics to be published. */
const PERIODS_OF_DELAY = 2;

/** What the spec's errors gate, or the default one where it is off, can know at `percent` of the traffic. */
export function outlookAt(spec: ServiceSpec, percent: number, trafficPerMinute: number): Outlook {
  const gate = gateOf(spec);
  const requestsPerMinute = (trafficPerMinute * percent) / 100;
  const delayMs = spec.settle + PERIODS_OF_DELAY * gate.periodMs;
  const after = (requests: number | undefined): number | undefined =>
    requests === undefined || requestsPerMinute === 0
      ? undefined
      : delayMs + (60_000 * requests) / requestsPerMinute;
  const caught = BAD_PERCENTS.map((badPercent) => ({
    badPercent,
    ms: after(requestsUntilCaught(badPercent, gate)),
  }));
  const judgedMs = after(gate.minRequests);
  const slowest = caught.find(({ ms }) => ms !== undefined)?.ms ?? 0;
  const neededMs = judgedMs === undefined ? undefined : Math.max(judgedMs, slowest);
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
