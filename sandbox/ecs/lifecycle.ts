import { taskArn } from "../arns.ts";
import { logDestination } from "../logs/destination.ts";
import type { ContainerExit, ContainerToRun, RunningTask, TaskToRun } from "../ports.ts";
import { StartFailure } from "../ports.ts";
import { afterSettled } from "../runtime/settle.ts";
import { afterStartFailure, NO_BACKOFF } from "./backoff.ts";
import { containersOf, launchTypeOf } from "./launch.ts";
import type { Place, Registration, StopReason, TaskRecord, TaskSetRecord } from "./state.ts";
import { taskTags } from "./task-tags.ts";
import { nowMs, sped, type World } from "./world.ts";

const VISIBLE_AFTER_STOP_MS = 60 * 60_000;
const DEFAULT_STOP_TIMEOUT_SECONDS = 30;
const FARGATE_MAXIMUM_STOP_TIMEOUT_SECONDS = 120;
/** How much of a task's start is PROVISIONING (attaching its network); the rest is PENDING (pulling). */
const PROVISIONING_SHARE = 0.3;

const ESSENTIAL_EXITED: StopReason = {
  code: "EssentialContainerExited",
  reason: "Essential container in task exited",
  manner: "terminate",
};

/** Starts one task of the set: PROVISIONING → PENDING → RUNNING and registered, in `settings.taskStartMs`. */
export function startTask(world: World, taskSet: TaskSetRecord, id: string, place: Place): TaskRecord {
  const task = newTask(world, taskSet, id, place);
  world.state.tasks.set(task.arn, task);
  taskSet.tasks = [...taskSet.tasks, task];
  const { clock, settings } = world.surroundings;
  const startMs = sped(world, settings.taskStartMs);
  clock.after(startMs * PROVISIONING_SHARE, () => {
    if (task.desiredStatus === "RUNNING") moveTo(world, task, "PENDING");
  });
  afterSettled(clock, startMs, () => launch(world, task));
  world.touched(taskSet.service);
  return task;
}

/** Stops a task for a reason; one that is being stopped already keeps its first reason. */
export function stopTask(world: World, task: TaskRecord, stop: StopReason): void {
  if (task.desiredStatus === "STOPPED") return;
  task.desiredStatus = "STOPPED";
  task.stop = stop;
  task.stoppingAtMs = nowMs(world);
  announce(world, task, "task-stopping");
  world.wake();
  if (task.running) void windDown(world, task, task.running, stop);
  else if (!task.launching) finish(world, task, []);
}

function newTask(world: World, taskSet: TaskSetRecord, id: string, place: Place): TaskRecord {
  return {
    id,
    arn: taskArn(world.surroundings, taskSet.service.cluster.name, id),
    taskSet,
    place,
    containers: containersOf(taskSet.definition).map((container) => ({
      name: container.name ?? "",
      image: container.image ?? "",
      essential: container.essential ?? true,
      exitCode: undefined,
      reason: undefined,
      imageDigest: undefined,
    })),
    createdAtMs: nowMs(world),
    registrations: registrationsOf(taskSet, place),
    tags: taskTags(taskSet),
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    launching: false,
    running: undefined,
    startedAtMs: undefined,
    stoppingAtMs: undefined,
    stoppedAtMs: undefined,
    stop: undefined,
  };
}

function registrationsOf(taskSet: TaskSetRecord, place: Place): readonly Registration[] {
  return taskSet.launch.loadBalancers.flatMap((balancer) => {
    const port = place.ports.find(
      (candidate) =>
        candidate.container === balancer.containerName && candidate.containerPort === balancer.containerPort,
    );
    if (!port || !balancer.targetGroupArn) return [];
    const target = { id: place.address, port: port.hostPort, zone: place.zone };
    return [{ targetGroupArn: balancer.targetGroupArn, target }];
  });
}

function launch(world: World, task: TaskRecord): void {
  if (task.desiredStatus === "STOPPED") return;
  const fault = task.taskSet.service.startFault;
  task.launching = true;
  const started = fault ? Promise.reject(new StartFailure(fault)) : world.runtime.start(toRun(world, task));
  void started.then(
    (running) => didStart(world, task, running),
    (error: unknown) => didNotStart(world, task, error),
  );
}

function toRun(world: World, task: TaskRecord): TaskToRun {
  const { service, launch, definition } = task.taskSet;
  const fargate = launchTypeOf(service, launch) === "FARGATE";
  const containers = containersOf(definition).map((container): ContainerToRun => {
    const seconds = container.stopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
    return {
      name: container.name ?? "",
      image: container.image ?? "",
      environment: Object.fromEntries(
        (container.environment ?? []).map((pair) => [pair.name ?? "", pair.value ?? ""]),
      ),
      command: container.command ?? [],
      ports: task.place.ports.filter((port) => port.container === container.name),
      ...logDestination(container, task.id),
      stopTimeoutMs: (fargate ? Math.min(seconds, FARGATE_MAXIMUM_STOP_TIMEOUT_SECONDS) : seconds) * 1000,
    };
  });
  return {
    arn: task.arn,
    address: task.place.address,
    containers,
    onExit: (exit) => didExit(world, task, exit),
  };
}

function didStart(world: World, task: TaskRecord, running: RunningTask): void {
  task.launching = false;
  task.running = running;
  for (const container of task.containers) container.imageDigest = running.imageDigests?.[container.name];
  if (task.stop) {
    void windDown(world, task, running, task.stop);
    return;
  }
  task.startedAtMs = nowMs(world);
  task.taskSet.backoff = NO_BACKOFF;
  moveTo(world, task, "RUNNING");
  for (const at of task.registrations) world.targetGroups.register(at.targetGroupArn, at.target);
  announce(world, task, "task-running");
  world.wake();
}

function didNotStart(world: World, task: TaskRecord, error: unknown): void {
  task.launching = false;
  const { taskSet } = task;
  if (!task.stop) {
    if (!(error instanceof StartFailure)) throw error;
    task.stop = { code: "TaskFailedToStart", reason: error.message, manner: "terminate" };
    task.desiredStatus = "STOPPED";
    task.stoppingAtMs = nowMs(world);
    for (const container of task.containers) container.reason = error.message;
    taskSet.failedStarts++;
    taskSet.backoff = afterStartFailure(taskSet.backoff, nowMs(world), world.surroundings.settings.speed);
  }
  finish(world, task, []);
}

function didExit(world: World, task: TaskRecord, exit: ContainerExit): void {
  record(task, [exit]);
  world.touched(task.taskSet.service);
  const container = task.containers.find((candidate) => candidate.name === exit.container);
  if (container?.essential) stopTask(world, task, ESSENTIAL_EXITED);
}

/** AWS's order: deregister, drain, SIGTERM, stopTimeout, SIGKILL. What dies by itself is not drained first. */
async function windDown(
  world: World,
  task: TaskRecord,
  running: RunningTask,
  stop: StopReason,
): Promise<void> {
  if (task.startedAtMs !== undefined) {
    moveTo(world, task, "DEACTIVATING");
    const drained = task.registrations.map((at) =>
      world.targetGroups.deregister(at.targetGroupArn, at.target),
    );
    if (stop.manner === "drain") await Promise.all(drained);
  }
  moveTo(world, task, "STOPPING");
  finish(world, task, await (stop.manner === "kill" ? running.kill() : running.stop()));
}

function finish(world: World, task: TaskRecord, exits: readonly ContainerExit[]): void {
  record(task, exits);
  task.running = undefined;
  task.stoppedAtMs = nowMs(world);
  task.taskSet.tasks = task.taskSet.tasks.filter((other) => other !== task);
  moveTo(world, task, "STOPPED");
  announce(world, task, "task-stopped");
  world.surroundings.clock.after(sped(world, VISIBLE_AFTER_STOP_MS), () => {
    world.state.tasks.delete(task.arn);
  });
  world.wake();
}

/** A container's first exit code stays: a crash is not overwritten by the stop that follows. */
function record(task: TaskRecord, exits: readonly ContainerExit[]): void {
  for (const exit of exits) {
    const container = task.containers.find((candidate) => candidate.name === exit.container);
    if (container && container.exitCode === undefined) container.exitCode = exit.exitCode;
  }
}

function moveTo(world: World, task: TaskRecord, status: TaskRecord["lastStatus"]): void {
  task.lastStatus = status;
  world.touched(task.taskSet.service);
}

function announce(
  world: World,
  task: TaskRecord,
  kind: "task-running" | "task-stopping" | "task-stopped",
): void {
  const { taskSet } = task;
  const base = { atMs: nowMs(world), service: taskSet.service.arn, taskSet: taskSet.id, task: task.arn };
  const reason = task.stop?.reason ?? "";
  if (kind === "task-running") world.changed({ ...base, kind, target: task.registrations[0]?.target });
  else if (kind === "task-stopping") world.changed({ ...base, kind, reason });
  else {
    const exitCode = task.containers.find((container) => container.exitCode !== undefined)?.exitCode;
    world.changed({ ...base, kind, reason, exitCode });
  }
}
