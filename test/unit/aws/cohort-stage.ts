import type { Rule } from "@aws-sdk/client-elastic-load-balancing-v2";
import { listenerArn, loadBalancerArn, ruleArn, targetGroupArn } from "../../../sandbox/arns.ts";
import { VirtualClock } from "../../../sandbox/clock.ts";
import type { Definition } from "../../../sandbox/definition.ts";
import { createVirtualRuntime } from "../../../sandbox/runtime/virtual.ts";
import { createSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { type Clients, createClients } from "../../../src/aws/clients.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { setEnvironment } from "../../environment.ts";

const ACCOUNT = { region: "eu-west-1", accountId: "123456789012" };
export const LISTENER = listenerArn(loadBalancerArn(ACCOUNT, "app", "shop"), "http");
export const DEFAULT_LISTENER = listenerArn(loadBalancerArn(ACCOUNT, "app", "shop"), "default");
export const PRODUCTION = ruleArn(LISTENER, "orders");
export const MOBILE = ruleArn(LISTENER, "mobile");
const TEST_RULE = ruleArn(LISTENER, "test");
export const BLUE = targetGroupArn(ACCOUNT, "orders-blue");
export const GREEN = targetGroupArn(ACCOUNT, "orders-green");

export interface Stage {
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  /** Of rollout "r1". */
  readonly plan: Pick<Plan, "rollout" | "cohortListeners" | "groups" | "routes" | "testRoute">;
  /** Past the wire. */
  api<T>(operation: string, input: object): Promise<T>;
  /** In order of priority, the default rule last. */
  rules(listener?: string): Promise<readonly Rule[]>;
  close(): Promise<void>;
}

/**
 * A load balancer with two listeners. "http": a test rule (1), another service's (5), the production rule
 * "orders" (10: host and path) and right behind it "mobile" (11). "default": forwards by its default action.
 */
export async function setStage(): Promise<Stage> {
  const clock = new VirtualClock();
  const sandbox = await createSandbox({
    definition: DEFINITION,
    directory: import.meta.dirname,
    clock,
    settings: { propagationDelayMs: { min: 0, max: 0 } },
    simulation: createVirtualRuntime({ clock, settings: { speed: 1 }, images: {} }),
  });
  const restore = setEnvironment({
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: "AKIA0000000000000000",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
  });
  const api = async <T>(operation: string, input: object): Promise<T> =>
    (await sandbox.elbv2.service.operations[operation]?.(input, { operation, accessKeyId: "else" })) as T;
  return {
    sandbox,
    clients: createClients(ACCOUNT.region),
    plan: {
      rollout: "r1",
      cohortListeners: [LISTENER, DEFAULT_LISTENER],
      groups: [BLUE, GREEN],
      routes: [
        { kind: "listener-rule", arn: PRODUCTION },
        { kind: "listener", arn: DEFAULT_LISTENER },
      ],
      testRoute: { kind: "listener-rule", arn: TEST_RULE },
    },
    api,
    rules: async (listener = LISTENER) =>
      (await api<{ Rules?: Rule[] }>("DescribeRules", { ListenerArn: listener })).Rules ?? [],
    async close() {
      restore();
      await sandbox.close();
    },
  };
}

const both = { forward: { "orders-blue": 100, "orders-green": 0 }, stickySeconds: 60 };

const DEFINITION: Definition = {
  ...ACCOUNT,
  images: {},
  loadBalancers: [
    {
      name: "shop",
      listeners: [
        {
          name: "http",
          default: { respond: { status: 404 } },
          rules: [
            {
              name: "test",
              priority: 1,
              when: { header: { name: "x-test", values: ["1"] } },
              action: { forward: { "orders-green": 1 } },
            },
            { name: "cart", priority: 5, when: { path: ["/cart"] }, action: { forward: { cart: 1 } } },
            {
              name: "orders",
              priority: 10,
              when: { host: ["shop.example"], path: ["/orders/*"] },
              action: both,
            },
            { name: "mobile", priority: 11, when: { host: ["m.example"] }, action: both },
          ],
        },
        { name: "default", default: both },
      ],
    },
  ],
  targetGroups: ["orders-blue", "orders-green", "cart"].map((name) => ({ name })),
  cluster: "shop",
  services: [],
};
