import { expect, test } from "vitest";
import { realClock } from "../../../../sandbox/clock.ts";
import { createEcs } from "../../../../sandbox/ecs/ecs.ts";
import { createProcessRuntime } from "../../../../sandbox/runtime/processes.ts";
import { BLUE, definition, FakeGroups, SETTINGS, taskSetInput } from "./world.ts";

const SERVER = `require("node:http")
  .createServer((_, response) => response.end(process.env.A))
  .listen(Number(process.env.PORT), process.env.HOST)`;

test("on the real clock, tasks are processes that answer at their registered targets", async () => {
  const settings = { ...SETTINGS, speed: 100 };
  const images = { "orders:1": { command: [process.execPath, "-e", SERVER] } };
  const runtime = createProcessRuntime({ images, directory: ".", settings });
  const surroundings = { clock: realClock, region: "eu-west-1", accountId: "111111111111", settings };
  const ecs = createEcs({ surroundings, targetGroups: new FakeGroups(realClock), runtime });
  const running = new Promise<string>((resolve) => {
    ecs.onChange((change) => {
      if (change.kind === "task-running") resolve(change.target?.id ?? "");
    });
  });
  try {
    for (const [operation, input] of [
      ["CreateCluster", { clusterName: "shop" }],
      ["RegisterTaskDefinition", definition("orders:1")],
      [
        "CreateService",
        {
          cluster: "shop",
          serviceName: "orders",
          desiredCount: 1,
          deploymentController: { type: "EXTERNAL" },
        },
      ],
      ["CreateTaskSet", { cluster: "shop", service: "orders", ...taskSetInput() }],
    ] as const)
      await ecs.service.operations[operation]?.(input, { operation, accessKeyId: "test" });
    const address = await running;
    expect(ecs.view().services[0]?.taskSets[0]).toMatchObject({
      targetGroupArn: BLUE,
      tasks: [{ lastStatus: "RUNNING", target: { id: address, port: 8080 } }],
    });
    expect(await answerOf(runtime.addresses.resolve(address, 8080))).toBe("b");
  } finally {
    ecs.close();
    await runtime.close();
  }
});

async function answerOf(endpoint: { host: string; port: number } | undefined): Promise<string> {
  for (let tries = 0; tries < 150; tries++) {
    try {
      return await (await fetch(`http://${endpoint?.host}:${endpoint?.port}/`)).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return "no answer";
}
