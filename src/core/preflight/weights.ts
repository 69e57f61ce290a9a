import type { ObservedRoute, RouteRef } from "../observation.ts";
import type { ServiceSpec } from "../spec/schema.ts";
import { weightSteps } from "../steps.ts";
import { formatPercent } from "../weights.ts";
import { type Infrastructure, type PlanProblem, when } from "./infrastructure.ts";

/**
 * Beside other groups the sum of this service's two weights stays what it is, and weights are whole: where the
 * sum is too small for the first step, that step would be a larger one.
 */
export function weightProblems(
  spec: ServiceSpec,
  groups: readonly [string, string],
  production: readonly RouteRef[],
  infra: Infrastructure,
): readonly PlanProblem[] {
  const firstPercent = weightSteps(spec, infra.desiredCount)[0]?.percent ?? 100;
  const needed = Math.ceil(100 / firstPercent);
  const routes = infra.routes.filter((route) => production.some((ref) => ref.arn === route.arn));
  return routes.flatMap((route) => {
    const own = sumOf(route, (groupArn) => groups.includes(groupArn));
    const others = sumOf(route, (groupArn) => !groups.includes(groupArn));
    return when(others > 0 && own > 0 && own < needed, true, {
      subject: route.arn,
      message: `this service's weights there sum to ${own}, beside other groups: a step of ${formatPercent(firstPercent)} cannot be said in whole weights`,
      hint: `Multiply all of the action's weights, so that this service's sum to at least ${needed}.`,
    });
  });
}

function sumOf(route: ObservedRoute, isMeant: (groupArn: string) => boolean): number {
  return route.weights.reduce((sum, { groupArn, weight }) => sum + (isMeant(groupArn) ? weight : 0), 0);
}
