import type { RouteRef } from "../observation.ts";

/** What is known of a service, as far as it tells strategies apart. */
export interface ServiceFacts {
  readonly desiredCount: number;
  /** Undefined where CloudWatch has no request of the service. */
  readonly traffic: TrafficFacts | undefined;
  /** The production routes; `stickySeconds` where target-group stickiness is on. */
  readonly routes: readonly { readonly kind: RouteRef["kind"]; readonly stickySeconds: number | undefined }[];
  /** The longer deregistration delay of the two groups. */
  readonly drainMs: number;
  /** Until a target that fails its health checks gets no more requests: interval × unhealthy threshold. */
  readonly failureDetectionMs: number;
  /** Whether Application Auto Scaling scales the service. */
  readonly scalable: boolean;
  /** Two versions may not serve side by side; people say so. */
  readonly oneVersionOnly: boolean;
  /** Tasks that can run beside those of the desired count; undefined where nobody said. */
  readonly spareTasks: number | undefined;
}

/** Requests of both target groups over the last day, or as much of it as the metrics have. */
export interface TrafficFacts {
  /** From the first minute that has requests until now. */
  readonly spanMs: number;
  readonly perMinute: {
    readonly peak: number;
    readonly median: number;
    /** A tenth of the minutes have no more. */
    readonly quiet: number;
  };
  readonly requests: number;
  /** Not answered with 2xx, 3xx or 4xx. */
  readonly bad: number;
  /** Connections to targets that failed. */
  readonly connectionErrors: number;
}
