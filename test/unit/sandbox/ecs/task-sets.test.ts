import { expect, test } from "vitest";
import { account, GREEN, INSTANCES, refusal, taskSetInput, UNUSED } from "./world.ts";

test("a task set becomes steady when all its tasks run and are healthy in its target group", async () => {
  const world = await account();
  const created = await world.createTaskSet({ tags: [{ key: "sluice:rollout", value: "r1" }] });
  expect(created.id).toMatch(/^ecs-svc\/\d{19}$/);
  expect(created).toMatchObject({
    status: "ACTIVE",
    computedDesiredCount: 2,
    stabilityStatus: "STABILIZING",
  });

  await world.advance(11);
  expect(await world.taskSets()).toMatchObject([
    { runningCount: 2, pendingCount: 0, stabilityStatus: "STABILIZING" },
  ]);
  await world.advance(5);
  const [taskSet] = await world.taskSets();
  expect(taskSet).toMatchObject({
    stabilityStatus: "STEADY_STATE",
    tags: [{ key: "sluice:rollout", value: "r1" }],
    launchType: "FARGATE",
  });
  expect(taskSet?.stabilityStatusAt?.getTime()).toBeGreaterThan(taskSet?.createdAt?.getTime() ?? 0);
});

test("the computed desired count rounds up, and follows the scale and the service's desired count", async () => {
  const world = await account({ desiredCount: 3 });
  const taskSet = await world.createTaskSet({ scale: { value: 33, unit: "PERCENT" } });
  expect(taskSet.computedDesiredCount).toBe(1);
  await world.call("UpdateTaskSet", {
    ...world.at,
    taskSet: taskSet.id,
    scale: { value: 34, unit: "PERCENT" },
  });
  expect(await world.taskSets()).toMatchObject([{ computedDesiredCount: 2 }]);
  await world.call("UpdateService", { ...world.at, desiredCount: 10 });
  expect(await world.taskSets()).toMatchObject([{ computedDesiredCount: 4, stabilityStatus: "STABILIZING" }]);
  await world.advance(20);
  expect(await world.tasks()).toHaveLength(4);
});

test("making a set primary demotes the other and moves no target", async () => {
  const world = await account();
  const blue = await world.createTaskSet();
  const green = await world.createTaskSet({ ...taskSetInput("orders-2") });
  await world.advance(20);
  const before = [...world.groups.log];
  await world.call("UpdateServicePrimaryTaskSet", { ...world.at, primaryTaskSet: blue.taskSetArn });
  await world.call("UpdateServicePrimaryTaskSet", { ...world.at, primaryTaskSet: green.id });
  await world.advance(5);
  const statuses = (await world.taskSets()).map(({ id, status }) => [id, status]);
  expect(statuses).toEqual([
    [blue.id, "ACTIVE"],
    [green.id, "PRIMARY"],
  ]);
  expect(world.groups.log).toEqual(before);
});

test("deleting needs force while scaled or primary, drains, and then the set disappears", async () => {
  const world = await account();
  const taskSet = await world.createTaskSet();
  await world.advance(20);
  const target = { ...world.at, taskSet: taskSet.id };
  expect(await refusal(world.call("DeleteTaskSet", target))).toMatch(/^InvalidParameterException: .*force/);
  await world.call("UpdateServicePrimaryTaskSet", { ...world.at, primaryTaskSet: taskSet.id });
  await world.call("UpdateTaskSet", { ...target, scale: { value: 0, unit: "PERCENT" } });
  expect(await refusal(world.call("DeleteTaskSet", target))).toMatch(/primary/);

  await world.call("DeleteTaskSet", { ...target, force: true });
  await world.advance(5);
  expect(await world.taskSets()).toMatchObject([{ status: "DRAINING", computedDesiredCount: 0 }]);
  expect(await refusal(world.call("UpdateTaskSet", { ...target, scale: { value: 100 } }))).toBe(
    "TaskSetNotFoundException: TaskSet not found.",
  );
  await world.advance(30);
  expect(await world.taskSets()).toEqual([]);
  expect(world.changes.filter(({ kind }) => kind.startsWith("task-set")).map(({ kind }) => kind)).toEqual([
    "task-set-created",
    "task-set-scaled",
    "task-set-deleted",
    "task-set-gone",
  ]);
});

test.each([
  [true, 5],
  [false, 6],
])("DRAINING sets count towards the five: %s", async (drainingCountsAsTaskSet, created) => {
  const world = await account({ settings: { drainingCountsAsTaskSet } });
  const first = await world.createTaskSet();
  await world.advance(20);
  await world.call("DeleteTaskSet", { ...world.at, taskSet: first.id, force: true });
  const answers: string[] = [];
  for (let n = 0; n < 6; n++) answers.push(await refusal(world.createTaskSet()));
  expect(answers.filter((answer) => answer === "accepted")).toHaveLength(created - 1);
  expect(answers.at(-1)).toBe(
    "InvalidParameterException: 5 deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.",
  );
});

test("a client token makes CreateTaskSet idempotent", async () => {
  const world = await account();
  const first = await world.createTaskSet({ clientToken: "rollout-1" });
  const again = await world.createTaskSet({ clientToken: "rollout-1" });
  expect(again.id).toBe(first.id);
  expect(await world.taskSets()).toHaveLength(1);
  expect(await refusal(world.createTaskSet({ clientToken: "rollout-1", externalId: "x" }))).toMatch(
    /^InvalidParameterException/,
  );
  expect(await refusal(world.createTaskSet({ clientToken: "x".repeat(37) }))).toMatch(
    /^InvalidParameterException/,
  );
});

const balancer = { targetGroupArn: GREEN, containerName: "app", containerPort: 8080 };

test.each([
  [
    "a group without a load balancer",
    { loadBalancers: [{ ...balancer, targetGroupArn: UNUSED }] },
    `InvalidParameterException: The target group with targetGroupArn ${UNUSED} does not have an associated load balancer.`,
  ],
  [
    "two load balancers",
    { loadBalancers: [balancer, balancer] },
    "InvalidParameterException: load balancers can have at most 1 items.",
  ],
  [
    "an unknown container",
    { loadBalancers: [{ ...balancer, containerName: "web" }] },
    "InvalidParameterException: The container web does not exist in the task definition.",
  ],
  [
    "an unknown port",
    { loadBalancers: [{ ...balancer, containerPort: 80 }] },
    "InvalidParameterException: The container app did not have a container port 80 defined.",
  ],
  [
    "a group of instances under awsvpc",
    { loadBalancers: [{ ...balancer, targetGroupArn: INSTANCES }] },
    `InvalidParameterException: The provided target group ${INSTANCES} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
  ],
  [
    "no network configuration under awsvpc",
    { networkConfiguration: undefined },
    "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
  ],
  [
    "launch type and capacity provider",
    { capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] },
    "InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
  ],
  [
    "an unknown task definition",
    { taskDefinition: "nothing:1" },
    "ClientException: TaskDefinition not found.",
  ],
  [
    "a scale above 100",
    { scale: { value: 101 } },
    "InvalidParameterException: Scale value must be between 0 and 100.",
  ],
])("CreateTaskSet refuses %s", async (_what, input, expected) => {
  const world = await account();
  expect(await refusal(world.call("CreateTaskSet", { ...world.at, ...taskSetInput(), ...input }))).toBe(
    expected,
  );
  expect(await world.taskSets()).toEqual([]);
});

test("task sets belong to EXTERNAL services, and are looked for in the right place", async () => {
  const world = await account();
  const { scale, ...launch } = taskSetInput();
  await world.call("CreateService", { cluster: "shop", serviceName: "native", desiredCount: 1, ...launch });
  expect(await refusal(world.createTaskSet({ service: "native" }))).toBe(
    "InvalidParameterException: Amazon ECS only supports task set management on services configured to use external deployment controllers.",
  );
  expect(await refusal(world.createTaskSet({ service: "nothing" }))).toBe(
    "ServiceNotFoundException: Service not found.",
  );
  expect(await refusal(world.createTaskSet({ cluster: "nothing" }))).toBe(
    "ClusterNotFoundException: Cluster not found.",
  );
  await world.call("DeleteService", { ...world.at, force: true });
  expect(await refusal(world.createTaskSet())).toBe("ServiceNotActiveException: Service was not ACTIVE.");
});

test("DescribeTaskSets names the missing, and gives tags only when asked", async () => {
  const world = await account();
  const taskSet = await world.createTaskSet({ tags: [{ key: "a", value: "b" }] });
  const answer = await world.call("DescribeTaskSets", { ...world.at, taskSets: [taskSet.id, "ecs-svc/1"] });
  expect(answer).toMatchObject({
    taskSets: [{ id: taskSet.id, tags: [] }],
    failures: [{ reason: "MISSING", arn: expect.stringContaining("task-set/shop/orders/ecs-svc/1") }],
  });
  const [seen] = (await world.service()).taskSets ?? [];
  expect(seen).toMatchObject({ id: taskSet.id, scale: { value: 100 } });
  expect(seen?.loadBalancers).toBeUndefined();
});

test("stale reads show the past, writes see the present", async () => {
  const world = await account();
  const taskSet = await world.createTaskSet();
  await world.advance(20);
  world.settings.staleReadsMs = 5000;
  await world.call("UpdateTaskSet", {
    ...world.at,
    taskSet: taskSet.id,
    scale: { value: 50, unit: "PERCENT" },
  });
  expect(await world.taskSets()).toMatchObject([{ scale: { value: 100 }, computedDesiredCount: 2 }]);
  expect((await world.service()).taskSets).toMatchObject([{ scale: { value: 100 } }]);
  await world.advance(5);
  expect(await world.taskSets()).toMatchObject([{ scale: { value: 50 }, computedDesiredCount: 1 }]);
  const fresh = await world.createTaskSet();
  expect((await world.taskSets()).map(({ id }) => id)).not.toContain(fresh.id);
});
