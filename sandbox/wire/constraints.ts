import * as autoScaling from "@aws-sdk/client-application-auto-scaling";
import * as ecs from "@aws-sdk/client-ecs";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";

/** What the model demands of a value beyond its type; the SDK's schemas leave it out. */
export type Constraint =
  | { readonly kind: "range"; readonly min: number; readonly max: number; readonly integer?: boolean }
  | { readonly kind: "one-of"; readonly values: readonly string[] }
  | { readonly kind: "length"; readonly min: number; readonly max: number }
  | { readonly kind: "pattern"; readonly pattern: RegExp };

/** By "Structure.member"; on a list it holds for each element. Source: the services' API models. */
export type Constraints = Readonly<Record<string, readonly Constraint[]>>;

const integer = (min: number, max = Number.MAX_SAFE_INTEGER): readonly Constraint[] => [
  { kind: "range", min, max, integer: true },
];
const oneOf = (values: Readonly<Record<string, string>>): readonly Constraint[] => [
  { kind: "one-of", values: Object.values(values) },
];
const length = (min: number, max: number): readonly Constraint[] => [{ kind: "length", min, max }];

const port = integer(1, 65_535);
const pageSize = integer(1, 400);
const attributeKey: readonly Constraint[] = [
  { kind: "length", min: 0, max: 256 },
  { kind: "pattern", pattern: /^[a-zA-Z0-9._]+$/ },
];

const scalableTarget = (shape: string): Constraints => ({
  [`${shape}.ServiceNamespace`]: oneOf(autoScaling.ServiceNamespace),
  [`${shape}.ScalableDimension`]: oneOf(autoScaling.ScalableDimension),
});

/** A capacity of an ECS service is 0 or more: so says the API reference, not the model. */
export const autoScalingConstraints: Constraints = {
  ...scalableTarget("RegisterScalableTargetRequest"),
  ...scalableTarget("DescribeScalableTargetsRequest"),
  ...scalableTarget("DeregisterScalableTargetRequest"),
  "RegisterScalableTargetRequest.ResourceId": length(1, 1600),
  "RegisterScalableTargetRequest.MinCapacity": integer(0),
  "RegisterScalableTargetRequest.MaxCapacity": integer(0),
  "DescribeScalableTargetsRequest.ResourceIds": length(1, 1600),
  "DescribeScalableTargetsRequest.MaxResults": integer(1, 50),
  "DeregisterScalableTargetRequest.ResourceId": length(1, 1600),
};

/** The service reference has scale 0-100 and unit PERCENT; the model itself has no ranges for task sets. */
export const ecsConstraints: Constraints = {
  "Scale.value": [{ kind: "range", min: 0, max: 100 }],
  "Scale.unit": oneOf(ecs.ScaleUnit),
  "CreateTaskSetRequest.launchType": oneOf(ecs.LaunchType),
  "CreateTaskSetRequest.clientToken": length(0, 36),
  "CreateServiceRequest.launchType": oneOf(ecs.LaunchType),
  "CreateServiceRequest.schedulingStrategy": oneOf(ecs.SchedulingStrategy),
  "CreateServiceRequest.propagateTags": oneOf(ecs.PropagateTags),
  "DeploymentController.type": oneOf(ecs.DeploymentControllerType),
  "AwsVpcConfiguration.assignPublicIp": oneOf(ecs.AssignPublicIp),
  "CapacityProviderStrategyItem.weight": integer(0, 1000),
  "CapacityProviderStrategyItem.base": integer(0, 100_000),
  "RunTaskRequest.launchType": oneOf(ecs.LaunchType),
  "RegisterTaskDefinitionRequest.networkMode": oneOf(ecs.NetworkMode),
  "DescribeServicesRequest.include": oneOf(ecs.ServiceField),
  "DescribeTaskSetsRequest.include": oneOf(ecs.TaskSetField),
  "DescribeTasksRequest.include": oneOf(ecs.TaskField),
  "DescribeTaskDefinitionRequest.include": oneOf(ecs.TaskDefinitionField),
  "DescribeClustersRequest.include": oneOf(ecs.ClusterField),
  "ListTasksRequest.desiredStatus": oneOf(ecs.DesiredStatus),
  "ListTasksRequest.launchType": oneOf(ecs.LaunchType),
};

const healthCheck = (shape: string): Constraints => ({
  [`${shape}.HealthCheckPath`]: length(1, 1024),
  [`${shape}.HealthCheckIntervalSeconds`]: integer(5, 300),
  [`${shape}.HealthCheckTimeoutSeconds`]: integer(2, 120),
  [`${shape}.HealthyThresholdCount`]: integer(2, 10),
  [`${shape}.UnhealthyThresholdCount`]: integer(2, 10),
  [`${shape}.HealthCheckProtocol`]: oneOf(elbv2.ProtocolEnum),
});

/** A forward action's weight is 0-999, its stickiness 1-604800 s: so says the API reference, not the model. */
export const elbv2Constraints: Constraints = {
  ...healthCheck("CreateTargetGroupInput"),
  ...healthCheck("ModifyTargetGroupInput"),
  "Action.Order": integer(1, 50_000),
  "Action.Type": oneOf(elbv2.ActionTypeEnum),
  "TargetGroupTuple.Weight": integer(0, 999),
  "TargetGroupStickinessConfig.DurationSeconds": integer(1, 604_800),
  "FixedResponseActionConfig.StatusCode": [{ kind: "pattern", pattern: /^(2|4|5)\d\d$/ }],
  "FixedResponseActionConfig.MessageBody": length(0, 1024),
  "FixedResponseActionConfig.ContentType": length(0, 32),
  "RuleCondition.Field": length(0, 64),
  "CreateRuleInput.Priority": integer(1, 50_000),
  "RulePriorityPair.Priority": integer(1, 50_000),
  "CreateListenerInput.Port": port,
  "CreateListenerInput.Protocol": oneOf(elbv2.ProtocolEnum),
  "ModifyListenerInput.Port": port,
  "ModifyListenerInput.Protocol": oneOf(elbv2.ProtocolEnum),
  "CreateTargetGroupInput.Port": port,
  "CreateTargetGroupInput.Protocol": oneOf(elbv2.ProtocolEnum),
  "CreateTargetGroupInput.TargetType": oneOf(elbv2.TargetTypeEnum),
  "TargetDescription.Port": port,
  "TargetGroupAttribute.Key": attributeKey,
  "LoadBalancerAttribute.Key": attributeKey,
  "ListenerAttribute.Key": attributeKey,
  "LoadBalancerAttribute.Value": length(0, 1024),
  "DescribeTargetHealthInput.Include": oneOf(elbv2.DescribeTargetHealthInputIncludeEnum),
  "DescribeListenersInput.PageSize": pageSize,
  "DescribeLoadBalancersInput.PageSize": pageSize,
  "DescribeRulesInput.PageSize": pageSize,
  "DescribeTargetGroupsInput.PageSize": pageSize,
  "Tag.Key": length(1, 128),
  "Tag.Value": length(0, 256),
};

export const cloudWatchConstraints: Constraints = {
  "GetMetricStatisticsInput.Period": integer(1),
  "GetMetricStatisticsInput.Namespace": length(1, 255),
  "GetMetricStatisticsInput.MetricName": length(1, 255),
  "MetricDataQuery.Period": integer(1),
  "MetricStat.Period": integer(1),
  "PutMetricAlarmInput.Period": integer(1),
  "PutMetricAlarmInput.EvaluationPeriods": integer(1),
  "PutMetricAlarmInput.DatapointsToAlarm": integer(1),
  "PutMetricAlarmInput.AlarmName": length(1, 255),
  "DescribeAlarmsInput.MaxRecords": integer(1, 100),
  "PutMetricDataInput.Namespace": length(1, 255),
  "MetricDatum.StorageResolution": integer(1),
  "Dimension.Name": length(1, 255),
  "Dimension.Value": length(1, 1024),
  "SetAlarmStateInput.StateValue": [{ kind: "one-of", values: ["OK", "ALARM", "INSUFFICIENT_DATA"] }],
  "GetMetricDataInput.ScanBy": [{ kind: "one-of", values: ["TimestampDescending", "TimestampAscending"] }],
};

export const ecrConstraints: Constraints = {
  "BatchGetImageRequest.registryId": [{ kind: "pattern", pattern: /^[0-9]{12}$/ }],
  "BatchGetImageRequest.repositoryName": length(2, 256),
  "ImageIdentifier.imageTag": length(1, 300),
};

const logName = (pattern: RegExp): readonly Constraint[] => [
  { kind: "length", min: 1, max: 512 },
  { kind: "pattern", pattern },
];

export const logsConstraints: Constraints = {
  "CreateLogGroupRequest.logGroupName": logName(/^[.\-_/#A-Za-z0-9]+$/),
  "GetLogEventsRequest.logGroupName": logName(/^[.\-_/#A-Za-z0-9]+$/),
  "GetLogEventsRequest.logStreamName": logName(/^[^:*]*$/),
  "GetLogEventsRequest.limit": integer(1, 10_000),
  "GetLogEventsRequest.startTime": integer(0),
  "GetLogEventsRequest.endTime": integer(0),
};

export const stsConstraints: Constraints = {
  "AssumeRoleWithWebIdentityRequest.DurationSeconds": integer(900, 43_200),
  "AssumeRoleWithWebIdentityRequest.RoleArn": length(20, 2048),
  "AssumeRoleWithWebIdentityRequest.RoleSessionName": [
    { kind: "length", min: 2, max: 64 },
    { kind: "pattern", pattern: /^[\w+=,.@-]*$/ },
  ],
  "AssumeRoleWithWebIdentityRequest.WebIdentityToken": length(4, 20_000),
};
