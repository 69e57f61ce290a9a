import { type Account, clusterArn, serviceArn, taskArn } from "../arns.ts";
import { scalableTargetArn } from "../autoscaling/targets.ts";
import type { WireCall } from "../wire/gate.ts";

type Input = Readonly<Record<string, unknown>>;
type ResourcesOf = (input: Input, account: Account) => readonly string[];

/**
 * The ARNs that IAM compares with a statement's Resource, for calls on particular resources; "*" for all
 * others. Source: the Service Authorization Reference.
 */
export function resourcesOf(call: Pick<WireCall, "action" | "input">, account: Account): readonly string[] {
  const resources = byAction[call.action]?.(call.input, account) ?? [];
  return resources.length === 0 ? ["*"] : resources;
}

const service: ResourcesOf = (input, account) => [serviceIn(input, input.service, account)];
const cluster: ResourcesOf = (input, account) => [clusterIn(input.cluster, account)];
const inCluster: ResourcesOf = (input, account) => [
  serviceArn(account, lastPart(text(input.cluster) ?? "default"), text(input.serviceName) ?? "*"),
];
const taskSet: ResourcesOf = (input, account) => [taskSetIn(input, input.taskSet, account)];
const one =
  (member: string): ResourcesOf =>
  (input) =>
    texts([input[member]]);
const each =
  (member: string): ResourcesOf =>
  (input) =>
    texts(list(input[member]));
const scalableTarget: ResourcesOf = (input, account) => {
  const { ServiceNamespace, ResourceId, ScalableDimension } = input;
  return [
    scalableTargetArn(account, {
      ServiceNamespace: text(ServiceNamespace) ?? "",
      ResourceId: text(ResourceId) ?? "",
      ScalableDimension: text(ScalableDimension) ?? "",
    }),
  ];
};

const byAction: Readonly<Record<string, ResourcesOf>> = {
  "ecs:CreateService": inCluster,
  "ecs:UpdateService": service,
  "ecs:DeleteService": service,
  "ecs:UpdateServicePrimaryTaskSet": service,
  "ecs:DescribeServices": (input, account) =>
    list(input.services).map((name) => serviceIn(input, name, account)),
  "ecs:CreateTaskSet": (input, account) => [taskSetIn(input, "*", account)],
  "ecs:UpdateTaskSet": taskSet,
  "ecs:DeleteTaskSet": taskSet,
  "ecs:DescribeTaskSets": (input, account) =>
    list(input.taskSets ?? ["*"]).map((id) => taskSetIn(input, id, account)),
  "ecs:RegisterTaskDefinition": (input, account) => [
    `arn:aws:ecs:${account.region}:${account.accountId}:task-definition/${text(input.family) ?? "*"}:*`,
  ],
  "ecs:DescribeClusters": (input, account) => list(input.clusters).map((name) => clusterIn(name, account)),
  "ecs:DeleteCluster": cluster,
  "ecs:DescribeTasks": (input, account) => list(input.tasks).map((id) => taskIn(input, id, account)),
  "ecs:StopTask": (input, account) => [taskIn(input, input.task, account)],
  "ecs:TagResource": one("resourceArn"),
  "ecs:UntagResource": one("resourceArn"),
  "ecs:ListTagsForResource": one("resourceArn"),
  "elasticloadbalancing:ModifyRule": one("RuleArn"),
  "elasticloadbalancing:DeleteRule": one("RuleArn"),
  "elasticloadbalancing:CreateRule": one("ListenerArn"),
  "elasticloadbalancing:ModifyListener": one("ListenerArn"),
  "elasticloadbalancing:DeleteListener": one("ListenerArn"),
  "elasticloadbalancing:CreateListener": one("LoadBalancerArn"),
  "elasticloadbalancing:ModifyLoadBalancerAttributes": one("LoadBalancerArn"),
  "elasticloadbalancing:DeleteLoadBalancer": one("LoadBalancerArn"),
  "elasticloadbalancing:ModifyTargetGroup": one("TargetGroupArn"),
  "elasticloadbalancing:ModifyTargetGroupAttributes": one("TargetGroupArn"),
  "elasticloadbalancing:DeleteTargetGroup": one("TargetGroupArn"),
  "elasticloadbalancing:RegisterTargets": one("TargetGroupArn"),
  "elasticloadbalancing:DeregisterTargets": one("TargetGroupArn"),
  "elasticloadbalancing:AddTags": each("ResourceArns"),
  "elasticloadbalancing:RemoveTags": each("ResourceArns"),
  "elasticloadbalancing:SetRulePriorities": (input) =>
    list(input.RulePriorities).flatMap((pair) =>
      typeof pair === "object" && pair !== null && "RuleArn" in pair ? texts([pair.RuleArn]) : [],
    ),
  "ecr:BatchGetImage": (input, account) => [
    `arn:aws:ecr:${account.region}:${text(input.registryId) ?? account.accountId}:repository/${text(input.repositoryName) ?? "*"}`,
  ],
  "logs:CreateLogGroup": (input, account) => [logGroupArn(account, input.logGroupName)],
  "logs:GetLogEvents": (input, account) => [
    `${logGroupArn(account, input.logGroupName)}:log-stream:${text(input.logStreamName) ?? "*"}`,
  ],
  "application-autoscaling:RegisterScalableTarget": scalableTarget,
  "application-autoscaling:DeregisterScalableTarget": scalableTarget,
  "cloudwatch:PutMetricAlarm": (input, account) => [alarmArn(account, input.AlarmName)],
  "cloudwatch:SetAlarmState": (input, account) => [alarmArn(account, input.AlarmName)],
  "cloudwatch:DeleteAlarms": (input, account) =>
    list(input.AlarmNames).map((name) => alarmArn(account, name)),
};

function clusterIn(name: unknown, account: Account): string {
  const given = text(name) ?? "default";
  return isArn(given) ? given : clusterArn(account, given);
}

function serviceIn(input: Input, name: unknown, account: Account): string {
  const given = text(name) ?? "*";
  return isArn(given) ? given : serviceArn(account, lastPart(text(input.cluster) ?? "default"), given);
}

/** arn:aws:ecs:…:task-set/cluster/service/id */
function taskSetIn(input: Input, id: unknown, account: Account): string {
  const given = text(id) ?? "*";
  if (isArn(given)) return given;
  const parent = serviceIn(input, input.service, account);
  return `${parent.replace(":service/", ":task-set/")}/${given}`;
}

function taskIn(input: Input, id: unknown, account: Account): string {
  const given = text(id) ?? "*";
  return isArn(given) ? given : taskArn(account, lastPart(text(input.cluster) ?? "default"), given);
}

function alarmArn(account: Account, name: unknown): string {
  return `arn:aws:cloudwatch:${account.region}:${account.accountId}:alarm:${text(name) ?? "*"}`;
}

function logGroupArn(account: Account, name: unknown): string {
  return `arn:aws:logs:${account.region}:${account.accountId}:log-group:${text(name) ?? "*"}`;
}

function isArn(name: string): boolean {
  return name.startsWith("arn:");
}

function lastPart(name: string): string {
  return name.split("/").at(-1) ?? name;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === "string");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
