import type { Cancel } from "../clock.ts";
import type { Surroundings } from "../ports.ts";
import { loadBalancersOf, type Model } from "./control/model.ts";
import type { TargetRegistry } from "./targets/registry.ts";
import type { TrafficMetrics } from "./traffic/metrics.ts";

export interface HostCountParts {
  readonly surroundings: Surroundings;
  readonly model: Model;
  readonly registry: TargetRegistry;
  readonly metrics: TrafficMetrics;
}

/**
 * Publishes HealthyHostCount and UnHealthyHostCount of every group that has registered targets, once a metric
 * period. Targets that are still initial or drain count as neither. Answers how to stop.
 */
export function publishHostCounts(parts: HostCountParts): Cancel {
  const { surroundings } = parts;
  let cancel: Cancel = () => undefined;
  const next = (): void => {
    cancel = surroundings.clock.after(surroundings.settings.metricPeriodSeconds * 1000, () => {
      publish(parts);
      next();
    });
  };
  next();
  return () => cancel();
}

function publish({ model, registry, metrics }: HostCountParts): void {
  for (const arn of model.targetGroups.keys()) {
    const registered = registry.members(arn).filter((member) => !member.drain);
    if (registered.length === 0) continue;
    const count = (kind: string) => registered.filter((member) => member.health.kind === kind).length;
    for (const loadBalancerArn of loadBalancersOf(model, arn)) {
      metrics.hostCounts(loadBalancerArn, arn, count("healthy"), count("unhealthy"));
    }
  }
}
