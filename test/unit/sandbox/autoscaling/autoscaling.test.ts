import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  type DescribeScalableTargetsCommandInput,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
} from "@aws-sdk/client-application-auto-scaling";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sandbox } from "../../../../sandbox/sandbox.ts";
import { clientConfig, openAccount } from "../../aws/account.ts";

const ORDERS = {
  ServiceNamespace: "ecs",
  ResourceId: "service/shop/orders",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;
const CART = { ...ORDERS, ResourceId: "service/shop/cart" } as const;
const FLAGS = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
};

let sandbox: Sandbox;
let client: ApplicationAutoScalingClient;

beforeEach(async () => {
  sandbox = await openAccount({ scaling: { minCapacity: 2, maxCapacity: 8 } });
  client = new ApplicationAutoScalingClient(clientConfig(sandbox));
});

afterEach(() => sandbox.close());

const register = (input: Partial<RegisterScalableTargetCommandInput>) =>
  client.send(new RegisterScalableTargetCommand({ ...ORDERS, ...input }));
const list = async (input: Partial<DescribeScalableTargetsCommandInput> = {}) =>
  client.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ...input }));
const orders = async () => (await list({ ResourceIds: [ORDERS.ResourceId] })).ScalableTargets?.[0];
const desiredCount = () => sandbox.ecs.view().services.find(({ name }) => name === "orders")?.desiredCount;

test("the sandbox file's target, as AWS describes one", async () => {
  expect(await orders()).toEqual({
    ...ORDERS,
    MinCapacity: 2,
    MaxCapacity: 8,
    RoleARN: expect.stringContaining("AWSServiceRoleForApplicationAutoScaling_ECSService"),
    CreationTime: expect.any(Date),
    SuspendedState: FLAGS,
    ScalableTargetARN: expect.stringMatching(
      /^arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target\/[0-9a-f]{34}$/,
    ),
  });
});

test("an update changes what it has, and leaves the rest", async () => {
  await register({ SuspendedState: { DynamicScalingInSuspended: true } });
  await register({ MaxCapacity: 9 });
  expect(await orders()).toMatchObject({
    MinCapacity: 2,
    MaxCapacity: 9,
    SuspendedState: { ...FLAGS, DynamicScalingInSuspended: true },
  });
});

test("a flag that a suspended state leaves out is cleared", async () => {
  await register({ SuspendedState: { DynamicScalingOutSuspended: true } });
  await register({ SuspendedState: { DynamicScalingInSuspended: true } });
  expect((await orders())?.SuspendedState).toEqual({ ...FLAGS, DynamicScalingInSuspended: true });
});

test("a count outside the range is brought into it", async () => {
  await register({ MinCapacity: 6 });
  expect(desiredCount()).toBe(6);
  await register({ MinCapacity: 1, MaxCapacity: 3 });
  expect(desiredCount()).toBe(3);
});

test.each([
  ["no minimum for a new one", { ...CART, MaxCapacity: 4 }, /required/],
  ["a maximum below the minimum", { MaxCapacity: 1 }, /Maximum capacity cannot be less than minimum/],
  ["a negative minimum", { MinCapacity: -1 }, /minCapacity/],
  ["no such service", { ResourceId: "service/shop/search", MinCapacity: 1, MaxCapacity: 2 }, /ECS service/],
  ["another cluster", { ResourceId: "service/other/orders", MinCapacity: 1, MaxCapacity: 2 }, /ECS service/],
  ["no service's resource", { ResourceId: "orders", MinCapacity: 1, MaxCapacity: 2 }, /Unsupported/],
  ["a service's ARN short of its cluster", { ResourceId: "service/orders" }, /Unsupported/],
  ["an unknown namespace", { ServiceNamespace: "lambada" as "lambda" }, /serviceNamespace/],
  [
    "another service's dimension",
    { ScalableDimension: "rds:cluster:ReadReplicaCount" as const },
    /Unsupported/,
  ],
])("registering is refused: %s", async (_name, input, message) => {
  const before = await list();
  await expect(register(input)).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(message),
  });
  expect((await list()).ScalableTargets).toEqual(before.ScalableTargets);
});

describe("describing", () => {
  beforeEach(() => register({ ...CART, MinCapacity: 1, MaxCapacity: 2 }));
  const ids = async (input: Partial<DescribeScalableTargetsCommandInput>) =>
    (await list(input)).ScalableTargets?.map(({ ResourceId }) => ResourceId);

  test("all of a namespace, one, or none", async () => {
    expect(await ids({})).toEqual([ORDERS.ResourceId, CART.ResourceId]);
    expect(await ids({ ResourceIds: [CART.ResourceId], ScalableDimension: CART.ScalableDimension })).toEqual([
      CART.ResourceId,
    ]);
    expect(await ids({ ServiceNamespace: "lambda" })).toEqual([]);
  });

  test("by pages", async () => {
    const first = await list({ MaxResults: 1 });
    expect(first.ScalableTargets).toHaveLength(1);
    const next = await list({ MaxResults: 1, NextToken: first.NextToken });
    expect(next.ScalableTargets?.map(({ ResourceId }) => ResourceId)).toEqual([CART.ResourceId]);
    expect(next.NextToken).toBeUndefined();
  });

  test.each([
    [
      "a dimension without a resource",
      { ScalableDimension: ORDERS.ScalableDimension },
      "ValidationException",
    ],
    ["pages too large", { MaxResults: 51 }, "ValidationException"],
    ["a token of somebody else", { NextToken: "next" }, "InvalidNextTokenException"],
  ])("is refused: %s", async (_name, input, code) => {
    await expect(list(input)).rejects.toMatchObject({ name: code });
  });
});

test("a target is deregistered once", async () => {
  const deregister = () => client.send(new DeregisterScalableTargetCommand(ORDERS));
  await deregister();
  expect((await list()).ScalableTargets).toEqual([]);
  await expect(deregister()).rejects.toMatchObject({ name: "ObjectNotFoundException" });
});

describe("what a scaling policy would do", () => {
  test.each([
    ["out", {}, 6, true, 6],
    ["in", {}, 3, true, 3],
    ["out, no further than the maximum", {}, 20, true, 8],
    ["in, no further than the minimum", {}, 0, true, 2],
    ["nowhere", {}, 4, false, 4],
    ["in, suspended", { DynamicScalingInSuspended: true }, 3, false, 4],
    ["out, with in suspended", { DynamicScalingInSuspended: true }, 6, true, 6],
    ["out, suspended", { DynamicScalingOutSuspended: true }, 6, false, 4],
    ["in, with out suspended", { DynamicScalingOutSuspended: true }, 3, true, 3],
  ])("%s", async (_name, state, wanted, done, count) => {
    await register({ SuspendedState: state });
    expect(await sandbox.autoscaling.scale("orders", wanted)).toBe(done);
    expect(desiredCount()).toBe(count);
  });

  test("nothing for a service without a target", async () => {
    await expect(sandbox.autoscaling.scale("cart", 3)).rejects.toThrow("cart has no scalable target");
  });
});

test("a policy may name the target's ARN, and has to allow what scaling does", async () => {
  const arn = (await orders())?.ScalableTargetARN ?? "";
  const service = "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders";
  const allow = (resource: string, ...more: string[]) =>
    sandbox.faults.enforce({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["application-autoscaling:RegisterScalableTarget"],
          Resource: [resource],
        },
        { Effect: "Allow", Action: ["ecs:DescribeServices", ...more], Resource: [service] },
      ],
    });
  const denied = { name: "AccessDeniedException" };
  allow(arn, "ecs:UpdateService");
  await register({ MaxCapacity: 9 });
  allow(arn);
  await expect(register({ MaxCapacity: 10 })).rejects.toMatchObject(denied);
  allow(`${arn.slice(0, -1)}x`, "ecs:UpdateService");
  await expect(register({ MaxCapacity: 10 })).rejects.toMatchObject(denied);
});
