import type { Cancel } from "../clock.ts";
import { taskList, tell, tellService } from "./events.ts";
import { alive, computedCount, isHealthy, pendingCount, runningCount } from "./launch.ts";
import { startTask, stopTask } from "./lifecycle.ts";
import { placeTask } from "./placement.ts";
import { planRollout, settleDeployments } from "./rollout.ts";
import type { ServiceRecord, TaskRecord, TaskSetRecord } from "./state.ts";
import { createUtilization } from "./utilization.ts";
import { nowMs, sped, type World } from "./world.ts";

const LOOK_AGAIN_MS = 1000;
const WAKE_MS = 100;
const SAME_EVENT_AGAIN_MS = 5 * 60_000;

export interface Scheduler {
  wake(): void;
  close(): void;
}

/** Brings every service to what is asked of it, again and again: shortly after a change and once a second. */
export function createScheduler(world: World): Scheduler {
  let next: { readonly atMs: number; readonly cancel: Cancel } | undefined;
  const publishUtilization = createUtilization(world);
  let closed = false;

  function lookIn(delayMs: number): void {
    const atMs = nowMs(world) + sped(world, delayMs);
    if (closed || (next && next.atMs <= atMs)) return;
    next?.cancel();
    next = { atMs, cancel: world.surroundings.clock.after(sped(world, delayMs), look) };
  }

  function look(): void {
    next = undefined;
    const services = [...world.state.services.values()];
    for (const service of services) reconcile(world, service);
    publishUtilization();
    if (services.some((service) => service.taskSets.length > 0)) lookIn(LOOK_AGAIN_MS);
  }

  return {
    wake: () => lookIn(WAKE_MS),
    close() {
      closed = true;
      next?.cancel();
    },
  };
}

function reconcile(world: World, service: ServiceRecord): void {
  if (service.status === "INACTIVE") return;
  if (service.controller === "ECS") planRollout(world, service);
  else for (const taskSet of service.taskSets) taskSet.computedDesiredCount = computedCount(taskSet);
  for (const taskSet of service.taskSets) {
    replaceUnhealthy(world, taskSet);
    const surplus = alive(taskSet).length - taskSet.computedDesiredCount;
    if (surplus > 0) stopSurplus(world, taskSet, surplus);
    else if (surplus < 0) startMissing(world, taskSet, -surplus);
  }
  for (const taskSet of service.taskSets) judgeStability(world, taskSet);
  removeGone(world, service);
}

/** After the grace period a task that its load balancer finds unhealthy is stopped; the next look replaces it. */
function replaceUnhealthy(world: World, taskSet: TaskSetRecord): void {
  const graceMs = sped(world, (taskSet.service.healthCheckGracePeriodSeconds ?? 0) * 1000);
  for (const task of alive(taskSet)) {
    if (task.startedAtMs === undefined || nowMs(world) < task.startedAtMs + graceMs) continue;
    const failing = task.registrations.find(
      (at) => world.targetGroups.health(at.targetGroupArn, at.target) === "unhealthy",
    );
    if (!failing) continue;
    const group = `(target-group ${failing.targetGroupArn})`;
    tell(
      world,
      taskSet,
      `(task ${task.id}) (port ${failing.target.port}) is unhealthy in ${group} due to (reason Health checks failed).`,
    );
    const reason = `Task failed ELB health checks in ${group}`;
    stopTask(world, task, { code: "ServiceSchedulerInitiated", reason, manner: "drain" });
  }
}

/** Those that do not run yet first, then the newest. */
function stopSurplus(world: World, taskSet: TaskSetRecord, count: number): void {
  const rank = (task: TaskRecord): number => (task.lastStatus === "RUNNING" ? 1 : 0);
  const stopping = [...alive(taskSet)]
    .reverse()
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, count);
  if (stopping.some((task) => task.registrations.length > 0 && task.lastStatus === "RUNNING"))
    tell(world, taskSet, `has begun draining connections on ${stopping.length} tasks.`);
  tell(world, taskSet, `has stopped ${stopping.length} running tasks: ${taskList(stopping)}.`);
  const reason = `Scaling activity initiated by (deployment ${taskSet.id})`;
  for (const task of stopping)
    stopTask(world, task, { code: "ServiceSchedulerInitiated", reason, manner: "drain" });
}

function startMissing(world: World, taskSet: TaskSetRecord, count: number): void {
  if (nowMs(world) < taskSet.backoff.untilMs) return;
  const started: TaskRecord[] = [];
  for (let missing = count; missing > 0; missing--) {
    const id = world.ids.task(taskSet.arn);
    const placement = placeTask(world, taskSet, id);
    if (placement.kind === "refused") {
      reportRefusal(world, taskSet.service, placement.reason);
      break;
    }
    started.push(startTask(world, taskSet, id, placement.place));
  }
  if (started.length > 0) tell(world, taskSet, `has started ${started.length} tasks: ${taskList(started)}.`);
  if (taskSet.backoff.failures > 1)
    tellService(
      world,
      taskSet.service,
      `(service ${taskSet.service.name}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
    );
}

/** The same refusal is told once in five minutes. */
function reportRefusal(world: World, service: ServiceRecord, reason: string): void {
  const last = service.placementRefusal;
  const atMs = nowMs(world);
  if (last?.reason === reason && atMs < last.atMs + sped(world, SAME_EVENT_AGAIN_MS)) return;
  service.placementRefusal = { reason, atMs };
  const stop = reason.startsWith("Reason") ? ". " : " ";
  tellService(world, service, `(service ${service.name}) was unable to place a task${stop}${reason}`);
}

/** STEADY_STATE as AWS defines it: as many running as computed, none pending, all healthy. */
function judgeStability(world: World, taskSet: TaskSetRecord): void {
  const running = taskSet.tasks.filter((task) => task.lastStatus === "RUNNING");
  const steady =
    runningCount(taskSet) === taskSet.computedDesiredCount &&
    pendingCount(taskSet) === 0 &&
    running.every((task) => isHealthy(task, world.targetGroups));
  if (steady === taskSet.steady) return;
  taskSet.steady = steady;
  taskSet.steadyChangedAtMs = nowMs(world);
  if (steady) tell(world, taskSet, "has reached a steady state.");
  world.touched(taskSet.service);
}

function removeGone(world: World, service: ServiceRecord): void {
  if (service.controller === "ECS") settleDeployments(service);
  const gone = service.taskSets.filter(
    (taskSet) => taskSet.status === "DRAINING" && taskSet.tasks.length === 0,
  );
  if (gone.length > 0) {
    service.taskSets = service.taskSets.filter((taskSet) => !gone.includes(taskSet));
    for (const { id } of gone)
      world.changed({ kind: "task-set-gone", atMs: nowMs(world), service: service.arn, taskSet: id });
    world.touched(service);
  }
  if (service.status === "DRAINING" && service.taskSets.length === 0) {
    service.status = "INACTIVE";
    world.touched(service);
  }
}
