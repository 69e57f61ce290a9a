import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../../../sandbox/clock.ts";
import { createVirtualRuntime } from "../../../sandbox/runtime/virtual.ts";
import { createSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";

const clock = new VirtualClock();
let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
});

test.each(["ECS", "EXTERNAL"] as const)(
  "ready means that every target of the %s service is healthy",
  async (controller) => {
    sandbox = await createSandbox({
      definition: {
        images: {},
        cluster: "demo",
        loadBalancers: [{ name: "pages", listeners: [{ name: "http", default: { forward: { pages: 1 } } }] }],
        targetGroups: [{ name: "pages", port: 8080 }],
        services: [
          {
            name: "pages",
            desiredCount: 3,
            controller,
            targetGroup: "pages",
            taskDefinition: { family: "pages", image: "pages:1", container: "app", containerPort: 8080 },
          },
        ],
      },
      directory: import.meta.dirname,
      clock,
      simulation: createVirtualRuntime({ clock, settings: { speed: 1 }, images: { "pages:1": {} } }),
    });
    await sandbox.ready(60_000);
    const targets = sandbox.elbv2.view().groups.flatMap((group) => group.targets);
    expect(targets.map(({ state }) => state)).toEqual(["healthy", "healthy", "healthy"]);
  },
);
