import type { Clock } from "../clock.ts";
import { matchesGlob } from "./glob.ts";

/** One token bucket, shared by every operation that it names. */
export interface RateLimit {
  /** Globs over "ecs:DescribeServices". */
  readonly operations: readonly string[];
  readonly burst: number;
  readonly refillPerSecond: number;
}

/**
 * AWS's throttles for one account and Region; the first that names an operation counts. The ECS figures are
 * its documented defaults as far as known; the one for ELBv2 writes is a guess on the low side.
 */
export const accountLimits: readonly RateLimit[] = [
  { operations: ["ecs:DescribeTaskDefinition", "ecs:ListTaskDefinition*"], burst: 50, refillPerSecond: 20 },
  { operations: ["ecs:*TaskDefinition*"], burst: 20, refillPerSecond: 1 },
  { operations: ["ecs:Describe*", "ecs:List*", "ecs:Get*"], burst: 100, refillPerSecond: 20 },
  { operations: ["ecs:*"], burst: 50, refillPerSecond: 5 },
  { operations: ["elasticloadbalancing:Describe*"], burst: 40, refillPerSecond: 10 },
  { operations: ["elasticloadbalancing:*"], burst: 10, refillPerSecond: 3 },
];

export interface Throttle {
  /** Takes a token for the action; false when the bucket is empty. Actions without a limit always may. */
  take(action: string): boolean;
}

/** Full token buckets, refilled by the clock. */
export function createThrottle(clock: Clock, limits: readonly RateLimit[]): Throttle {
  const buckets = limits.map((limit) => ({ limit, tokens: limit.burst, atMs: clock.nowMs() }));
  return {
    take(action) {
      const bucket = buckets.find(({ limit }) => limit.operations.some((glob) => matchesGlob(glob, action)));
      if (!bucket) return true;
      const { burst, refillPerSecond } = bucket.limit;
      const nowMs = clock.nowMs();
      bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * refillPerSecond);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
