import type { TargetId } from "../ports.ts";
import type { EcsState, ServiceRecord, TaskRecord, TaskSetRecord, TaskStatus } from "./state.ts";

/** The services as they are now, as plain data, for monitors and dashboards. Times are of the clock. */
export interface EcsView {
  readonly services: readonly ServiceView[];
}

export interface ServiceView {
  readonly arn: string;
  readonly name: string;
  readonly cluster: string;
  readonly controller: "EXTERNAL" | "ECS";
  readonly status: string;
  readonly desiredCount: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Under ECS, its deployments. Oldest first. */
  readonly taskSets: readonly TaskSetView[];
}

export interface TaskSetView {
  /** "ecs-svc/" and 19 digits. */
  readonly id: string;
  readonly arn: string;
  readonly taskDefinitionArn: string;
  readonly targetGroupArn: string | undefined;
  readonly status: string;
  readonly scalePercent: number;
  readonly computedDesiredCount: number;
  readonly steady: boolean;
  readonly createdAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** All that are not STOPPED. */
  readonly tasks: readonly TaskView[];
}

export interface TaskView {
  readonly arn: string;
  /** As its target group knows it; undefined without one. */
  readonly target: TargetId | undefined;
  readonly lastStatus: TaskStatus;
  readonly startedAtMs: number | undefined;
}

export function viewOf(state: EcsState): EcsView {
  return { services: [...state.services.values()].map(viewService) };
}

function viewService(service: ServiceRecord): ServiceView {
  return {
    arn: service.arn,
    name: service.name,
    cluster: service.cluster.name,
    controller: service.controller,
    status: service.status,
    desiredCount: service.desiredCount,
    tags: tagRecord(service),
    taskSets: service.taskSets.map(viewTaskSet),
  };
}

function viewTaskSet(taskSet: TaskSetRecord): TaskSetView {
  return {
    id: taskSet.id,
    arn: taskSet.arn,
    taskDefinitionArn: taskSet.definition.arn,
    targetGroupArn: taskSet.launch.loadBalancers[0]?.targetGroupArn,
    status: taskSet.status,
    scalePercent: taskSet.scalePercent,
    computedDesiredCount: taskSet.computedDesiredCount,
    steady: taskSet.steady,
    createdAtMs: taskSet.createdAtMs,
    tags: tagRecord(taskSet),
    tasks: taskSet.tasks.map(viewTask),
  };
}

const viewTask = (task: TaskRecord): TaskView => ({
  arn: task.arn,
  target: task.registrations[0]?.target,
  lastStatus: task.lastStatus,
  startedAtMs: task.startedAtMs,
});

const tagRecord = ({ tags }: Pick<TaskSetRecord, "tags">): Readonly<Record<string, string>> =>
  Object.fromEntries(tags.map((tag) => [tag.key ?? "", tag.value ?? ""]));
