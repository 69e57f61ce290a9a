import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule,
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ruleArn } from "../../arns.ts";
import { AwsError, type Operation } from "../../wire/service.ts";
import { acceptActions } from "./actions.ts";
import { acceptConditions } from "./conditions.ts";
import {
  type ControlPlane,
  defaultRule,
  defaultRuleArn,
  type ListenerRecord,
  type Model,
  type RuleRecord,
  requireListener,
  requireLoadBalancer,
  requireRule,
  routeOfRule,
  rulesOf,
} from "./model.ts";
import { page } from "./pages.ts";
import { checkTags, putTags } from "./tags.ts";
import { checkRange, invalid } from "./validation.ts";

const RULES_PER_LOAD_BALANCER = 100;

export function ruleOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const { model } = plane;
  return {
    CreateRule: (input: CreateRuleInput): CreateRuleOutput => ({ Rules: [createRule(plane, input, {})] }),
    DescribeRules(input: DescribeRulesInput): DescribeRulesOutput {
      const { items, ...rest } = page(selected(model, input), input);
      return { Rules: items, ...rest };
    },
    ModifyRule: (input: ModifyRuleInput): ModifyRuleOutput => ({ Rules: [modifyRule(plane, input)] }),
    DeleteRule(input: DeleteRuleInput) {
      refuseDefault(model, input.RuleArn, "deleted");
      deleteRule(plane, requireRule(model, input.RuleArn).arn, false);
      plane.effects.usageChanged();
      return {};
    },
    SetRulePriorities: (input: SetRulePrioritiesInput): SetRulePrioritiesOutput => ({
      Rules: setPriorities(plane, input),
    }),
  };
}

/** CreateRule; `name` makes the ARN the same whenever the rule is created. */
export function createRule(
  plane: ControlPlane,
  input: CreateRuleInput,
  options: { readonly name?: string },
): Rule {
  const { model, effects } = plane;
  const listener = requireListener(model, input.ListenerArn);
  const loadBalancer = requireLoadBalancer(model, listener.loadBalancerArn);
  const priority = input.Priority ?? 0;
  checkRange("Rule priority", priority, 1, 50_000);
  checkTags(input.Tags);
  const conditions = acceptConditions(input.Conditions);
  const actions = acceptActions(model, loadBalancer, input.Actions, []);
  const rules = rulesOf(model, listener.arn);
  if (rules.some((other) => other.priority === priority)) throw priorityInUse(priority);
  const total = [...model.listeners.values()]
    .filter((other) => other.loadBalancerArn === loadBalancer.arn)
    .reduce((sum, other) => sum + rulesOf(model, other.arn).length, 0);
  if (total >= RULES_PER_LOAD_BALANCER) {
    throw new AwsError("TooManyRules", "The maximum number of rules on this load balancer has been reached");
  }
  const record: RuleRecord = {
    arn: freeArn(model, listener, options.name ?? String(priority)),
    listenerArn: listener.arn,
    priority,
    conditions,
    actions,
    transforms: input.Transforms ?? [],
  };
  store(plane, record);
  putTags(model, record.arn, input.Tags);
  effects.usageChanged();
  return describe(record);
}

/** Deletes a rule, `atOnce` if its listener goes too; the caller then says that usage has changed. */
export function deleteRule({ model, effects }: ControlPlane, arn: string, atOnce: boolean): void {
  model.rules.delete(arn);
  model.formerRules.add(arn);
  model.tags.delete(arn);
  effects.removeRoute(arn, atOnce);
}

/** Replaces the conditions or the whole list of actions, whichever is given. */
function modifyRule(plane: ControlPlane, input: ModifyRuleInput): Rule {
  const { model } = plane;
  refuseDefault(model, input.RuleArn, "modified");
  const record = requireRule(model, input.RuleArn);
  const listener = requireListener(model, record.listenerArn);
  const loadBalancer = requireLoadBalancer(model, listener.loadBalancerArn);
  const kept = input.ResetTransforms ? [] : record.transforms;
  const changed: RuleRecord = {
    ...record,
    conditions: input.Conditions ? acceptConditions(input.Conditions) : record.conditions,
    actions: input.Actions
      ? acceptActions(model, loadBalancer, input.Actions, record.actions)
      : record.actions,
    transforms: input.Transforms ?? kept,
  };
  store(plane, changed);
  plane.effects.usageChanged();
  return describe(changed);
}

function setPriorities(plane: ControlPlane, input: SetRulePrioritiesInput): Rule[] {
  const { model } = plane;
  const pairs = (input.RulePriorities ?? []).map(({ RuleArn, Priority = 0 }) => {
    refuseDefault(model, RuleArn, "given a priority");
    checkRange("Rule priority", Priority, 1, 50_000);
    return { ...requireRule(model, RuleArn), priority: Priority };
  });
  const moved = new Map(pairs.map((rule) => [rule.arn, rule]));
  for (const rule of pairs) {
    const clash = rulesOf(model, rule.listenerArn).some(
      (other) => other.arn !== rule.arn && (moved.get(other.arn) ?? other).priority === rule.priority,
    );
    if (clash) throw priorityInUse(rule.priority);
  }
  for (const rule of pairs) store(plane, rule);
  return pairs.map(describe);
}

function store({ model, effects }: ControlPlane, record: RuleRecord): void {
  model.rules.set(record.arn, record);
  effects.putRoute(routeOfRule(model, record), false);
}

/** A rule keeps its ARN for life, also when another has since been created with its former priority. */
function freeArn(model: Model, listener: ListenerRecord, key: string): string {
  const isTaken = (arn: string): boolean => model.rules.has(arn) || model.formerRules.has(arn);
  let arn = ruleArn(listener.arn, key);
  for (let attempt = 2; isTaken(arn); attempt++) arn = ruleArn(listener.arn, `${key}-${attempt}`);
  return arn;
}

const priorityInUse = (priority: number): AwsError =>
  new AwsError("PriorityInUse", `Priority '${priority}' is currently in use`);

function refuseDefault(model: Model, arn: string | undefined, verb: string): void {
  if ([...model.listeners.values()].some((listener) => defaultRuleArn(listener.arn) === arn)) {
    throw new AwsError("OperationNotPermitted", `Default rule '${arn}' cannot be ${verb}`);
  }
}

function selected(model: Model, input: DescribeRulesInput): readonly Rule[] {
  if (input.RuleArns?.length && input.ListenerArn) {
    throw invalid("Rule ARNs and a listener ARN cannot be specified at the same time");
  }
  if (input.RuleArns?.length) return input.RuleArns.map((arn) => findRule(model, arn));
  if (!input.ListenerArn) throw invalid("You must specify either rule ARNs or a listener ARN");
  const listener = requireListener(model, input.ListenerArn);
  return [...rulesOf(model, listener.arn).map(describe), defaultRule(listener)];
}

function findRule(model: Model, arn: string): Rule {
  const listener = [...model.listeners.values()].find((other) => defaultRuleArn(other.arn) === arn);
  return listener ? defaultRule(listener) : describe(requireRule(model, arn));
}

const describe = (record: RuleRecord): Rule => ({
  RuleArn: record.arn,
  Priority: String(record.priority),
  Conditions: [...record.conditions],
  Actions: [...record.actions],
  IsDefault: false,
  ...(record.transforms.length ? { Transforms: [...record.transforms] } : {}),
});
