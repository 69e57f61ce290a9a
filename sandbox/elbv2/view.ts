import { isDeepStrictEqual } from "node:util";
import { defaultRuleArn, type Model, routeOfListener, routeOfRule } from "./control/model.ts";
import type { AppliedRoutes } from "./routing/applied-routes.ts";
import { type Condition, meets, type RequestFacts } from "./routing/conditions.ts";
import { type Route, sharesOf, weightsOf } from "./routing/route.ts";
import type { TargetRegistry } from "./targets/registry.ts";
import { receiving } from "./traffic/selection.ts";

interface RouteView {
  /** The rule's ARN; the listener's for its default action. */
  readonly arn: string;
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  /** What DescribeRules calls the route: for a default action, the ARN of the default rule. */
  readonly ruleArn: string;
  readonly kind: Route["outcome"]["kind"];
  readonly isDefault: boolean;
  /** Weights by target group ARN, as last written … */
  readonly weights: Readonly<Record<string, number>>;
  /** … and as the data plane has them. Undefined: the route has not reached it. */
  readonly appliedWeights: Readonly<Record<string, number>> | undefined;
  /** How long target-group stickiness lasts; undefined: off. */
  readonly stickySeconds: number | undefined;
}

interface GroupView {
  readonly arn: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly targets: readonly {
    readonly id: string;
    readonly port: number;
    readonly state: string;
    readonly reason: string | undefined;
  }[];
}

export interface Elbv2View {
  readonly routes: readonly RouteView[];
  readonly groups: readonly GroupView[];
}

/** What stands in the account at this moment. */
export function viewOf(model: Model, routes: AppliedRoutes, registry: TargetRegistry): Elbv2View {
  const written = [
    ...[...model.listeners.values()].map(routeOfListener),
    ...[...model.rules.values()].map((rule) => routeOfRule(model, rule)),
  ];
  return {
    routes: written.map((route) => routeView(route, routes.get(route.arn))),
    groups: [...model.targetGroups.values()].map(({ arn, name, attributes }) => ({
      arn,
      name,
      attributes,
      targets: registry.members(arn).map(({ target }) => {
        const { state, reason } = registry.describe(arn, target);
        return { id: target.id, port: target.port, state, reason };
      }),
    })),
  };
}

export interface RouteShares {
  readonly routeArn: string;
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  readonly isDefault: boolean;
  readonly shares: Readonly<Record<string, number>>;
  /** How long target-group stickiness lasts; absent: off. */
  readonly stickySeconds?: number;
}

/** Every applied forwarding route with the share of its requests that each target group gets. */
export const applicableShares = (routes: AppliedRoutes): readonly RouteShares[] =>
  routes
    .all()
    .filter((route) => route.outcome.kind === "forward")
    .map(sharesIn);

const sharesIn = (route: Route): RouteShares => ({
  routeArn: route.arn,
  listenerArn: route.listenerArn,
  loadBalancerArn: route.loadBalancerArn,
  isDefault: route.isDefault,
  shares: sharesOf(route),
  ...(route.outcome.kind === "forward" && route.outcome.stickySeconds !== undefined
    ? { stickySeconds: route.outcome.stickySeconds }
    : {}),
});

/**
 * The route that a user of `routeArn` meets who also sends `headers`: the first before it whose conditions are all
 * among its own or met by these headers; else itself. Undefined if that does not forward.
 */
export function sharesWith(
  routes: AppliedRoutes,
  routeArn: string,
  headers: Readonly<Record<string, string>>,
): RouteShares | undefined {
  const route = routes.get(routeArn);
  if (!route) return undefined;
  const request = { ...NO_REQUEST, headers: byLowerCase(headers) };
  const isMet = (condition: Condition): boolean =>
    route.conditions.some((own) => isDeepStrictEqual(own, condition)) ||
    (condition.kind === "header" && meets(condition, request));
  const met = routes
    .ofListener(route.listenerArn)
    .find((other) => other === route || other.conditions.every(isMet));
  return met?.outcome.kind === "forward" ? sharesIn(met) : undefined;
}

const NO_REQUEST: RequestFacts = {
  method: "GET",
  path: "/",
  query: [],
  host: "",
  headers: {},
  sourceIp: "127.0.0.1",
};

const byLowerCase = (headers: Readonly<Record<string, string>>): RequestFacts["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]));

export interface ReceivingTarget {
  readonly target: { readonly id: string; readonly port: number };
  readonly state: string;
}

/** The targets among which a group's requests go round now, fail-open included. None: a 503. */
export const receivingTargets = (
  model: Model,
  registry: TargetRegistry,
  targetGroupArn: string,
): readonly ReceivingTarget[] =>
  receiving({ model, registry }, targetGroupArn).members.map((member) => ({
    target: member.target,
    state: member.health.kind,
  }));

function routeView(route: Route, applied: Route | undefined): RouteView {
  return {
    arn: route.arn,
    listenerArn: route.listenerArn,
    loadBalancerArn: route.loadBalancerArn,
    ruleArn: route.isDefault ? defaultRuleArn(route.listenerArn) : route.arn,
    kind: route.outcome.kind,
    isDefault: route.isDefault,
    weights: weightsOf(route),
    appliedWeights: applied && weightsOf(applied),
    stickySeconds: route.outcome.kind === "forward" ? route.outcome.stickySeconds : undefined,
  };
}
