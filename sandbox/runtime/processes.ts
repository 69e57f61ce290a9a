import { resolve } from "node:path";
import type { ImageDefinition } from "../definition.ts";
import {
  type Addresses,
  type ContainerExit,
  type ContainerToRun,
  type RunningTask,
  type Settings,
  StartFailure,
  type TaskRuntime,
  type TaskToRun,
} from "../ports.ts";
import { type AddressBook, createAddressBook } from "./address-book.ts";
import { type ContainerProcess, startProcess } from "./container-process.ts";
import { createFreePorts, type FreePorts } from "./free-port.ts";
import { pull } from "./images.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

export interface ProcessRuntimeOptions {
  readonly images: Readonly<Record<string, ImageDefinition>>;
  /** Where images' directories start from: the folder of the sandbox file. */
  readonly directory: string;
  readonly settings: Pick<Settings, "speed">;
}

export interface ProcessRuntime extends TaskRuntime {
  readonly addresses: Addresses;
}

/**
 * Runs tasks as local processes. Each container gets PORT (its first port) and HOST=127.0.0.1 on top of its
 * environment, and its address and ports in the sandbox lead to where it really listens. PORT_<container port>
 * names each port of a container that has several. Nothing outlives `close`, nor the sandbox's own process.
 */
export function createProcessRuntime(options: ProcessRuntimeOptions): ProcessRuntime {
  const host: Host = { options, book: createAddressBook(), ports: createFreePorts(), watchdog: undefined };
  const tasks = new Set<RunningTask>();
  const starting = new Set<Promise<unknown>>();
  let closed = false;

  async function start(task: TaskToRun): Promise<RunningTask> {
    if (closed) throw new StartFailure("The sandbox is closed.");
    const begun = startTask(host, task, (running) => tasks.delete(running));
    starting.add(begun);
    try {
      const running = await begun;
      tasks.add(running);
      return running;
    } finally {
      starting.delete(begun);
    }
  }

  return {
    addresses: host.book,
    start,
    async close() {
      closed = true;
      await Promise.allSettled(starting);
      await Promise.all([...tasks].map((task) => task.kill()));
      host.watchdog?.close();
    },
  };
}

interface Host {
  readonly options: ProcessRuntimeOptions;
  readonly book: AddressBook;
  readonly ports: FreePorts;
  watchdog: Watchdog | undefined;
}

interface StartedContainer {
  readonly container: ContainerToRun;
  readonly process: ContainerProcess;
  readonly exit: Promise<ContainerExit>;
}

async function startTask(
  host: Host,
  task: TaskToRun,
  gone: (task: RunningTask) => void,
): Promise<RunningTask> {
  const pulled = task.containers.map((container) => pull(host.options.images, container.image));
  const started: StartedContainer[] = [];
  try {
    for (const [index, container] of task.containers.entries()) {
      const image = pulled[index]?.image;
      if (image) started.push(await startContainer(host, task, container, image));
    }
  } catch (error) {
    for (const { process } of started) process.kill();
    throw error;
  }
  const digests = pulled.map((image, index) => [task.containers[index]?.name ?? "", image.digest]);
  const running = runningTask(host, started, Object.fromEntries(digests), task.onExit);
  void Promise.all(started.map(({ exit }) => exit)).then(() => gone(running));
  return running;
}

function runningTask(
  host: Host,
  started: readonly StartedContainer[],
  imageDigests: Readonly<Record<string, string>>,
  onExit: TaskToRun["onExit"],
): RunningTask {
  let stopping = false;
  const exits = Promise.all(started.map(({ exit }) => exit));
  for (const { exit } of started)
    void exit.then((ended) => {
      if (!stopping) onExit(ended);
    });
  return {
    imageDigests,
    stop() {
      stopping = true;
      for (const { container, process } of started)
        void process.stop(container.stopTimeoutMs / host.options.settings.speed);
      return exits;
    },
    kill() {
      stopping = true;
      for (const { process } of started) process.kill();
      return exits;
    },
  };
}

async function startContainer(
  host: Host,
  task: TaskToRun,
  container: ContainerToRun,
  image: ImageDefinition,
): Promise<StartedContainer> {
  const ports = await Promise.all(
    container.ports.map(async (port) => ({
      ...port,
      endpoint: { host: "127.0.0.1", port: await host.ports.take() },
    })),
  );
  const named = ports.map(({ containerPort, endpoint }) => [`PORT_${containerPort}`, String(endpoint.port)]);
  const process = await startProcess({
    command: container.command.length > 0 ? container.command : image.command,
    directory: resolve(host.options.directory, image.directory ?? "."),
    environment: {
      ...image.environment,
      ...container.environment,
      ...Object.fromEntries(named),
      ...(ports[0] && { PORT: String(ports[0].endpoint.port) }),
      HOST: "127.0.0.1",
    },
    onLine: container.onLine,
  });
  host.watchdog ??= startWatchdog();
  const { watchdog } = host;
  watchdog.watch(process.processGroup);
  for (const { hostPort, endpoint } of ports) host.book.set(task.address, hostPort, endpoint);
  const exit = process.exited.then(({ exitCode, log }) => {
    watchdog.forget(process.processGroup);
    for (const { hostPort, endpoint } of ports) {
      host.book.remove(task.address, hostPort, endpoint);
      host.ports.giveBack(endpoint.port);
    }
    return { container: container.name, exitCode, log };
  });
  return { container, process, exit };
}
