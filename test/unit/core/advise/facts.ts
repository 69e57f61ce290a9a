import type { ServiceFacts, TrafficFacts } from "../../../../src/core/advise/facts.ts";

const DAY_MINUTES = 1440;

/** A day of steady traffic, none of it bad, unless told otherwise. */
export function traffic(perMinute: number, more: Partial<TrafficFacts> = {}): TrafficFacts {
  return {
    spanMs: DAY_MINUTES * 60_000,
    perMinute: { peak: perMinute, median: perMinute, quiet: perMinute },
    requests: perMinute * DAY_MINUTES,
    bad: 0,
    connectionErrors: 0,
    ...more,
  };
}

/** A service of ten tasks with plenty of traffic and nothing peculiar. */
export function facts(more: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    desiredCount: 10,
    traffic: traffic(5000),
    routes: [{ kind: "listener-rule", stickySeconds: undefined }],
    drainMs: 30_000,
    failureDetectionMs: 20_000,
    scalable: false,
    oneVersionOnly: false,
    spareTasks: undefined,
    ...more,
  };
}
