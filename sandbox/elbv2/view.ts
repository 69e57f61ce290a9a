import { defaultRuleArn, type Model, routeOfListener, routeOfRule } from "./control/model.ts";
import type { AppliedRoutes } from "./routing/applied-routes.ts";
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
}

/** Every applied forwarding route with the share of its requests that each target group gets. */
export const applicableShares = (routes: AppliedRoutes): readonly RouteShares[] =>
  routes
    .all()
    .filter((route) => route.outcome.kind === "forward")
    .map((route) => ({
      routeArn: route.arn,
      listenerArn: route.listenerArn,
      loadBalancerArn: route.loadBalancerArn,
      isDefault: route.isDefault,
      shares: sharesOf(route),
    }));

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
