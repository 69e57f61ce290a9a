import type { Cancel, Clock } from "../clock.ts";
import type { ContainerExit, ContainerToRun } from "../ports.ts";
import type { Behaviour, VirtualTarget } from "./behaviour.ts";
import { afterSettled } from "./settle.ts";

export interface SimulatedContainer {
  readonly exit: Promise<ContainerExit>;
  /** What synthetic traffic and health checks find there now. */
  seen(): VirtualTarget;
  /** SIGTERM, and SIGKILL after its stop timeout. */
  stop(): void;
  kill(): void;
}

export interface Simulation {
  readonly clock: Clock;
  readonly speed: number;
  readonly taskArn: string;
  readonly container: ContainerToRun;
  readonly image: string;
  /** As it is at the moment. */
  readonly behaviour: () => Behaviour;
  /** Called when it ends, before `exit` resolves. */
  readonly ended: () => void;
}

const KILLED = 137;

/** A container that runs from now on and behaves as it is told. */
export function runSimulated(simulation: Simulation): SimulatedContainer {
  const { clock, container, behaviour } = simulation;
  const runningSinceMs = clock.nowMs();
  const cancels: Cancel[] = [];
  let stopping = false;
  let resolveExit: ((exit: ContainerExit) => void) | undefined;
  const exit = new Promise<ContainerExit>((resolve) => {
    resolveExit = resolve;
  });

  function end(exitCode: number): void {
    for (const cancel of cancels) cancel();
    if (!resolveExit) return;
    simulation.ended();
    container.onLine?.(`${simulation.image} exited with code ${exitCode}`);
    resolveExit({ container: container.name, exitCode, log: logOf(simulation, exitCode) });
    resolveExit = undefined;
  }

  container.onLine?.(`${simulation.image} started`);
  const { crash, says = [] } = behaviour();
  for (const line of says) container.onLine?.(line);
  if (crash) cancels.push(afterSettled(clock, crash.afterMs, () => end(crash.exitCode)));

  return {
    exit,
    seen: () => ({
      taskArn: simulation.taskArn,
      container: container.name,
      image: simulation.image,
      environment: container.environment,
      behaviour: behaviour(),
      runningSinceMs,
      ready: isReady(behaviour(), clock.nowMs() - runningSinceMs),
      stopping,
    }),
    stop() {
      if (stopping) return;
      stopping = true;
      const killAfterMs = container.stopTimeoutMs / simulation.speed;
      const { stopsAfterMs = 0 } = behaviour();
      const late = stopsAfterMs === "never" || stopsAfterMs > killAfterMs;
      if (stopsAfterMs === 0) end(0);
      else cancels.push(afterSettled(clock, late ? killAfterMs : stopsAfterMs, () => end(late ? KILLED : 0)));
    },
    kill: () => end(KILLED),
  };
}

function isReady(behaviour: Behaviour, ranForMs: number): boolean {
  const { readyAfterMs = 0 } = behaviour;
  return readyAfterMs !== "never" && ranForMs >= readyAfterMs;
}

const logOf = (simulation: Simulation, exitCode: number): readonly string[] => [
  `${simulation.image} started`,
  `${simulation.image} exited with code ${exitCode}`,
];
