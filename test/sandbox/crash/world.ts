import { VirtualClock } from "../../../sandbox/clock.ts";
import type { Settings } from "../../../sandbox/ports.ts";
import type { Behaviour } from "../../../sandbox/runtime/behaviour.ts";
import { createVirtualRuntime, type VirtualRuntime } from "../../../sandbox/runtime/virtual.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../sandbox/sandbox.ts";
import { type Cohort, startTraffic, type Traffic } from "../../../sandbox/simulation/traffic.ts";
import type { WireCall } from "../../../sandbox/wire/gate.ts";
import { type ServiceSpec, serviceSchema } from "../../../src/core/spec/schema.ts";
import { setEnvironment } from "../../environment.ts";
import {
  type AccountOptions,
  BLUE,
  behavioursOf,
  definitionOf,
  GREEN,
  productionArns,
  TEST_RULE,
} from "./account.ts";

export interface WorldOptions extends AccountOptions {
  readonly settings?: Partial<Settings>;
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  /** How many phases run at once. Default 1. */
  readonly participants?: number;
  readonly spec?: Readonly<Record<string, unknown>>;
  /** On each production route. Default 40. */
  readonly requestsPerSecond?: number;
  /** Users among them with headers of their own. */
  readonly cohort?: Cohort;
  /** Users among them who keep their cookies; `share` of each route's requests. */
  readonly clients?: { readonly count: number; readonly share: number };
  /** How often users send. Default: once a second. */
  readonly tickMs?: number;
  readonly monitor?: SandboxOptions["monitor"];
}

export interface World {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly runtime: VirtualRuntime;
  readonly traffic: Traffic;
  readonly spec: ServiceSpec;
  /** The same with other keys, as a file has them. */
  specWith(over: Readonly<Record<string, unknown>>): ServiceSpec;
  readonly productionArns: readonly string[];
  /** Whom "kill" faults kill: set by whoever runs a phase. */
  onKill: (call: WireCall) => void;
  /** An operation done by somebody else, past the wire: no fault hits it and no monitor judges it. */
  api(service: "ecs" | "elbv2", operation: string, input: object): Promise<unknown>;
  close(): Promise<void>;
}

const WARM_UP_MS = 20_000;

/** Metrics come by the second, so that a bake of seconds has evidence. */
const SETTINGS: Partial<Settings> = {
  metricPeriodSeconds: 1,
  metricDelayMs: 1_000,
  propagationDelayMs: { min: 100, max: 800 },
  taskStartMs: 1_000,
};

const SPEC = {
  service: "orders",
  cluster: "shop",
  strategy: "blue-green",
  settle: "1s",
  bake: "6s",
  gates: { errors: { period: "1s", "min-requests": 20, patience: "30s" } },
  timeouts: { stage: "2m", verify: "1m", shift: "1m", finish: "2m", rollback: "5m" },
};

/**
 * The service "orders" on virtual time, two tasks of orders:1 in blue serving 40 requests a second on every
 * production route. The environment points the AWS SDK at it until it is closed.
 */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const clock = new VirtualClock(undefined, options.participants ?? 1);
  const settings = { ...SETTINGS, ...options.settings };
  const images = { ...behavioursOf(options), ...options.behaviours };
  const runtime = createVirtualRuntime({ clock, settings: { speed: settings.speed ?? 1 }, images });
  const random = seededRandom();
  const sandbox = await createSandbox({
    definition: definitionOf(options),
    directory: import.meta.dirname,
    settings,
    clock,
    random,
    simulation: runtime,
    kill: (call) => world.onKill(call),
    ...(options.monitor ? { monitor: options.monitor } : {}),
  });
  const arns = productionArns(options);
  const restore = setEnvironment({
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: "AKIA0000000000000000",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    AWS_REGION: sandbox.account.region,
  });
  await clock.advance(WARM_UP_MS);
  await sandbox.ready(0);
  const traffic = startTraffic({
    clock,
    requestsPerSecond: options.requestsPerSecond ?? 40,
    ...(options.cohort ? { cohort: options.cohort } : {}),
    ...(options.clients
      ? {
          clients: {
            ...options.clients,
            reachWeightZero: () => sandbox.settings.stickyReachesWeightZero,
          },
        }
      : {}),
    ...(options.tickMs ? { tickMs: options.tickMs } : {}),
    routeArns: arns,
    elbv2: sandbox.elbv2,
    runtime,
    metrics: sandbox.metrics,
    events: sandbox.monitor.events,
  });
  const world: World = {
    sandbox,
    clock,
    runtime,
    traffic,
    spec: specOf(arns, options.spec ?? {}),
    specWith: (over) => specOf(arns, { ...options.spec, ...over }),
    productionArns: arns,
    onKill: () => undefined,
    api: async (service, operation, input) =>
      sandbox[service].service.operations[operation]?.(input, { operation, accessKeyId: "somebody-else" }),
    async close() {
      traffic.stop();
      restore();
      await sandbox.close();
    },
  };
  return world;
}

function specOf(arns: readonly string[], over: Readonly<Record<string, unknown>>): ServiceSpec {
  const production = arns.map((arn) =>
    arn.includes(":listener-rule/") ? { "listener-rule": arn } : { listener: arn },
  );
  const traffic = { production, test: { "listener-rule": TEST_RULE }, "target-groups": [BLUE, GREEN] };
  return serviceSchema.parse({ ...SPEC, traffic, ...over });
}

/** The same numbers in [0, 1) each time (Park and Miller's generator). */
export function seededRandom(seed = 42): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
