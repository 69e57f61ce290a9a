import { resolve } from "node:path";
import { stringify } from "yaml";
import { type Account, listenerArn, loadBalancerArn, ruleArn, targetGroupArn } from "../../sandbox/arns.ts";
import type { Definition, ImageDefinition, LoadBalancerDefinition } from "../../sandbox/definition.ts";
import { readSandboxFile } from "../../sandbox/file.ts";
import type { Settings } from "../../sandbox/ports.ts";

/** The example service, whose images run in these tests. */
export const EXAMPLE = resolve("examples/orders");

const ACCOUNT: Account = { region: "eu-west-1", accountId: "123456789012" };

/** CloudWatch's minutes shortened to seconds, and AWS four times as quick. */
export const QUICK: Partial<Settings> = { speed: 4, metricPeriodSeconds: 1, metricDelayMs: 500 };

const HEALTH_CHECK = {
  path: "/readyz",
  intervalSeconds: 5,
  timeoutSeconds: 4,
  healthyThreshold: 2,
  unhealthyThreshold: 10,
};

export interface OrdersOptions {
  readonly desiredCount?: number;
  readonly deregistrationSeconds?: number;
  /** Beside those of the example. */
  readonly images?: Readonly<Record<string, ImageDefinition>>;
  /** Instead of the example's one listener with a production rule and a header rule. */
  readonly listeners?: LoadBalancerDefinition["listeners"];
}

/** An image of the example service with its own version and fault. */
export function ordersImage(version: string, fault?: string): ImageDefinition {
  return {
    command: ["node", "server.mjs"],
    environment: { VERSION: version, ...(fault ? { FAULT: fault } : {}) },
  };
}

/** An image that dies as soon as there is the file `diesBy`; see dies.mjs. */
export function mortalImage(version: string, diesBy: string): ImageDefinition {
  const image = ordersImage(version);
  return {
    ...image,
    command: ["node", "--import", resolve("test/sandbox/dies.mjs"), "server.mjs"],
    environment: { ...image.environment, DIES_BY: diesBy },
  };
}

/**
 * The example's account, with a shorter deregistration delay, and health checks that a busy machine passes.
 * A task's stop timeout is as long as `QUICK.speed` makes it.
 */
export function ordersDefinition(options: OrdersOptions = {}): Definition {
  const read = readSandboxFile(resolve(EXAMPLE, "sandbox.yml"));
  if (read.kind === "problems") throw new Error(read.problems.join("\n"));
  const { definition } = read;
  const quickStop = { LAME_DUCK_SECONDS: "0.2", STOP_TIMEOUT_SECONDS: "5" };
  const images = Object.entries({ ...definition.images, ...options.images }).map(
    ([name, image]) => [name, { ...image, environment: { ...quickStop, ...image.environment } }] as const,
  );
  const attributes = {
    "deregistration_delay.timeout_seconds": String(options.deregistrationSeconds ?? 3),
  };
  return {
    ...definition,
    images: Object.fromEntries(images),
    loadBalancers: definition.loadBalancers.map((balancer) => ({
      ...balancer,
      listeners: options.listeners ?? balancer.listeners,
    })),
    targetGroups: definition.targetGroups.map((group) => ({
      ...group,
      healthCheck: HEALTH_CHECK,
      attributes,
    })),
    services: definition.services.map((service) => ({
      ...service,
      desiredCount: options.desiredCount ?? 2,
      taskDefinition: { ...service.taskDefinition, stopTimeoutSeconds: 20 },
    })),
  };
}

/** ARNs by the names of a sandbox file: "http" is a listener, "http/orders" a rule. */
export function routeArn(name: string, balancer = "orders", kind: "app" | "net" = "app"): string {
  const [listener = "", rule] = name.split("/");
  const arn = listenerArn(loadBalancerArn(ACCOUNT, kind, balancer), listener);
  return rule ? ruleArn(arn, rule) : arn;
}

export const groupArn = (name: string): string => targetGroupArn(ACCOUNT, name);

const byName = (name: string): object =>
  name.includes("/") ? { "listener-rule": routeArn(name) } : { listener: routeArn(name) };

export interface SpecOptions {
  /** Routes by the names of the sandbox file. */
  readonly production?: readonly string[];
  readonly test?: string;
  /** Over the quick defaults, as the spec has it. */
  readonly with?: Readonly<Record<string, unknown>>;
}

/** A spec with the waits of a test: settle 1 s, bake 3 s, a gate that looks every second. */
export function specText({
  production = ["http/orders"],
  test = "http/orders-test",
  ...rest
}: SpecOptions = {}) {
  return stringify({
    version: 1,
    service: "orders",
    cluster: "demo",
    strategy: "blue-green",
    traffic: { production: production.map(byName), test: byName(test) },
    settle: "1s",
    bake: "3s",
    "smoke-checks": [{ path: "/version", json: { version: "${version}" } }],
    gates: { errors: { period: "1s", "min-requests": 50, patience: "15s" } },
    ...rest.with,
  });
}
