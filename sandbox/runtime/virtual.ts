import type { Clock } from "../clock.ts";
import {
  type Addresses,
  type ContainerExit,
  type ContainerToRun,
  type Prober,
  type RunningTask,
  type Settings,
  StartFailure,
  type TaskRuntime,
  type TaskToRun,
} from "../ports.ts";
import type { Behaviour, VirtualTarget } from "./behaviour.ts";
import { pull } from "./images.ts";
import { afterSettled } from "./settle.ts";
import { runSimulated, type SimulatedContainer } from "./simulated-container.ts";
import { createVirtualProber } from "./virtual-prober.ts";

export interface VirtualRuntimeOptions {
  readonly clock: Clock;
  readonly settings: Pick<Settings, "speed">;
  /** By image name. */
  readonly images: Readonly<Record<string, Behaviour>>;
}

export interface VirtualRuntime extends TaskRuntime {
  readonly prober: Prober;
  /** Resolves a target to itself while something runs there; nothing listens on it. */
  readonly addresses: Addresses;
  /** What runs at an address ("10.0.0.10" or an instance's id) and port. */
  targetAt(address: string, port: number): VirtualTarget | undefined;
  /** Changes how an image behaves, also in tasks that run already (a start or a crash that has begun stays). */
  setBehaviour(image: string, behaviour: Behaviour): void;
}

/** Simulated tasks: they start, get ready, answer and die by the clock as their image's behaviour says. */
export function createVirtualRuntime(options: VirtualRuntimeOptions): VirtualRuntime {
  const { clock, settings } = options;
  const images = new Map(Object.entries(options.images));
  const located = new Map<string, SimulatedContainer>();
  const tasks = new Set<RunningTask>();
  const key = (address: string, port: number): string => `${address} ${port}`;
  const behaviourOf = (image: string): Behaviour => images.get(image) ?? {};
  let closed = false;

  function targetAt(address: string, port: number): VirtualTarget | undefined {
    return located.get(key(address, port))?.seen();
  }

  function runContainer(task: TaskToRun, container: ContainerToRun): SimulatedContainer {
    const image = pull(Object.fromEntries(images), container.image).name;
    const keys = container.ports.map(({ hostPort }) => key(task.address, hostPort));
    const simulated = runSimulated({
      clock,
      speed: settings.speed,
      taskArn: task.arn,
      container,
      image,
      behaviour: () => behaviourOf(image),
      ended: () => {
        for (const at of keys) if (located.get(at) === simulated) located.delete(at);
      },
    });
    for (const at of keys) located.set(at, simulated);
    return simulated;
  }

  async function start(task: TaskToRun): Promise<RunningTask> {
    const pulled = task.containers.map((container) => pull(Object.fromEntries(images), container.image));
    const behaviours = pulled.map(({ name }) => behaviourOf(name));
    await passed(clock, Math.max(0, ...behaviours.map(({ startDelayMs = 0 }) => startDelayMs)));
    const failure = behaviours.find(({ startFailure }) => startFailure)?.startFailure;
    if (failure || closed) throw new StartFailure(failure ?? "The sandbox is closed.");
    const containers = task.containers.map((container) => runContainer(task, container));
    const digests = task.containers.map((container, index) => [container.name, pulled[index]?.digest ?? ""]);
    const running = runningTask(containers, Object.fromEntries(digests), task.onExit);
    tasks.add(running);
    void Promise.all(containers.map(({ exit }) => exit)).then(() => tasks.delete(running));
    return running;
  }

  return {
    start,
    targetAt,
    prober: createVirtualProber(targetAt),
    addresses: {
      resolve: (address, port) => (located.has(key(address, port)) ? { host: address, port } : undefined),
    },
    setBehaviour: (image, behaviour) => void images.set(image, behaviour),
    async close() {
      closed = true;
      await Promise.all([...tasks].map((task) => task.kill()));
    },
  };
}

function runningTask(
  containers: readonly SimulatedContainer[],
  imageDigests: Readonly<Record<string, string>>,
  onExit: (exit: ContainerExit) => void,
): RunningTask {
  let stopping = false;
  const exits = Promise.all(containers.map(({ exit }) => exit));
  for (const { exit } of containers)
    void exit.then((ended) => {
      if (!stopping) onExit(ended);
    });
  return {
    imageDigests,
    stop() {
      stopping = true;
      for (const container of containers) container.stop();
      return exits;
    },
    kill() {
      stopping = true;
      for (const container of containers) container.kill();
      return exits;
    },
  };
}

function passed(clock: Clock, delayMs: number): Promise<void> {
  if (delayMs === 0) return Promise.resolve();
  return new Promise((resolve) => {
    afterSettled(clock, delayMs, resolve);
  });
}
