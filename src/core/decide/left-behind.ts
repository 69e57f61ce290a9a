import type { Scene } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { formatWeights, sharePercent } from "../weights.ts";

/**
 * Of a rollout whose task set is gone: what follows from a route that it shifted away from the old version, which
 * stands alone. Undefined where there is none.
 */
export function takeBackLeftBehind(
  { plan, observation }: Scene,
  stable: ObservedTaskSet,
): Extract<Move, { kind: "roll-back" }> | undefined {
  if (observation.service.tags.shifted !== plan.rollout) return undefined;
  const group = stable.targetGroupArn ?? "";
  const route = observation.routes.find((other) => sharePercent(other, plan.groups, group) !== 100);
  if (!route) return undefined;
  const reason = `somebody else deleted the new version's task set while ${route.arn} says ${formatWeights(route.weights)}: its users get 503`;
  return { kind: "roll-back", gate: "tasks", reason };
}
