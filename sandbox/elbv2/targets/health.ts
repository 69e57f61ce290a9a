import type { ProbeResult } from "../../ports.ts";

/** What the health checks have found out about a registered target. */
export type CheckedHealth =
  | { readonly kind: "unused" }
  | { readonly kind: "initial"; readonly checked: boolean; readonly failures: number }
  | { readonly kind: "healthy"; readonly failures: number }
  | {
      readonly kind: "unhealthy";
      readonly reason: string;
      readonly description: string;
      readonly passes: number;
    };

export interface Thresholds {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** Health of a target that its group starts to check. */
export const uncheckedHealth: CheckedHealth = { kind: "initial", checked: false, failures: 0 };

/**
 * Health after one more check. A new target needs one pass; one that was unhealthy needs
 * `healthyThreshold` in a row; `unhealthyThreshold` failures in a row make any target unhealthy
 * (ALB guide, "Health checks for your target groups").
 */
export function afterProbe(
  health: CheckedHealth,
  result: ProbeResult,
  thresholds: Thresholds,
): CheckedHealth {
  switch (health.kind) {
    case "unused":
      return health;
    case "initial":
    case "healthy": {
      if (result.healthy) return { kind: "healthy", failures: 0 };
      const failures = health.failures + 1;
      if (failures >= thresholds.unhealthyThreshold) return unhealthy(result);
      return health.kind === "initial"
        ? { kind: "initial", checked: true, failures }
        : { kind: "healthy", failures };
    }
    case "unhealthy": {
      if (!result.healthy) return unhealthy(result);
      const passes = health.passes + 1;
      return passes >= thresholds.healthyThreshold ? { kind: "healthy", failures: 0 } : { ...health, passes };
    }
  }
}

const unhealthy = (result: Extract<ProbeResult, { healthy: false }>): CheckedHealth => ({
  kind: "unhealthy",
  reason: result.reason,
  description: result.description,
  passes: 0,
});

/** DescribeTargetHealth's words. */
export interface HealthWords {
  readonly state: "initial" | "healthy" | "unhealthy" | "unused" | "draining";
  readonly reason?: string;
  readonly description?: string;
}

export const drainingWords: HealthWords = {
  state: "draining",
  reason: "Target.DeregistrationInProgress",
  description: "Target deregistration is in progress",
};

export const notRegisteredWords: HealthWords = {
  state: "unused",
  reason: "Target.NotRegistered",
  description: "Target is not registered to the target group",
};

export function wordsFor(health: CheckedHealth): HealthWords {
  switch (health.kind) {
    case "unused":
      return {
        state: "unused",
        reason: "Target.NotInUse",
        description: "Target group is not configured to receive traffic from the load balancer",
      };
    case "initial":
      return health.checked
        ? {
            state: "initial",
            reason: "Elb.InitialHealthChecking",
            description: "Initial health checks in progress",
          }
        : {
            state: "initial",
            reason: "Elb.RegistrationInProgress",
            description: "Target registration is in progress",
          };
    case "healthy":
      return { state: "healthy" };
    case "unhealthy":
      return { state: "unhealthy", reason: health.reason, description: health.description };
  }
}
