import type { RoutedRequest } from "../ports.ts";

/** Requests that the load balancer answered itself, because no target did. */
export interface LoadBalancerErrors {
  /** Undefined: no group was chosen (all weights 0). */
  readonly targetGroupArn: string | undefined;
  readonly status: number;
  readonly count: number;
}

const STATUSES: readonly number[] = [502, 503, 504];

/** Adds a request to the counts if it is one of these. */
export function countError(
  errors: readonly LoadBalancerErrors[],
  { fromLoadBalancer, status, targetGroupArn }: RoutedRequest,
): readonly LoadBalancerErrors[] {
  if (!fromLoadBalancer || !STATUSES.includes(status)) return errors;
  const isSame = (entry: LoadBalancerErrors): boolean =>
    entry.targetGroupArn === targetGroupArn && entry.status === status;
  if (!errors.some(isSame)) return [...errors, { targetGroupArn, status, count: 1 }];
  return errors.map((entry) => (isSame(entry) ? { ...entry, count: entry.count + 1 } : entry));
}
