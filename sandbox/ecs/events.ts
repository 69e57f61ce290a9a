import type { ServiceRecord, TaskRecord, TaskSetRecord } from "./state.ts";
import { nowMs, type World } from "./world.ts";

const KEPT = 100;

/** Adds a service event; AWS keeps the last 100, newest first. */
export function tellService(world: World, service: ServiceRecord, message: string): void {
  const event = { id: world.ids.event(service.arn), atMs: nowMs(world), message };
  service.events = [event, ...service.events].slice(0, KEPT);
  world.touched(service);
}

/** Adds a service event about one task set: "(service orders, taskSet ecs-svc/1…) …". */
export function tell(world: World, taskSet: TaskSetRecord, what: string): void {
  const service = taskSet.service;
  const subject =
    service.controller === "EXTERNAL"
      ? `(service ${service.name}, taskSet ${taskSet.id})`
      : `(service ${service.name})`;
  tellService(world, service, `${subject} ${what}`);
}

/** "(task 1…) (task 2…)" */
export function taskList(tasks: readonly TaskRecord[]): string {
  return tasks.map((task) => `(task ${task.id})`).join(" ");
}
