import { type Clock, VirtualClock } from "../../../sandbox/clock.ts";
import type { Definition } from "../../../sandbox/definition.ts";
import type { Settings } from "../../../sandbox/ports.ts";
import { createVirtualRuntime } from "../../../sandbox/runtime/virtual.ts";
import { createSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";

export interface AccountOptions {
  readonly clock?: Clock;
  readonly settings?: Partial<Settings>;
  /** Of the service "orders". Default: none. */
  readonly scaling?: { readonly minCapacity: number; readonly maxCapacity: number };
}

export const CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop";

/** Cluster "shop" with the empty services "orders" and "cart", of four and two tasks. */
export async function openAccount({ clock, settings, scaling }: AccountOptions = {}): Promise<Sandbox> {
  const time = clock ?? new VirtualClock();
  const service = (name: string, desiredCount: number): Definition["services"][number] => ({
    name,
    desiredCount,
    taskDefinition: { family: name, image: `${name}:1`, container: "app", containerPort: 8080 },
  });
  return createSandbox({
    definition: {
      images: {},
      loadBalancers: [],
      targetGroups: [],
      cluster: "shop",
      services: [{ ...service("orders", 4), ...(scaling ? { scaling } : {}) }, service("cart", 2)],
    },
    directory: import.meta.dirname,
    clock: time,
    simulation: createVirtualRuntime({ clock: time, settings: { speed: 1 }, images: {} }),
    ...(settings ? { settings } : {}),
  });
}

/** For SDK clients of the account; the region and the keys mean nothing to it. */
export function clientConfig(sandbox: Sandbox) {
  return {
    endpoint: sandbox.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIA0000000000000000", secretAccessKey: "not-a-secret" },
    maxAttempts: 1,
  };
}
