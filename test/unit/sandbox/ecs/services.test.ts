import type { Service } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { account, definition, refusal, taskSetInput } from "./world.ts";

const external = { cluster: "shop", serviceName: "other", deploymentController: { type: "EXTERNAL" } };
const { scale: _scale, ...launch } = taskSetInput();

test.each([
  [{ taskDefinition: "orders-1" }, "InvalidParameterException: TaskDefinition must be blank."],
  [{ taskDefinition: "" }, "InvalidParameterException: Family should not be null or empty."],
  [{ launchType: "FARGATE" }, "InvalidParameterException: LaunchType must be blank."],
  [
    { networkConfiguration: launch.networkConfiguration },
    "InvalidParameterException: NetworkConfiguration must be blank.",
  ],
  [{ loadBalancers: launch.loadBalancers }, "InvalidParameterException: LoadBalancers must be blank."],
  [{ serviceName: "orders" }, "InvalidParameterException: Creation of service was not idempotent."],
  [{ desiredCount: 1, healthCheckGracePeriodSeconds: 30, deploymentConfiguration: {} }, "accepted"],
])("CreateService under EXTERNAL with %j: %s", async (input, expected) => {
  const world = await account();
  expect(await refusal(world.call("CreateService", { ...external, ...input }))).toBe(expected);
});

test.each([
  [{ desiredCount: 4, placementStrategy: [], propagateTags: "SERVICE" }, "accepted"],
  [
    { taskDefinition: "orders-2" },
    /^InvalidParameterException: Unable to update task definition on services with/,
  ],
  [{ forceNewDeployment: true }, /^InvalidParameterException: Unable to update force new deployment/],
  [{ loadBalancers: launch.loadBalancers }, /^InvalidParameterException: Unable to update load balancers/],
])("UpdateService under EXTERNAL with %j", async (input, expected) => {
  const world = await account();
  expect(await refusal(world.call("UpdateService", { ...world.at, ...input }))).toMatch(expected);
});

test("DescribeServices: missing ones are failures, ten at most, events newest first, tags when asked", async () => {
  const world = await account();
  const arn = (await world.service()).serviceArn ?? "";
  await world.call("TagResource", {
    resourceArn: arn,
    tags: [{ key: "sluice:step", value: "10@2026-01-01T00:00:00Z" }],
  });
  await world.createTaskSet();
  await world.advance(20);
  const answer = await world.call<{ services: Service[]; failures: unknown[] }>("DescribeServices", {
    cluster: "shop",
    services: [arn, "nothing"],
    include: ["TAGS"],
  });
  expect(answer.failures).toMatchObject([{ reason: "MISSING" }]);
  expect(answer.services[0]).toMatchObject({
    status: "ACTIVE",
    runningCount: 2,
    deployments: [],
    tags: [{ key: "sluice:step", value: "10@2026-01-01T00:00:00Z" }],
  });
  expect(
    answer.services[0]?.events?.map(({ message }) => message?.replace(/[0-9a-f]{32}|\d{19}/g, "…")),
  ).toEqual([
    "(service orders, taskSet ecs-svc/…) has reached a steady state.",
    "(service orders, taskSet ecs-svc/…) has started 2 tasks: (task …) (task …).",
  ]);
  expect((await world.service()).tags).toEqual([]);
  const eleven = Array.from({ length: 11 }, (_, n) => `s${n}`);
  expect(await refusal(world.call("DescribeServices", { cluster: "shop", services: eleven }))).toMatch(
    /^InvalidParameterException/,
  );
});

test("at most the last hundred events are kept", async () => {
  const world = await account({ desiredCount: 1 });
  await world.createTaskSet(taskSetInput("orders-crashing"));
  await world.advance(1700);
  expect((await world.service()).events).toHaveLength(100);
});

test("deleting a scaled service needs force; it drains and is INACTIVE, and its name is free again", async () => {
  const world = await account();
  await world.createTaskSet();
  await world.advance(20);
  expect(await refusal(world.call("DeleteService", world.at))).toBe(
    "InvalidParameterException: The service cannot be stopped while it is scaled above 0.",
  );
  await world.call("DeleteService", { ...world.at, force: true });
  expect(await world.service()).toMatchObject({ status: "DRAINING" });
  const again = () => world.call("CreateService", { ...external, serviceName: "orders" });
  expect(await refusal(again())).toBe(
    "InvalidParameterException: Unable to Start a service that is still Draining.",
  );
  expect(await refusal(world.call("DeleteCluster", { cluster: "shop" }))).toMatch(
    /^ClusterContainsTasksException/,
  );
  await world.advance(40);
  expect(await world.service()).toMatchObject({ status: "INACTIVE", runningCount: 0 });
  expect(await refusal(again())).toBe("accepted");
});

test("a service scaled to 0 is deleted once its tasks are being stopped, and no sooner", async () => {
  const world = await account();
  await world.createTaskSet();
  await world.advance(20);
  await world.call("UpdateService", { ...world.at, desiredCount: 0 });
  expect(await refusal(world.call("DeleteService", world.at))).toMatch(/^InvalidParameterException/);
  await world.advance(1);
  expect(await world.service()).toMatchObject({ status: "ACTIVE", runningCount: 0 });
  await world.call("DeleteService", world.at);
  expect(await world.service()).toMatchObject({ status: "DRAINING" });
  await world.advance(40);
  expect(await world.service()).toMatchObject({ status: "INACTIVE" });
});

test("ListServices pages by ten", async () => {
  const world = await account();
  for (let n = 0; n < 11; n++) await world.call("CreateService", { ...external, serviceName: `s${n}` });
  const first = await world.call<{ serviceArns: string[]; nextToken: string }>("ListServices", {
    cluster: "shop",
  });
  const rest = await world.call<{ serviceArns: string[] }>("ListServices", {
    cluster: "shop",
    nextToken: first.nextToken,
  });
  expect([first.serviceArns.length, rest.serviceArns.length]).toEqual([10, 2]);
});

test("tags: services take them at any time, task sets never, short ARNs are refused", async () => {
  const world = await account();
  const taskSet = await world.createTaskSet();
  const tags = [{ key: "a", value: "b" }];
  const tag = (resourceArn: string | undefined, given = tags) =>
    refusal(world.call("TagResource", { resourceArn, tags: given }));
  expect(await tag(taskSet.taskSetArn)).toMatch(/^InvalidParameterException/);
  expect(await tag("arn:aws:ecs:eu-west-1:111111111111:service/orders")).toBe(
    "InvalidParameterException: Long arn format must be used for tagging operations",
  );
  const arn = taskSet.serviceArn;
  expect(await tag(arn)).toBe("accepted");
  expect(await tag(arn, [{ key: "a", value: "x".repeat(257) }])).toMatch(/^InvalidParameterException/);
  expect(
    await tag(
      arn,
      Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, value: "" })),
    ),
  ).toMatch(/Too many/);
  expect(await world.call("ListTagsForResource", { resourceArn: arn })).toEqual({ tags });
  await world.call("UntagResource", { resourceArn: arn, tagKeys: ["a"] });
  expect(await world.call("ListTagsForResource", { resourceArn: arn })).toEqual({ tags: [] });
});

test("task definitions round-trip, count revisions, and can be deregistered", async () => {
  const world = await account();
  const given = definition("orders:2");
  await world.call("RegisterTaskDefinition", { ...given, tags: [{ key: "a", value: "b" }] });
  const describe = (taskDefinition: string, include: string[] = []) =>
    world.call<{ taskDefinition: Record<string, unknown> }>("DescribeTaskDefinition", {
      taskDefinition,
      include,
    });
  expect(await describe("orders-2", ["TAGS"])).toMatchObject({
    taskDefinition: { ...given, revision: 2, status: "ACTIVE", compatibilities: ["EC2", "FARGATE"] },
    tags: [{ key: "a", value: "b" }],
  });
  await world.call("DeregisterTaskDefinition", { taskDefinition: "orders-2:2" });
  expect((await describe("orders-2")).taskDefinition.revision).toBe(1);
  expect((await describe("orders-2:2")).taskDefinition.status).toBe("INACTIVE");
  expect(await refusal(world.createTaskSet({ taskDefinition: "orders-2:2" }))).toBe(
    "ClientException: TaskDefinition is inactive",
  );
  expect(await refusal(describe("orders-2:9"))).toBe("ClientException: Unable to describe task definition.");
  expect(
    await world.call("ListTaskDefinitions", { familyPrefix: "orders-2", status: "INACTIVE" }),
  ).toMatchObject({ taskDefinitionArns: [expect.stringMatching(/orders-2:2$/)] });
  expect(
    await world.call("ListTaskDefinitionFamilies", { familyPrefix: "orders-", maxResults: 2 }),
  ).toMatchObject({
    families: ["orders-1", "orders-2"],
    nextToken: expect.any(String),
  });
});

test.each([
  [{ networkMode: "bridge" }, /^ClientException: Fargate only supports network mode/],
  [{ cpu: undefined }, /^ClientException: Fargate requires that 'cpu' be defined/],
  [{ family: "a b" }, /^ClientException: Family contains invalid characters/],
  [{ containerDefinitions: [] }, /^ClientException/],
  [
    {
      containerDefinitions: [
        { name: "app", image: "i", portMappings: [{ containerPort: 80, hostPort: 81 }] },
      ],
    },
    /must match/,
  ],
])("RegisterTaskDefinition refuses %j", async (input, expected) => {
  const world = await account();
  expect(
    await refusal(world.call("RegisterTaskDefinition", { ...definition("orders:1"), ...input })),
  ).toMatch(expected);
});

test("an ECS-controlled service rolls without ever having fewer healthy tasks than desired", async () => {
  const world = await account();
  const at = { cluster: "shop", service: "native" };
  await world.call("CreateService", { cluster: "shop", serviceName: "native", desiredCount: 2, ...launch });
  const native = async (): Promise<Service> =>
    (await world.call<{ services: Service[] }>("DescribeServices", { cluster: "shop", services: ["native"] }))
      .services[0] ?? {};
  await world.advance(20);
  expect(await native()).toMatchObject({
    deployments: [{ status: "PRIMARY", runningCount: 2, rolloutState: "COMPLETED" }],
    taskDefinition: expect.stringMatching(/orders-1:1$/),
  });
  await world.call("UpdateService", { ...at, taskDefinition: "orders-2" });
  expect((await native()).deployments).toMatchObject([
    {
      status: "PRIMARY",
      desiredCount: 2,
      rolloutState: "IN_PROGRESS",
      taskDefinition: expect.stringMatching(/orders-2:1$/),
    },
    { status: "ACTIVE", runningCount: 2 },
  ]);
  for (let second = 0; second < 60; second++) {
    await world.advance(1);
    expect((await native()).runningCount).toBeGreaterThanOrEqual(2);
  }
  expect((await native()).deployments).toMatchObject([
    {
      status: "PRIMARY",
      runningCount: 2,
      rolloutState: "COMPLETED",
      taskDefinition: expect.stringMatching(/orders-2:1$/),
    },
  ]);
});
