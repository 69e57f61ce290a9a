import type { ObservedRoute } from "./observation.ts";
import { formatWeights, groupName, sharePercent } from "./weights.ts";

/** Where an empty service's first task set belongs: where its traffic goes already. */
export type FirstGroup =
  | { readonly kind: "group"; readonly groupArn: string }
  | { readonly kind: "split"; readonly problems: readonly SplitRoute[] };

/** A production route that sends the service's traffic elsewhere than, or not only, to the group meant. */
export interface SplitRoute {
  readonly arn: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * The group that has all of the service's weight on every production route. A route that does not say so is a
 * problem, with the weights to set: all for whichever group some route gives all to, else for the first.
 */
export function firstGroup(routes: readonly ObservedRoute[], groups: readonly [string, string]): FirstGroup {
  const meant =
    groups.find((groupArn) => routes.some((route) => sharePercent(route, groups, groupArn) === 100)) ??
    groups[0];
  const other = groups.find((groupArn) => groupArn !== meant) ?? meant;
  const split = routes.filter((route) => sharePercent(route, groups, meant) !== 100);
  if (routes.length > 0 && split.length === 0) return { kind: "group", groupArn: meant };
  return {
    kind: "split",
    problems: split.map((route) => ({
      arn: route.arn,
      message: `it says ${formatWeights(route.weights)}; a service's first task set needs one group that has all of its weight on every production route`,
      hint: `Give ${groupName(meant)} all of it: ${groupName(meant)} 100, ${groupName(other)} 0.`,
    })),
  };
}
