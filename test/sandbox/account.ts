import { realClock } from "../../sandbox/clock.ts";
import type { Definition, ListenerDefinition, RuleDefinition } from "../../sandbox/definition.ts";
import { createVirtualRuntime } from "../../sandbox/runtime/virtual.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { groupArn } from "./orders.ts";

/** Services of one account, each with a trait that a release cannot work with; `fine` has none. */
const SERVICES = [
  "fine",
  "ecs",
  "single",
  "astray",
  "shared",
  "full",
  "foreign",
  "silent",
  "zero",
  "empty",
] as const;
export type ServiceName = (typeof SERVICES)[number] | "elsewhere" | "short";

const groups = (name: string): readonly [string, string] => [`${name}-blue`, `${name}-green`];
const SPEED = 20;

/** Simulated tasks: nothing in these tests sends a request. */
export const simulation = () =>
  createVirtualRuntime({ clock: realClock, settings: { speed: SPEED }, images: { "orders:1": {} } });

/** Two load balancers: "orders" with all of `SERVICES`, and "other" with `elsewhere`. */
export function accountDefinition(): Definition {
  return {
    region: "eu-west-1",
    accountId: "123456789012",
    images: {},
    cluster: "demo",
    settings: { speed: SPEED },
    loadBalancers: [
      {
        name: "orders",
        listeners: [listener([...[...SERVICES, "short" as const].flatMap(rulesOf), extraRule()])],
      },
      { name: "other", listeners: [listener(rulesOf("elsewhere", 0))] },
    ],
    targetGroups: ["stranger", ...[...SERVICES, "elsewhere", "short"].flatMap(groups)].map((name) => ({
      name,
      port: 8080,
      healthCheck: { path: "/readyz" },
    })),
    services: [...SERVICES, "elsewhere"].map((name) => ({
      name,
      desiredCount: name === "zero" ? 0 : 1,
      controller: name === "ecs" ? "ECS" : "EXTERNAL",
      ...(name === "empty" ? {} : { targetGroup: groups(name)[0] }),
      taskDefinition: { family: name, image: "orders:1", container: "app", containerPort: 8080 },
    })),
  };
}

const listener = (rules: readonly RuleDefinition[]): ListenerDefinition => ({
  name: "http",
  default: { respond: { status: 404 } },
  rules,
});

/** A rule of which the spec of `shared` says nothing. */
const extraRule = (): RuleDefinition => ({
  name: "shared-too",
  priority: 900,
  when: { path: ["/shared-too/*"] },
  action: { forward: { "shared-blue": 1 } },
});

function rulesOf(name: ServiceName, index: number): RuleDefinition[] {
  const [blue, green] = groups(name);
  const both = { [blue]: 100, [green]: 0 };
  const test = name === "astray" ? { stranger: 1 } : { [blue]: 1 };
  return [
    {
      name: `${name}-test`,
      priority: 10 + index,
      when: { path: [`/${name}/*`], header: { name: "x-sluice-test", values: ["1"] } },
      action: { forward: test },
    },
    {
      name,
      priority: 100 + index,
      when: { path: [`/${name}/*`] },
      action: { forward: name === "single" ? { [blue]: 100 } : both },
    },
  ];
}

/** Makes what a sandbox file cannot say: task sets beside the first, and `short`, whose ARN has the old format. */
export async function arrangeAccount(sandbox: Sandbox): Promise<void> {
  const ecs = async (operation: string, input: object): Promise<void> => {
    await sandbox.ecs.service.operations[operation]?.(input, { operation, accessKeyId: "arranged" });
  };
  const createTaskSet = (service: ServiceName, tags: Readonly<Record<string, string>> = {}) =>
    ecs("CreateTaskSet", {
      cluster: "demo",
      service,
      taskDefinition: "fine",
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-eu-west-1a"] } },
      loadBalancers: [
        { targetGroupArn: groupArn(groups(service)[1]), containerName: "app", containerPort: 8080 },
      ],
      scale: { value: 0, unit: "PERCENT" },
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
  for (let more = 1; more < 5; more++) await createTaskSet("full");
  await createTaskSet("silent");
  const stable = sandbox.ecs.view().services.find(({ name }) => name === "foreign")?.taskSets[0]?.id ?? "";
  await createTaskSet("foreign", {
    "sluice:rollout": "7999",
    "sluice:replaces": stable,
    "sluice:run": "https://github.example/acme/orders/actions/runs/7999",
  });
  sandbox.settings.longServiceArns = false;
  const deploymentController = { type: "EXTERNAL" };
  await ecs("CreateService", {
    cluster: "demo",
    serviceName: "short",
    desiredCount: 1,
    deploymentController,
  });
  await createTaskSet("short");
}
