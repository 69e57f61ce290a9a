import type { Scene, UnderWay } from "../decide.ts";
import type { Move, TakenBackMark, Write } from "../moves.ts";
import type { ObservedCohort, ObservedRoute } from "../observation.ts";
import { otherGroup } from "../plan.ts";
import { TOLERANCE_PERCENT } from "../steps.ts";
import { formatPercent, groupName, sameWeights, sharePercent, withoutGroup, withShare } from "../weights.ts";
import { actualPercent } from "./position.ts";

/** The next route that does not yet give `groupArn` so large a share, as a write; undefined when all do. */
export function raiseMove(scene: Scene, groupArn: string, percent: number, why: string): Write | undefined {
  const { plan, observation } = scene;
  const route = observation.routes.find(
    (route) =>
      (sharePercent(route, plan.groups, groupArn) ?? 0) <
      actualPercent(scene, route, groupArn, percent) - TOLERANCE_PERCENT,
  );
  return (
    route && {
      kind: "set-weights",
      route: { kind: route.kind, arn: route.arn },
      from: route.weights,
      to: withShare(route.weights, plan.groups, groupArn, percent),
      reason: `${groupName(groupArn)} gets ${formatPercent(percent)} of this service's traffic: ${why}`,
    }
  );
}

/**
 * The next route on which the new version still gets anybody, as a write that sends all to the stable one; then
 * the next cohort rule that leads to it, as its deletion. The last write carries `mark`, so that when the new
 * version lost its traffic is on record at once.
 */
export function giveUpTraffic(
  scene: Scene,
  { stable }: Pick<UnderWay, "stable">,
  why: string,
  mark: TakenBackMark,
): Write | undefined {
  const { plan, observation } = scene;
  const stableGroup = stable.targetGroupArn ?? plan.groups[0];
  const newGroup = otherGroup(plan, stableGroup);
  const rules = observation.cohorts.filter(
    (rule) => rule.rollout === plan.rollout || rule.groupArn === newGroup,
  );
  const writes: readonly Write[] = [
    ...observation.routes.flatMap((route) => giveUpRoute(scene, route, [stableGroup, newGroup], why)),
    ...rules.map((rule) => deleteCohort(rule, why)),
  ];
  const [write] = writes;
  const takesMark = write?.kind === "set-weights" || write?.kind === "delete-cohort";
  return takesMark && writes.length === 1 ? { ...write, mark } : write;
}

/** Out of a sticky action the new group is taken altogether: a pinned client may outlive weight 0. */
function giveUpRoute(
  { plan }: Scene,
  route: ObservedRoute,
  [stableGroup, newGroup]: readonly [string, string],
  why: string,
): readonly Write[] {
  if (sharePercent(route, plan.groups, stableGroup) === 100 && !pinsTo(route, newGroup)) return [];
  const all = withShare(route.weights, plan.groups, stableGroup, 100);
  const to = route.sticky ? withoutGroup(all, newGroup) : all;
  if (sameWeights(route.weights, to)) return [];
  return [
    {
      kind: "set-weights",
      route: { kind: route.kind, arn: route.arn },
      from: route.weights,
      to,
      reason: `all traffic back to ${groupName(stableGroup)}: ${why}`,
    },
  ];
}

export function deleteCohort(rule: ObservedCohort, why: string): Write {
  return {
    kind: "delete-cohort",
    ruleArn: rule.ruleArn,
    reason: `no cohort is sent to ${groupName(rule.groupArn)} by a rule of its own any more: ${why}`,
  };
}

/** Takes a group that is to disappear out of the next sticky action that still has it. */
export function takeOut(scene: Scene, groupArn: string, why: string): Write | undefined {
  const route = scene.observation.routes.find((route) => pinsTo(route, groupArn));
  return (
    route && {
      kind: "set-weights",
      route: { kind: route.kind, arn: route.arn },
      from: route.weights,
      to: withoutGroup(route.weights, groupArn),
      reason: `${groupName(groupArn)} leaves the sticky action: ${why}`,
    }
  );
}

/** The one of the two groups that some production route has lost; `sluice:idle-group` remembers it. */
export function groupTakenOut({ plan, observation }: Scene): string | undefined {
  return plan.groups.find((groupArn) =>
    observation.routes.some((route) => !route.weights.some((entry) => entry.groupArn === groupArn)),
  );
}

function pinsTo(route: ObservedRoute, groupArn: string): boolean {
  return route.sticky && route.weights.some((entry) => entry.groupArn === groupArn);
}

/** Points the test route at `groupArn`; undefined when it does already, or is gone. Third groups on it stay. */
export function testRouteMove(scene: Scene, groupArn: string, why: string): Move | undefined {
  const { plan, observation } = scene;
  if (!observation.testRoute) return undefined;
  const { weights, kind, arn } = observation.testRoute;
  const ours = weights.filter((entry) => plan.groups.includes(entry.groupArn));
  const others = weights.filter((entry) => !plan.groups.includes(entry.groupArn));
  if (
    ours.some((entry) => entry.groupArn === groupArn) &&
    ours.every((entry) => entry.groupArn === groupArn || entry.weight === 0)
  )
    return undefined;
  const weight = Math.max(
    1,
    ours.reduce((sum, entry) => sum + entry.weight, 0),
  );
  return {
    kind: "set-weights",
    route: { kind, arn },
    from: weights,
    to: [...others, { groupArn, weight }],
    reason: `the test route leads to ${groupName(groupArn)}: ${why}`,
  };
}
