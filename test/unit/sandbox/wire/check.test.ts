import { expect, test } from "vitest";
import { findProblems, refuse } from "../../../../sandbox/wire/check.ts";
import { modelNamed } from "../../../../sandbox/wire/models.ts";
import { operationShapes } from "../../../../sandbox/wire/shapes.ts";

/** "Code: message" with which the service refuses the input, or "passes". */
function refusal(service: string, operation: string, input: object): string {
  const model = modelNamed(service);
  const shapes = model && operationShapes(model.sdk, operation);
  if (!model || !shapes) throw new Error(`${service} has no ${operation}`);
  const error = refuse(model, findProblems(shapes.input, input, model.constraints));
  return error ? `${error.code}: ${error.message}` : "passes";
}

const taskSet = { cluster: "c", service: "s", taskDefinition: "t" };
const elb = "elasticloadbalancing";
const group = { Name: "blue", Port: 80 };
const constraint = "failed to satisfy constraint: Member must";

test.each([
  ["ecs", "CreateTaskSet", { ...taskSet, scale: { value: 0, unit: "PERCENT" } }, "passes"],
  ["ecs", "CreateTaskSet", { ...taskSet, scale: { value: 33.333 } }, "passes"],
  ["ecs", "CreateTaskSet", { service: "s" }, "InvalidParameterException: Cluster can not be blank."],
  [
    "ecs",
    "CreateTaskSet",
    { ...taskSet, capacityProviderStrategy: [{ capacityProvider: "a" }, { weight: 1 }] },
    "InvalidParameterException: CapacityProvider can not be blank.",
  ],
  [
    "ecs",
    "DescribeTaskSets",
    { cluster: "c", service: "s", include: ["TAGS", "EVENTS"] },
    `InvalidParameterException: Value 'EVENTS' at 'include' ${constraint} satisfy enum value set: [TAGS]`,
  ],
  [elb, "CreateTargetGroup", { ...group, HealthCheckIntervalSeconds: 5 }, "passes"],
  [
    elb,
    "CreateTargetGroup",
    { ...group, HealthCheckIntervalSeconds: 4, HealthyThresholdCount: 11 },
    "ValidationError: 2 validation errors detected: " +
      `Value '4' at 'healthCheckIntervalSeconds' ${constraint} have value greater than or equal to 5; ` +
      `Value '11' at 'healthyThresholdCount' ${constraint} have value less than or equal to 10`,
  ],
  [
    elb,
    "CreateRule",
    { ListenerArn: "l", Conditions: [], Actions: [], Priority: 1.5 },
    `ValidationError: 1 validation error detected: Value '1.5' at 'priority' ${constraint} be an integer`,
  ],
  [
    elb,
    "SetRulePriorities",
    {},
    `ValidationError: 1 validation error detected: Value null at 'rulePriorities' ${constraint} not be null`,
  ],
  ["monitoring", "ListMetrics", {}, "passes"],
  [
    "monitoring",
    "GetMetricStatistics",
    { Namespace: "n" },
    "MissingParameter: The parameter MetricName is required.",
  ],
  ["sts", "GetCallerIdentity", {}, "passes"],
])("%s:%s %j", (service, operation, input, expected) => {
  expect(refusal(service, operation, input)).toBe(expected);
});
