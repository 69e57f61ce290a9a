import { describe, expect, test } from "vitest";
import { permissionsFor } from "../../../../sandbox/faults/permissions.ts";
import { authorize, parsePolicy } from "../../../../sandbox/faults/policy.ts";
import { resourcesOf } from "../../../../sandbox/faults/resources.ts";

const account = { region: "eu-west-1", accountId: "111122223333" };
const arn = (resource: string) => `arn:aws:ecs:eu-west-1:111122223333:${resource}`;
const policyOf = (...Statement: object[]) => parsePolicy({ Version: "2012-10-17", Statement }, "policy.json");
const allow = (Action: unknown, Resource: unknown = "*") => ({ Effect: "Allow", Action, Resource });
const deny = (Action: unknown, Resource: unknown = "*") => ({ Effect: "Deny", Action, Resource });

test.each([
  ["an exact action", [allow("ecs:CreateTaskSet")], "ecs:CreateTaskSet", "*", "allowed"],
  ["actions without regard to case", [allow("ECS:createtaskset")], "ecs:CreateTaskSet", "*", "allowed"],
  ["a wildcard action", [allow(["s3:*", "ecs:Describe*"])], "ecs:DescribeServices", "*", "allowed"],
  ["? for one character", [allow("ecs:DescribeTask?ets")], "ecs:DescribeTaskSets", "*", "allowed"],
  ["nothing that allows", [allow("ecs:Describe*")], "ecs:CreateTaskSet", "*", "implicit"],
  ["a prefix is not enough", [allow("ecs:Create")], "ecs:CreateTaskSet", "*", "implicit"],
  ["a dot is a dot", [allow("ecs.CreateTaskSet")], "ecs:CreateTaskSet", "*", "implicit"],
  [
    "a resource that fits",
    [allow("ecs:*", arn("service/shop/*"))],
    "ecs:UpdateService",
    arn("service/shop/orders"),
    "allowed",
  ],
  [
    "a resource that does not",
    [allow("ecs:*", arn("service/shop/*"))],
    "ecs:UpdateService",
    arn("service/bank/orders"),
    "implicit",
  ],
  [
    "a statement on one resource does not cover a call on all",
    [allow("ecs:*", arn("service/shop/*"))],
    "ecs:ListTasks",
    "*",
    "implicit",
  ],
  [
    "a Deny wins over an Allow",
    [allow("*"), deny("ecs:DeleteTaskSet")],
    "ecs:DeleteTaskSet",
    "*",
    "explicit",
  ],
  [
    "a Deny elsewhere does not matter",
    [allow("*"), deny("ecs:*", arn("service/bank/*"))],
    "ecs:UpdateService",
    arn("service/shop/orders"),
    "allowed",
  ],
])("%s", (_case, statements, action, resource, expected) => {
  const outcome = authorize(policyOf(...statements), action, [resource]);
  const kind = outcome.kind === "allowed" ? "allowed" : outcome.explicit ? "explicit" : "implicit";
  expect(kind).toBe(expected);
});

test("every resource must be allowed, and the one that is not is named", () => {
  const policy = policyOf(allow("ecs:*", arn("service/shop/a")));
  const outcome = authorize(policy, "ecs:DescribeServices", [arn("service/shop/a"), arn("service/shop/b")]);
  expect(outcome).toEqual({ kind: "denied", explicit: false, resource: arn("service/shop/b") });
});

describe("a policy that the sandbox cannot enforce is not loaded", () => {
  test.each([
    [
      "a condition",
      { ...allow("*"), Condition: { StringEquals: {} } },
      /policy.json: Statement\[0\] has Condition/,
    ],
    ["NotAction", { Effect: "Allow", NotAction: "*", Resource: "*" }, /has NotAction/],
    ["a principal", { ...allow("*"), Principal: "*" }, /has Principal/],
    ["no resource", { Effect: "Allow", Action: "*" }, /not an IAM policy[\s\S]*Resource/],
    ["another effect", { ...allow("*"), Effect: "Maybe" }, /not an IAM policy[\s\S]*Effect/],
  ])("%s", (_case, statement, message) => {
    expect(() => policyOf(statement)).toThrow(message);
  });

  test("an old version", () => {
    expect(() => parsePolicy({ Version: "2008-10-17", Statement: [allow("*")] }, "p")).toThrow(/Version/);
  });
});

test.each([
  ["ecs:UpdateService", { cluster: "shop", service: "orders" }, [arn("service/shop/orders")]],
  ["ecs:UpdateService", { cluster: arn("cluster/shop"), service: "orders" }, [arn("service/shop/orders")]],
  ["ecs:UpdateService", { service: arn("service/shop/orders") }, [arn("service/shop/orders")]],
  ["ecs:DescribeServices", { services: ["a", "b"] }, [arn("service/default/a"), arn("service/default/b")]],
  ["ecs:CreateTaskSet", { cluster: "shop", service: "orders" }, [arn("task-set/shop/orders/*")]],
  [
    "ecs:DeleteTaskSet",
    { cluster: "shop", service: arn("service/shop/orders"), taskSet: "ecs-svc/1" },
    [arn("task-set/shop/orders/ecs-svc/1")],
  ],
  ["elasticloadbalancing:ModifyRule", { RuleArn: "arn:rule" }, ["arn:rule"]],
  ["elasticloadbalancing:DescribeRules", { ListenerArn: "arn:listener" }, ["*"]],
  ["cloudwatch:GetMetricData", {}, ["*"]],
])("%s acts on its resources", (action, input, expected) => {
  expect(resourcesOf({ action, input }, account)).toEqual(expected);
});

test.each([
  ["ecs:CreateTaskSet", { tags: [{ key: "a" }] }, ["ecs:CreateTaskSet", "ecs:TagResource"]],
  ["ecs:CreateTaskSet", { tags: [] }, ["ecs:CreateTaskSet"]],
  [
    "elasticloadbalancing:CreateRule",
    { Tags: [{ Key: "a" }] },
    ["elasticloadbalancing:CreateRule", "elasticloadbalancing:AddTags"],
  ],
  [
    "ecs:RegisterTaskDefinition",
    { executionRoleArn: "arn:role" },
    ["ecs:RegisterTaskDefinition", "iam:PassRole"],
  ],
  ["ecs:TagResource", { resourceArn: "r", tags: [{ key: "a" }] }, ["ecs:TagResource"]],
  ["sts:GetCallerIdentity", {}, []],
])("%s %j needs %j", (action, input, expected) => {
  expect(permissionsFor({ action, input }, account).map((permission) => permission.action)).toEqual(expected);
});

test("iam:PassRole is asked for the role that is handed over", () => {
  const input = { executionRoleArn: "arn:role/execution", taskRoleArn: "arn:role/task" };
  expect(permissionsFor({ action: "ecs:RegisterTaskDefinition", input }, account)[1]).toEqual({
    action: "iam:PassRole",
    resources: ["arn:role/task", "arn:role/execution"],
  });
});
