import type {
  Action,
  Certificate,
  Rule,
  RuleCondition,
  RuleTransform,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Account } from "../../arns.ts";
import { ruleArn } from "../../arns.ts";
import type { Surroundings } from "../../ports.ts";
import { AwsError } from "../../wire/service.ts";
import { conditionOf } from "../routing/conditions.ts";
import { groupsOf, outcomeOf } from "../routing/outcome.ts";
import type { Route } from "../routing/route.ts";

export interface LoadBalancerRecord {
  readonly arn: string;
  readonly name: string;
  readonly type: "application" | "network";
  readonly scheme: "internet-facing" | "internal";
  readonly subnets: readonly string[];
  readonly zones: readonly string[];
  readonly securityGroups: readonly string[];
  readonly ipAddressType: "ipv4" | "dualstack" | "dualstack-without-public-ipv4";
  readonly createdMs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ListenerRecord {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol: string;
  readonly sslPolicy: string | undefined;
  readonly certificates: readonly Certificate[];
  readonly defaultActions: readonly Action[];
}

export interface RuleRecord {
  readonly arn: string;
  readonly listenerArn: string;
  readonly priority: number;
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly Action[];
  readonly transforms: readonly RuleTransform[];
}

export interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly targetType: "ip" | "instance";
  readonly protocol: string;
  readonly protocolVersion: string | undefined;
  readonly port: number;
  readonly vpcId: string;
  readonly healthCheck: HealthCheckSettings;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface HealthCheckSettings {
  readonly protocol: string;
  /** "traffic-port" or a number. */
  readonly port: string;
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly matcher: string;
}

/** What the API's callers have created. Records are replaced whole, never changed in place. */
export interface Model {
  readonly loadBalancers: Map<string, LoadBalancerRecord>;
  readonly listeners: Map<string, ListenerRecord>;
  readonly rules: Map<string, RuleRecord>;
  /** ARNs of deleted rules, which no other ever gets. */
  readonly formerRules: Set<string>;
  readonly targetGroups: Map<string, TargetGroupRecord>;
  /** Tags by resource ARN. */
  readonly tags: Map<string, Map<string, string>>;
}

export const emptyModel = (): Model => ({
  loadBalancers: new Map(),
  listeners: new Map(),
  rules: new Map(),
  formerRules: new Set(),
  targetGroups: new Map(),
  tags: new Map(),
});

/** What every operation is given. */
export interface ControlPlane {
  readonly model: Model;
  readonly surroundings: Surroundings;
  readonly effects: Effects;
}

/** How a write reaches the data plane and the targets. */
export interface Effects {
  /** Opens a listener's port (0: any free one) and answers which; rejects when it cannot be bound. */
  openListener(listener: ListenerRecord): Promise<number>;
  closeListener(listenerArn: string): void;
  /** A route came to be or changed. `atOnce`: without delay, over anything still under way (a new listener). */
  putRoute(route: Route, atOnce: boolean): void;
  /** `atOnce` as with putRoute (the listener is closed). */
  removeRoute(routeArn: string, atOnce: boolean): void;
  /** Target groups may have come into or gone out of use. */
  usageChanged(): void;
  removeTargetGroup(targetGroupArn: string): void;
}

export const accountOf = (plane: ControlPlane): Account => plane.surroundings;

export function requireLoadBalancer(model: Model, arn: string | undefined): LoadBalancerRecord {
  const found = model.loadBalancers.get(arn ?? "");
  if (!found) throw new AwsError("LoadBalancerNotFound", `Load balancer '${arn}' not found`);
  return found;
}

export function requireListener(model: Model, arn: string | undefined): ListenerRecord {
  const found = model.listeners.get(arn ?? "");
  if (!found) throw new AwsError("ListenerNotFound", `Listener '${arn}' not found`);
  return found;
}

export function requireRule(model: Model, arn: string | undefined): RuleRecord {
  const found = model.rules.get(arn ?? "");
  if (!found) throw new AwsError("RuleNotFound", `Rule '${arn}' not found`);
  return found;
}

export function requireTargetGroup(model: Model, arn: string | undefined): TargetGroupRecord {
  const found = model.targetGroups.get(arn ?? "");
  if (!found) throw new AwsError("TargetGroupNotFound", `Target group '${arn}' not found`);
  return found;
}

export const rulesOf = (model: Model, listenerArn: string): readonly RuleRecord[] =>
  [...model.rules.values()]
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort((one, other) => one.priority - other.priority);

export const defaultRuleArn = (listenerArn: string): string => ruleArn(listenerArn, "default");

/** A listener's default action as DescribeRules shows it. */
export const defaultRule = (listener: ListenerRecord): Rule => ({
  RuleArn: defaultRuleArn(listener.arn),
  Priority: "default",
  Conditions: [],
  Actions: [...listener.defaultActions],
  IsDefault: true,
});

export const routeOfListener = (listener: ListenerRecord): Route => ({
  arn: listener.arn,
  listenerArn: listener.arn,
  loadBalancerArn: listener.loadBalancerArn,
  isDefault: true,
  priority: Number.POSITIVE_INFINITY,
  conditions: [],
  outcome: outcomeOf(listener.defaultActions),
});

export const routeOfRule = (model: Model, rule: RuleRecord): Route => ({
  arn: rule.arn,
  listenerArn: rule.listenerArn,
  loadBalancerArn: requireListener(model, rule.listenerArn).loadBalancerArn,
  isDefault: false,
  priority: rule.priority,
  conditions: rule.conditions.map(conditionOf),
  outcome: outcomeOf(rule.actions),
});

/** Every route's actions, with the load balancer they belong to. */
export function allActions(model: Model): readonly {
  readonly routeArn: string;
  readonly loadBalancerArn: string;
  readonly actions: readonly Action[];
}[] {
  const defaults = [...model.listeners.values()].map((listener) => ({
    routeArn: listener.arn,
    loadBalancerArn: listener.loadBalancerArn,
    actions: listener.defaultActions,
  }));
  const rules = [...model.rules.values()].map((rule) => ({
    routeArn: rule.arn,
    loadBalancerArn: requireListener(model, rule.listenerArn).loadBalancerArn,
    actions: rule.actions,
  }));
  return [...defaults, ...rules];
}

/** The load balancers a target group hangs on, by any listener or rule, at any weight. */
export function loadBalancersOf(model: Model, targetGroupArn: string): readonly string[] {
  const arns = allActions(model)
    .filter(({ actions }) => groupsOf(actions).some((group) => group.targetGroupArn === targetGroupArn))
    .map(({ loadBalancerArn }) => loadBalancerArn);
  return [...new Set(arns)];
}
