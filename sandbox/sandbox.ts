import type { Account } from "./arns.ts";
import { type AutoScaling, createAutoScaling } from "./autoscaling/autoscaling.ts";
import { type Clock, realClock } from "./clock.ts";
import { createCloudWatch } from "./cloudwatch/cloudwatch.ts";
import { createControl } from "./control.ts";
import type { Definition } from "./definition.ts";
import { createEcr, type Ecr } from "./ecr/ecr.ts";
import { createEcs, type Ecs } from "./ecs/ecs.ts";
import { createElbv2, type Elbv2 } from "./elbv2/elbv2.ts";
import { createFaults, type Faults } from "./faults/faults.ts";
import { createLogs } from "./logs/logs.ts";
import { createMonitor, type Monitor } from "./monitor/monitor.ts";
import type { MonitorOptions } from "./monitor/options.ts";
import type {
  Addresses,
  DataPlaneEvents,
  MetricSink,
  Prober,
  Settings,
  Surroundings,
  TaskRuntime,
} from "./ports.ts";
import { createHttpProber } from "./runtime/http-prober.ts";
import { createProcessRuntime } from "./runtime/processes.ts";
import { type SeededListener, seed } from "./seed.ts";
import { settingsFrom } from "./settings.ts";
import { createSessions, type Sessions } from "./sts/sessions.ts";
import { createSts } from "./sts/sts.ts";
import type { CallLog } from "./wire/calls.ts";
import type { WireCall } from "./wire/gate.ts";
import { createWireServer } from "./wire/server.ts";

export interface SandboxOptions {
  readonly definition: Definition;
  /** Where images' directories start from: the folder of the sandbox file. */
  readonly directory: string;
  /** Over those of the definition. */
  readonly settings?: Partial<Settings>;
  readonly clock?: Clock;
  /** In [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** Of the AWS endpoint. Default: any free one. */
  readonly port?: number;
  /** Simulated tasks instead of processes; no sockets but the endpoint's. */
  readonly simulation?: TaskRuntime & { readonly addresses: Addresses; readonly prober: Prober };
  /** Called by "kill" faults. */
  readonly kill?: (call: WireCall, when: "before" | "after") => void | Promise<void>;
  readonly log?: (line: string) => void;
  readonly monitor?: Pick<MonitorOptions, "productionRoutes" | "rolling" | "maxSurgeTasks">;
}

export interface Sandbox {
  /** For AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  readonly account: Account;
  /** Live: what is changed here changes AWS's behaviour from now on. */
  readonly settings: Settings;
  readonly listeners: readonly SeededListener[];
  readonly calls: CallLog;
  readonly faults: Faults;
  /** Of roles that clients have assumed. */
  readonly sessions: Pick<Sessions, "identityOf">;
  readonly ecr: Ecr;
  readonly ecs: Ecs;
  readonly elbv2: Elbv2;
  readonly autoscaling: AutoScaling;
  /** Watches the safety rules at every write, change and request. */
  readonly monitor: Monitor;
  /** For synthetic traffic. */
  readonly metrics: MetricSink;
  /** Where tasks really are, for what asks each of them, as a scraper does. */
  readonly addresses: Addresses;
  /** Hears of requests, health changes and applied routes; the returned function ends it. */
  listen(listener: Partial<DataPlaneEvents>): () => void;
  /** Resolves when every task set has as many healthy targets as it should; rejects after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const READY_POLL_MS = 50;

/** A local AWS account with what the definition puts into it. Nothing of it outlives `close`. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { definition, clock = realClock, random = Math.random } = options;
  const account = {
    region: definition.region ?? "eu-west-1",
    accountId: definition.accountId ?? "123456789012",
  };
  const settings = settingsFrom(definition.settings ?? {}, options.settings ?? {});
  const surroundings: Surroundings = { clock, ...account, settings };
  const bus = createBus();
  const { runtime, addresses, cloudWatch, elbv2, ecr, ecs, logs, autoscaling, services } = createParts(
    { ...options, random },
    surroundings,
    bus.events,
  );
  const sessions = createSessions(surroundings);
  const faults = createFaults({
    clock,
    account,
    random,
    callerArn: (accessKeyId) => sessions.identityOf(accessKeyId)?.arn,
    ...(options.kill ? { kill: options.kill } : {}),
  });
  const monitor = createMonitor({ clock, settings, ecs, elbv2, ...options.monitor });
  bus.listen(monitor.events);
  const control = createControl({ faults, settings, ecr, ecs, elbv2, monitor });
  const wire = await createWireServer({
    services: [...services, createSts(account, sessions)],
    clock,
    gate: sessions.gate(monitor.gate(faults.gate)),
    elsewhere: control.listener,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.log ? { log: options.log } : {}),
  });
  control.attach(wire.calls);
  const listeners = await seed(definition, account, { ecs, elbv2, autoscaling, logs });
  return {
    endpoint: wire.url,
    account,
    settings,
    listeners,
    calls: wire.calls,
    faults,
    sessions,
    ecr,
    ecs,
    elbv2,
    autoscaling,
    monitor,
    metrics: cloudWatch.sink,
    addresses,
    listen: bus.listen,
    ready: (timeoutMs) => waitUntilReady({ ecs, elbv2 }, clock, timeoutMs),
    async close() {
      monitor.close();
      await wire.close();
      ecs.close();
      await runtime.close();
      await elbv2.close();
      cloudWatch.close();
    },
  };
}

/** The services that hold the account's state, and what runs its tasks. */
function createParts(
  options: SandboxOptions & { readonly random: () => number },
  surroundings: Surroundings,
  events: DataPlaneEvents,
) {
  const { runtime, addresses, prober } = options.simulation
    ? { runtime: options.simulation, ...options.simulation }
    : processes(options, surroundings.settings);
  const cloudWatch = createCloudWatch(surroundings);
  const elbv2 = createElbv2({
    surroundings,
    addresses,
    prober,
    metrics: cloudWatch.sink,
    events,
    dataPlane: !options.simulation,
    random: options.random,
  });
  const ecr = createEcr(surroundings, options.definition.images);
  const logs = createLogs(surroundings);
  const ecs = createEcs({
    surroundings,
    targetGroups: elbv2.targetGroups,
    runtime: ecr.pulling(logs.collecting(runtime)),
    metrics: cloudWatch.sink,
  });
  const autoscaling = createAutoScaling(surroundings, ecs);
  const services = [ecr, ecs, elbv2, cloudWatch, logs, autoscaling].map(({ service }) => service);
  return { runtime, addresses, cloudWatch, elbv2, ecr, ecs, logs, autoscaling, services };
}

function processes(options: SandboxOptions, settings: Settings) {
  const { images } = options.definition;
  const runtime = createProcessRuntime({ images, directory: options.directory, settings });
  return { runtime, addresses: runtime.addresses, prober: createHttpProber(runtime.addresses) };
}

function createBus(): { readonly events: DataPlaneEvents; readonly listen: Sandbox["listen"] } {
  const listeners = new Set<Partial<DataPlaneEvents>>();
  return {
    events: {
      request: (request) => listeners.forEach((listener) => void listener.request?.(request)),
      health: (change) => listeners.forEach((listener) => void listener.health?.(change)),
      applied: (change) => listeners.forEach((listener) => void listener.applied?.(change)),
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function waitUntilReady(
  parts: { readonly ecs: Ecs; readonly elbv2: Elbv2 },
  clock: Clock,
  timeoutMs: number,
): Promise<void> {
  const deadlineMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const lacking = lackingTargets(parts);
    if (lacking.length === 0) return;
    if (clock.nowMs() >= deadlineMs)
      throw new Error(`Not ready after ${timeoutMs} ms: ${lacking.join("; ")}`);
    await clock.sleep(READY_POLL_MS);
  }
}

/** "orders: 2 of 4 targets healthy". A deployment of ECS's own has no computed count before its first look. */
function lackingTargets({ ecs, elbv2 }: { readonly ecs: Ecs; readonly elbv2: Elbv2 }): readonly string[] {
  const groups = new Map(elbv2.view().groups.map((group) => [group.arn, group.targets]));
  return ecs.view().services.flatMap((service) =>
    service.taskSets.flatMap((set) => {
      if (!set.targetGroupArn) return [];
      const healthy = (groups.get(set.targetGroupArn) ?? []).filter(
        ({ state }) => state === "healthy",
      ).length;
      const wanted =
        service.controller === "ECS" && set.status === "PRIMARY"
          ? service.desiredCount
          : set.computedDesiredCount;
      return healthy >= wanted ? [] : [`${service.name}: ${healthy} of ${wanted} targets healthy`];
    }),
  );
}
