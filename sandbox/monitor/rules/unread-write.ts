import { isDeepStrictEqual } from "node:util";
import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { RouteFacts } from "../routes.ts";

/** One service's part in a route that was written. Groups are ARNs. */
export interface RouteOwner {
  /** Its target groups. */
  readonly groups: readonly string[];
  /** Those of its groups that its stable set stands in, until its successor is PRIMARY. */
  readonly stableGroups: readonly string[];
  /** The route is one of its production routes. */
  readonly production: boolean;
}

/**
 * Write only what was read: what a write changed in a route beyond the weights of the owner's groups; empty
 * for a write that did as it should. `after` is undefined when the route was deleted. Allowed besides weights:
 * to put the owner's group in, to take one that is not stable's out of a sticky action (a pinned client may
 * outlive weight 0), and to switch a test route from one of the owner's groups to another.
 */
export function findUnreadChanges(
  before: RouteFacts,
  after: RouteFacts | undefined,
  owner: RouteOwner,
): readonly string[] {
  if (!after) return owner.production ? ["the route was deleted"] : [];
  return [
    ...changedSettings(before.settings, after.settings),
    ...changedActions(before.actions, after.actions),
    ...changedForward(before, after, owner),
  ];
}

function changedSettings(before: RouteFacts["settings"], after: RouteFacts["settings"]): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => `${key} changed from ${JSON.stringify(before[key])} to ${JSON.stringify(after[key])}`);
}

/** Other actions, and the order of all. */
function changedActions(before: readonly Action[], after: readonly Action[]): readonly string[] {
  const [was, is] = [inOrder(before), inOrder(after)];
  const gone = was.filter((action) => !is.some(({ type }) => type === action.type));
  const added = is.filter((action) => !was.some(({ type }) => type === action.type));
  const altered = was.flatMap((action) => {
    const now = is.find(({ type }) => type === action.type);
    if (!now) return [];
    const order =
      now.order === action.order ? [] : [`${action.type} moved from order ${action.order} to ${now.order}`];
    const same = action.type === "forward" || isDeepStrictEqual(now.config, action.config);
    return same ? order : [...order, `the ${action.type} action was changed`];
  });
  return [
    ...gone.map(({ type }) => `the ${type} action was dropped`),
    ...added.map(({ type }) => `a ${type} action was added`),
    ...altered,
  ];
}

/** A lone action may come without an order; AWS reads it as the first. */
const inOrder = (actions: readonly Action[]) =>
  actions.map(({ Type = "", Order, ...config }, index) => ({
    type: Type,
    order: Order ?? index + 1,
    config,
  }));

function changedForward(before: RouteFacts, after: RouteFacts, owner: RouteOwner): readonly string[] {
  const [was, is] = [forwardOf(before.actions), forwardOf(after.actions)];
  if (!was || !is) return [];
  const stickiness = isDeepStrictEqual(stickinessOf(was), stickinessOf(is))
    ? []
    : ["the target group stickiness changed"];
  return [...stickiness, ...changedThirds(before, after, owner), ...changedMembers(before, after, owner)];
}

const forwardOf = (actions: readonly Action[]): Action | undefined =>
  actions.find(({ Type }) => Type === "forward");

/** Seconds; undefined while it is off, whatever duration stands there. */
function stickinessOf(forward: Action): number | undefined {
  const config = forward.ForwardConfig?.TargetGroupStickinessConfig;
  return config?.Enabled ? config.DurationSeconds : undefined;
}

function changedThirds(before: RouteFacts, after: RouteFacts, owner: RouteOwner): readonly string[] {
  const third = (arn: string): boolean => !owner.groups.includes(arn);
  const arns = [...new Set([...Object.keys(before.weights), ...Object.keys(after.weights)])].filter(third);
  const changed = arns
    .filter((arn) => before.weights[arn] !== after.weights[arn])
    .map(
      (arn) => `the third group ${nameOf(arn)} went from ${weightIn(before, arn)} to ${weightIn(after, arn)}`,
    );
  const [was, is] = [ownTotal(before, owner), ownTotal(after, owner)];
  const weighted = arns.some((arn) => (before.weights[arn] ?? 0) > 0);
  return weighted && was !== is
    ? [
        ...changed,
        `the service's groups went from ${was} to ${is} in sum, which changes the third groups' share`,
      ]
    : changed;
}

function changedMembers(before: RouteFacts, after: RouteFacts, owner: RouteOwner): readonly string[] {
  const own = ({ weights }: RouteFacts): readonly string[] =>
    Object.keys(weights).filter((arn) => owner.groups.includes(arn));
  const [was, is] = [own(before), own(after)];
  const switched = !owner.production && was.length === 1 && is.length === 1;
  if (switched) return [];
  const forward = forwardOf(before.actions);
  const sticky = forward !== undefined && stickinessOf(forward) !== undefined;
  return was
    .filter((arn) => !is.includes(arn))
    .filter((arn) => !sticky || owner.stableGroups.includes(arn))
    .map((arn) => `${nameOf(arn)} was taken out of the ${sticky ? "" : "not sticky "}forward action`);
}

const ownTotal = ({ weights }: RouteFacts, { groups }: RouteOwner): number =>
  groups.reduce((sum, arn) => sum + (weights[arn] ?? 0), 0);

const weightIn = ({ weights }: RouteFacts, arn: string): string =>
  weights[arn] === undefined ? "not there" : `weight ${weights[arn]}`;

const nameOf = (arn: string): string => arn.split("/")[1] ?? arn;
