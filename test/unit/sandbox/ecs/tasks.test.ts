import { expect, test } from "vitest";
import { account, BLUE, DRAIN_MS, definition, INSTANCES, refusal, taskSetInput } from "./world.ts";

test("tasks get addresses in both zones, are startedBy their set, and register when they run", async () => {
  const world = await account();
  const taskSet = await world.createTaskSet();
  await world.advance(1);
  expect(world.groups.log).toEqual([]);
  expect((await world.tasks()).map(({ lastStatus }) => lastStatus)).toEqual(["PROVISIONING", "PROVISIONING"]);
  await world.advance(4);
  expect((await world.tasks()).map(({ lastStatus }) => lastStatus)).toEqual(["PENDING", "PENDING"]);
  await world.advance(7);

  const tasks = await world.tasks();
  expect(tasks.map(({ availabilityZone }) => availabilityZone).sort()).toEqual(["eu-west-1a", "eu-west-1b"]);
  expect(new Set(tasks.map(({ startedBy }) => startedBy))).toEqual(new Set([taskSet.id]));
  const addresses = tasks.map(
    (task) => task.attachments?.[0]?.details?.find(({ name }) => name === "privateIPv4Address")?.value,
  );
  expect(world.groups.log.sort()).toEqual(addresses.map((address) => `register ${address}:8080`).sort());
  expect(tasks[0]?.containers?.[0]?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(world.ecs.view().services[0]?.taskSets[0]).toMatchObject({
    targetGroupArn: BLUE,
    scalePercent: 100,
    tasks: [{ lastStatus: "RUNNING", target: { id: addresses[0], port: 8080 } }, {}],
  });
});

test("scaling in deregisters, waits the drain, and only then stops the newest", async () => {
  const world = await account();
  const taskSet = await world.createTaskSet({ scale: { value: 50, unit: "PERCENT" } });
  await world.advance(20);
  const [oldest] = await world.tasks();
  await world.call("UpdateTaskSet", {
    ...world.at,
    taskSet: taskSet.id,
    scale: { value: 100, unit: "PERCENT" },
  });
  await world.advance(20);
  await world.call("UpdateTaskSet", {
    ...world.at,
    taskSet: taskSet.id,
    scale: { value: 50, unit: "PERCENT" },
  });
  await world.advance(DRAIN_MS / 1000 - 1);
  const [draining] = await world.tasks("STOPPED");
  expect(draining).toMatchObject({ lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" });
  await world.advance(3);
  expect((await world.tasks()).map(({ taskArn }) => taskArn)).toEqual([oldest?.taskArn]);
  expect(await world.tasks("STOPPED")).toMatchObject([
    {
      taskArn: draining?.taskArn,
      lastStatus: "STOPPED",
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: `Scaling activity initiated by (deployment ${taskSet.id})`,
      containers: [{ exitCode: 0 }],
    },
  ]);
});

test("a stubborn container is killed after its stop timeout, and stays visible for an hour", async () => {
  const world = await account({ desiredCount: 1 });
  const taskSet = await world.createTaskSet(taskSetInput("orders-stubborn"));
  await world.advance(20);
  await world.call("DeleteTaskSet", { ...world.at, taskSet: taskSet.id, force: true });
  await world.advance(DRAIN_MS / 1000 + 29);
  expect(await world.tasks("STOPPED")).toMatchObject([{ lastStatus: "STOPPING" }]);
  await world.advance(2);
  expect(await world.tasks("STOPPED")).toMatchObject([
    { lastStatus: "STOPPED", containers: [{ exitCode: 137 }] },
  ]);
  await world.advance(3590);
  expect(await world.tasks("STOPPED")).toHaveLength(1);
  await world.advance(20);
  expect(await world.tasks("STOPPED")).toEqual([]);
});

test("a task that runs and dies is replaced at once, again and again, without backoff", async () => {
  const world = await account({ desiredCount: 1 });
  const taskSet = await world.createTaskSet(taskSetInput("orders-crashing"));
  await world.advance(160);
  const stopped = await world.tasks("STOPPED");
  expect(stopped.length).toBeGreaterThanOrEqual(9);
  expect(stopped[0]).toMatchObject({
    startedBy: taskSet.id,
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [{ name: "app", exitCode: 3 }],
  });
});

test("tasks that cannot start back off, up to fifteen minutes, and say why", async () => {
  const world = await account({ desiredCount: 1 });
  await world.createTaskSet(taskSetInput("orders-no-secret"));
  await world.advance(60);
  const early = await world.tasks("STOPPED");
  expect(early[0]).toMatchObject({
    stopCode: "TaskFailedToStart",
    stoppedReason: expect.stringMatching(/^ResourceInitializationError: unable to pull secrets/),
    startedAt: undefined,
  });
  await world.advance(3 * 3600);
  const starts = world.changes.filter(({ kind }) => kind === "task-stopped").map(({ atMs }) => atMs);
  const gaps = starts.slice(1).map((atMs, index) => atMs - (starts[index] ?? 0));
  expect(gaps.every((gap, index) => index === 0 || gap >= (gaps[index - 1] ?? 0) - 2000)).toBe(true);
  expect(Math.max(...gaps)).toBeGreaterThanOrEqual(15 * 60_000);
  expect(Math.max(...gaps)).toBeLessThan(16 * 60_000);
  expect((await world.service()).events?.[0]?.message).toMatch(
    /unable to consistently start tasks successfully/,
  );
});

test("an unknown image cannot be pulled", async () => {
  const world = await account({ desiredCount: 1 });
  await world.call("RegisterTaskDefinition", definition("orders:404"));
  await world.createTaskSet(taskSetInput("orders-404"));
  await world.advance(12);
  expect(await world.tasks("STOPPED")).toMatchObject([
    {
      stoppedReason: expect.stringMatching(/^CannotPullContainerError: .*orders:404/),
      containers: [{ reason: expect.stringMatching(/^CannotPullContainerError/) }],
    },
  ]);
});

test("an unhealthy target is left alone in the grace period, then its task is replaced", async () => {
  const world = await account({ desiredCount: 1 });
  await world.call("UpdateService", { ...world.at, healthCheckGracePeriodSeconds: 60 });
  await world.createTaskSet();
  await world.advance(20);
  const target = world.ecs.view().services[0]?.taskSets[0]?.tasks[0]?.target;
  if (!target) throw new Error("no target");
  world.groups.force(BLUE, target, "unhealthy");
  await world.advance(40);
  expect(await world.taskSets()).toMatchObject([{ runningCount: 1, stabilityStatus: "STABILIZING" }]);
  expect(await world.tasks("STOPPED")).toEqual([]);
  await world.advance(40);
  expect(await world.tasks("STOPPED")).toMatchObject([
    { stoppedReason: `Task failed ELB health checks in (target-group ${BLUE})` },
  ]);
  expect(await world.tasks()).toHaveLength(1);
  expect(await world.taskSets()).toMatchObject([{ stabilityStatus: "STEADY_STATE" }]);
});

test("a shortage of capacity is an event, and ends when there is room", async () => {
  const world = await account({ settings: { taskLimit: 1 } });
  await world.createTaskSet();
  await world.advance(30);
  expect(await world.tasks()).toHaveLength(1);
  const messages = ((await world.service()).events ?? []).map(({ message }) => message);
  expect(messages.filter((message) => message?.includes("was unable to place a task"))).toHaveLength(1);
  world.settings.taskLimit = 5;
  await world.advance(20);
  expect(await world.taskSets()).toMatchObject([{ runningCount: 2, stabilityStatus: "STEADY_STATE" }]);
});

test("faults: a crash, a Spot interruption and failing starts", async () => {
  const world = await account();
  await world.createTaskSet();
  await world.advance(20);
  const [first, second] = await world.tasks();
  world.ecs.faults.crash(first?.taskArn ?? "", 42);
  world.ecs.faults.interruptSpot(second?.taskArn ?? "");
  const service = (await world.service()).serviceArn ?? "";
  world.ecs.faults.failStarts(service, "ResourceInitializationError: no");
  await world.advance(12);
  const stopped = await world.tasks("STOPPED");
  expect(stopped.slice(0, 2)).toMatchObject([
    { stopCode: "EssentialContainerExited", containers: [{ exitCode: 42 }] },
    { stopCode: "SpotInterruption", stoppedReason: "Your Spot Task was interrupted." },
  ]);
  expect(stopped.slice(2).every(({ stopCode }) => stopCode === "TaskFailedToStart")).toBe(true);
  world.ecs.faults.failStarts(service, undefined);
  await world.advance(40);
  expect(await world.tasks()).toHaveLength(2);
});

test("bridge networking: dynamic host ports on EC2 instances, which can die", async () => {
  const world = await account({ desiredCount: 4 });
  await world.call("RegisterTaskDefinition", {
    family: "bridged",
    networkMode: "bridge",
    memory: "512",
    containerDefinitions: [{ name: "app", image: "orders:1", portMappings: [{ containerPort: 8080 }] }],
  });
  await world.call("CreateTaskSet", {
    ...world.at,
    taskDefinition: "bridged",
    launchType: "EC2",
    scale: { value: 100, unit: "PERCENT" },
    loadBalancers: [{ targetGroupArn: INSTANCES, containerName: "app", containerPort: 8080 }],
  });
  await world.advance(20);
  const tasks = await world.tasks();
  const ports = tasks.map((task) => task.containers?.[0]?.networkBindings?.[0]?.hostPort);
  expect(ports).toEqual([32768, 32768, 32769, 32769]);
  const instances = await world.call<{
    containerInstances: { ec2InstanceId: string; runningTasksCount: number }[];
  }>("DescribeContainerInstances", {
    cluster: "shop",
    containerInstances: tasks.slice(0, 2).map((task) => task.containerInstanceArn),
  });
  expect(instances.containerInstances.map(({ runningTasksCount }) => runningTasksCount)).toEqual([2, 2]);
  const lost = instances.containerInstances[0]?.ec2InstanceId ?? "";
  expect(world.groups.log).toContain(`register ${lost}:32768`);

  world.ecs.faults.terminateInstance(lost);
  await world.advance(20);
  expect(await world.tasks("STOPPED")).toMatchObject([
    { stoppedReason: `Host EC2 (instance ${lost}) terminated.` },
    { stopCode: "TerminationNotice" },
  ]);
  expect(new Set((await world.tasks()).map((task) => task.containerInstanceArn)).size).toBe(1);
});

test("host networking: one task per instance and port, the rest cannot be placed", async () => {
  const world = await account({ desiredCount: 3 });
  await world.call("RegisterTaskDefinition", {
    family: "hosted",
    networkMode: "host",
    memory: "512",
    containerDefinitions: [{ name: "app", image: "orders:1", portMappings: [{ containerPort: 8080 }] }],
  });
  await world.call("CreateTaskSet", {
    ...world.at,
    taskDefinition: "hosted",
    scale: { value: 100, unit: "PERCENT" },
    loadBalancers: [{ targetGroupArn: INSTANCES, containerName: "app", containerPort: 8080 }],
  });
  await world.advance(20);
  expect(await world.tasks()).toHaveLength(2);
  expect((await world.service()).events?.map(({ message }) => message).join("\n")).toContain(
    "(service orders) was unable to place a task because no container instance met all of its requirements.",
  );
});

test("ListTasks: startedBy excludes other filters; pages; unknown services are an error", async () => {
  const world = await account({ desiredCount: 5 });
  const taskSet = await world.createTaskSet();
  await world.advance(12);
  const list = (input: Record<string, unknown>) =>
    world.call<{ taskArns: string[]; nextToken?: string }>("ListTasks", { cluster: "shop", ...input });
  expect((await list({ startedBy: taskSet.id })).taskArns).toHaveLength(5);
  expect(await refusal(list({ startedBy: taskSet.id, serviceName: "orders" }))).toMatch(/startedBy/);
  expect(await refusal(list({ startedBy: taskSet.id, desiredStatus: "STOPPED" }))).toMatch(/startedBy/);
  expect(await refusal(list({ serviceName: "nothing" }))).toBe(
    "ServiceNotFoundException: Service not found.",
  );
  const first = await list({ serviceName: "orders", maxResults: 3 });
  const second = await list({ serviceName: "orders", maxResults: 3, nextToken: first.nextToken });
  expect([first.taskArns.length, second.taskArns.length, second.nextToken]).toEqual([3, 2, undefined]);
  expect(new Set([...first.taskArns, ...second.taskArns]).size).toBe(5);
});

test("StopTask stops gracefully with the given reason, and the service replaces it", async () => {
  const world = await account({ desiredCount: 1 });
  await world.createTaskSet();
  await world.advance(20);
  const [task] = await world.tasks();
  await world.call("StopTask", { cluster: "shop", task: task?.taskArn, reason: "by hand" });
  await world.advance(40);
  expect(await world.tasks("STOPPED")).toMatchObject([
    { stopCode: "UserInitiated", stoppedReason: "by hand" },
  ]);
  expect(await world.tasks()).toHaveLength(1);
  expect(await world.call("DescribeTasks", { cluster: "shop", tasks: ["nothing"] })).toMatchObject({
    tasks: [],
    failures: [{ reason: "MISSING" }],
  });
});
