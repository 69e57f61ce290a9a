import { expect, test } from "vitest";
import { account, refusal } from "./world.ts";

test("clusters are described, missing ones are failures, and only empty ones can be deleted", async () => {
  const world = await account();
  await world.createTaskSet();
  await world.advance(20);
  expect(await world.call("DescribeClusters", { clusters: ["shop", "nothing"] })).toMatchObject({
    clusters: [{ clusterName: "shop", status: "ACTIVE", runningTasksCount: 2, activeServicesCount: 1 }],
    failures: [{ reason: "MISSING", arn: expect.stringMatching(/cluster\/nothing$/) }],
  });
  expect(await refusal(world.call("DeleteCluster", { cluster: "shop" }))).toMatch(/^ClusterContainsServices/);
  await world.call("CreateCluster", { clusterName: "empty" });
  await world.call("DeleteCluster", { cluster: "empty" });
  expect(await refusal(world.call("ListTasks", { cluster: "empty" }))).toBe(
    "ClusterNotFoundException: Cluster not found.",
  );
  expect(await world.call("ListClusters", {})).toMatchObject({
    clusterArns: ["arn:aws:ecs:eu-west-1:111111111111:cluster/shop"],
  });
});

test("a cluster has container instances in different zones", async () => {
  const world = await account();
  const { containerInstanceArns } = await world.call<{ containerInstanceArns: string[] }>(
    "ListContainerInstances",
    { cluster: "shop" },
  );
  const described = await world.call<{
    containerInstances: { ec2InstanceId: string; attributes: unknown[] }[];
  }>("DescribeContainerInstances", {
    cluster: "shop",
    containerInstances: [...containerInstanceArns, "nothing"],
  });
  expect(described).toMatchObject({
    containerInstances: [
      { status: "ACTIVE", attributes: [{ value: "eu-west-1a" }] },
      { status: "ACTIVE", attributes: [{ value: "eu-west-1b" }] },
    ],
    failures: [{ arn: "nothing", reason: "MISSING" }],
  });
  expect(described.containerInstances[0]?.ec2InstanceId).toMatch(/^i-0[0-9a-f]{16}$/);
});
