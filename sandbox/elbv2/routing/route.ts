import { type Condition, meets, type RequestFacts } from "./conditions.ts";
import type { Outcome } from "./outcome.ts";

/** One way through a listener: a rule, or the listener's default action. */
export interface Route {
  /** The rule's ARN; the listener's for its default action. */
  readonly arn: string;
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  readonly isDefault: boolean;
  /** Lower goes first; infinite for the default. */
  readonly priority: number;
  /** All must be met; none on the default. */
  readonly conditions: readonly Condition[];
  readonly outcome: Outcome;
}

/** The first route, by priority, whose conditions the request meets. `routes` come in order of priority. */
export function routeFor(routes: readonly Route[], request: RequestFacts): Route | undefined {
  return routes.find((route) => route.conditions.every((condition) => meets(condition, request)));
}

/** Weights by target group ARN; empty for a route that does not forward. */
export function weightsOf(route: Route): Readonly<Record<string, number>> {
  if (route.outcome.kind !== "forward") return {};
  return Object.fromEntries(route.outcome.groups.map((group) => [group.targetGroupArn, group.weight]));
}

/**
 * The share of a route's new clients that each target group gets, between 0 and 1, by ARN. Weights do not
 * fail over: a group without targets keeps its share, as 503s. All weights zero: nobody is served.
 */
export function sharesOf(route: Route): Readonly<Record<string, number>> {
  const weights = Object.entries(weightsOf(route));
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return Object.fromEntries(weights.map(([arn, weight]) => [arn, total === 0 ? 0 : weight / total]));
}
