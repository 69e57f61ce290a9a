import { listenerArn, loadBalancerArn, ruleArn, targetGroupArn } from "../../../sandbox/arns.ts";
import type { ActionDefinition, Definition, ServiceDefinition } from "../../../sandbox/definition.ts";
import type { Behaviour } from "../../../sandbox/runtime/behaviour.ts";

const ACCOUNT = { region: "eu-west-1", accountId: "123456789012" };

export interface AccountOptions {
  /** Default 2. */
  readonly desiredCount?: number;
  /** Where production traffic comes in. Default: one rule. */
  readonly production?: "rule" | "two-rules" | "default-action";
  readonly networkMode?: "awsvpc" | "bridge" | "host";
  readonly stickySeconds?: number;
  /** A service of its own has 20 % of the production rule. */
  readonly thirdGroup?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The service has no task set yet. */
  readonly empty?: boolean;
  /** Where its images are, without a slash at the end. Default: nowhere that anybody could ask. */
  readonly registry?: string;
  /** Its containers log to CloudWatch Logs. */
  readonly logs?: boolean;
}

export const BLUE = targetGroupArn(ACCOUNT, "orders-blue");
export const GREEN = targetGroupArn(ACCOUNT, "orders-green");
const DRAIN_SECONDS = 4;
const LOGS = { group: "/ecs/orders", streamPrefix: "orders" };

const LISTENER = listenerArn(loadBalancerArn(ACCOUNT, "app", "shop"), "http");
export const TEST_RULE = ruleArn(LISTENER, "test");

/** ARNs of the production routes, in the order of the spec. */
export function productionArns({ production = "rule" }: AccountOptions): readonly string[] {
  if (production === "default-action") return [LISTENER];
  return production === "rule"
    ? [ruleArn(LISTENER, "orders")]
    : [ruleArn(LISTENER, "orders"), ruleArn(LISTENER, "mobile")];
}

/** orders:1 serves; orders:2 and orders:4 are good releases; the others fail, each in its own way. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "orders:1": {},
  "orders:2": {},
  "orders:3": { errorRate: 0.2 },
  "orders:4": {},
  "orders:crash-loop": { readyAfterMs: "never", crash: { afterMs: 3_000, exitCode: 1 } },
  "orders:never-ready": { readyAfterMs: "never" },
  "cart:1": {},
};

/** The service "orders" in blue, all of its weight there, and green beside it. */
export function definitionOf(options: AccountOptions): Definition {
  const instanceTargets = options.networkMode === "bridge" || options.networkMode === "host";
  const group = (name: string): Definition["targetGroups"][number] => ({
    name,
    port: 8080,
    targetType: instanceTargets && name !== "cart" ? "instance" : "ip",
    healthCheck: {
      path: "/",
      intervalSeconds: 5,
      timeoutSeconds: 2,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    },
    attributes: {
      "deregistration_delay.timeout_seconds": String(DRAIN_SECONDS),
      ...(name === "cart" ? {} : options.attributes),
    },
  });
  return {
    ...ACCOUNT,
    images: options.registry ? storedImages(options) : {},
    loadBalancers: [{ name: "shop", listeners: [listenerOf(options)] }],
    targetGroups: [
      group("orders-blue"),
      group("orders-green"),
      ...(options.thirdGroup ? [group("cart")] : []),
    ],
    ...(options.logs ? { logGroups: [LOGS.group] } : {}),
    cluster: "shop",
    services: [ordersService(options), ...(options.thirdGroup ? [cartService] : [])],
  };
}

function listenerOf(options: AccountOptions): Definition["loadBalancers"][number]["listeners"][number] {
  const { production = "rule", stickySeconds } = options;
  const action: ActionDefinition = {
    forward: options.thirdGroup
      ? { "orders-blue": 80, cart: 20, "orders-green": 0 }
      : { "orders-blue": 100, "orders-green": 0 },
    ...(stickySeconds ? { stickySeconds } : {}),
  };
  const rule = (name: string, priority: number, host: string) => ({
    name,
    priority,
    when: { host: [host] },
    action,
  });
  const test = {
    name: "test",
    priority: 1,
    when: { header: { name: "x-test", values: ["1"] } },
    action: { forward: { "orders-blue": 100 } },
  };
  if (production === "default-action") return { name: "http", default: action, rules: [test] };
  const rules = [rule("orders", 10, "orders.example"), rule("mobile", 20, "mobile.example")];
  return {
    name: "http",
    default: { respond: { status: 404 } },
    rules: [test, ...rules.slice(0, production === "two-rules" ? 2 : 1)],
  };
}

/** How images behave, by the names that they have. */
export function behavioursOf({ registry }: AccountOptions): Readonly<Record<string, Behaviour>> {
  if (!registry) return BEHAVIOURS;
  const images = Object.entries(BEHAVIOURS);
  return Object.fromEntries(images.map(([name, behaviour]) => [`${registry}/${name}`, behaviour]));
}

/** What the registry can say of them. */
function storedImages(options: AccountOptions): Definition["images"] {
  return Object.fromEntries(Object.keys(behavioursOf(options)).map((name) => [name, { command: [] }]));
}

function ordersService(options: AccountOptions): ServiceDefinition {
  const { desiredCount = 2, networkMode = "awsvpc", registry } = options;
  return {
    name: "orders",
    desiredCount,
    ...(options.empty ? {} : { targetGroup: "orders-blue" }),
    taskDefinition: {
      family: "orders",
      image: registry ? `${registry}/orders:1` : "orders:1",
      container: "app",
      containerPort: 8080,
      networkMode,
      stopTimeoutSeconds: 5,
      ...(options.logs ? { logs: LOGS } : {}),
    },
  };
}

const cartService: ServiceDefinition = {
  name: "cart",
  desiredCount: 1,
  targetGroup: "cart",
  taskDefinition: { family: "cart", image: "cart:1", container: "app", containerPort: 8080 },
};
