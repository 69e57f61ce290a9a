/** A release that is worse than what serves: by how many times, or by which share of its requests goes bad. */
export type Regression =
  | { readonly kind: "times"; readonly times: number }
  | { readonly kind: "share"; readonly percent: number };

/** When a regression is caught, from when the weight was recorded, and how many requests have gone bad by then. */
export interface Caught {
  readonly afterMs: number;
  /** Of the new version's, those included that go bad while metrics are on their way. */
  readonly badRequests: number;
}

/** When the errors gate sees a regression; absent: not within the hours that are looked at. */
export interface Sighting {
  readonly regression: Regression;
  /** As likely as not by then. */
  readonly typically?: Caught;
  readonly nineInTen?: Caught;
}

/** What the errors gate can see while the new version has this much of the traffic, with all the time it needs. */
export interface WeightOutlook {
  readonly percent: number;
  /** Of the new version. */
  readonly requestsPerMinute: number;
  /** Until the gate has its `min-requests`; absent: never. */
  readonly enoughMs?: number;
  readonly sightings: readonly Sighting[];
}

/** The same of a step that ends with its bake. */
export interface StepOutlook extends WeightOutlook {
  readonly bakeMs: number;
  /** Whether its bake is more likely than not to miss what the outlook calls its measure. */
  readonly isBlind: boolean;
  /** What would make the step see it nine times in ten. */
  readonly remedies: readonly Remedy[];
}

/** Another bake, or another weight, for a step that sees too little. */
export interface Remedy {
  readonly percent: number;
  readonly bakeMs: number;
  /** What it is of: an entry of `steps`, all batches, or the bake after the flip. */
  readonly of: "step" | "batch" | "flip";
  /** A line of a service's part of sluice.yml. */
  readonly yaml: string;
}

/** When a regression is caught somewhere on the way to all of the traffic, from the first weight on. */
export interface RampSighting {
  readonly regression: Regression;
  /** That it is caught at all before the last bake is over, 0-1. */
  readonly chance: number;
  readonly typically?: Caught & { readonly percent: number };
  readonly nineInTen?: Caught & { readonly percent: number };
}

/** The service as CloudWatch has seen it. */
export interface SeenTraffic {
  readonly requestsPerMinute: number;
  /** Of all requests, 0-100. */
  readonly badPercent: number;
  /** So few bad ones were seen that a multiple of them means nothing. */
  readonly isRateUnknown: boolean;
  /** How much more bad requests vary than independent ones would, 1 or more. */
  readonly dispersion: number;
}

/** What the errors gate can see of a release of the service, in the strategy's steps. */
export interface RampOutlook {
  readonly kind: "seen";
  readonly traffic: SeenTraffic;
  /** The gate only reports. */
  readonly isDryRun?: true;
  readonly minRequests: number;
  /** From a period's end until it is counted, as assumed. */
  readonly lagMs: number;
  /** After each weight, in which nothing counts; absent: none. */
  readonly warmUpMs?: number;
  readonly patienceMs: number;
  /** The regression that steps are measured by; absent where no bake would see any, so that time and volume decide. */
  readonly measure?: Regression;
  readonly steps: readonly StepOutlook[];
  readonly ramp: readonly RampSighting[];
}

/** An outlook, or why there is none. */
export type Outlook = RampOutlook | { readonly kind: "unknown"; readonly reason: string };
