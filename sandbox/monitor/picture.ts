import type { EcsView, ServiceView, TaskSetView } from "../ecs/view.ts";
import type { Elbv2 } from "../elbv2/elbv2.ts";
import { type RouteFacts, readRoutes } from "./routes.ts";

/** A target group as the balancer shows it. */
export type GroupView = ReturnType<Elbv2["view"]>["groups"][number];

/** The account at one moment, as plain data. */
export interface Picture {
  readonly atMs: number;
  readonly services: readonly ServiceView[];
  readonly routes: readonly RouteFacts[];
  /** By ARN. */
  readonly groups: ReadonlyMap<string, GroupView>;
}

export function takePicture(
  ecs: { view(): EcsView },
  elbv2: Pick<Elbv2, "view" | "service">,
  atMs: number,
): Picture {
  const { routes, groups } = elbv2.view();
  return {
    atMs,
    services: ecs.view().services,
    routes: readRoutes(elbv2, routes),
    groups: new Map(groups.map((group) => [group.arn, group])),
  };
}

/** Services whose task sets clients manage, while they live. */
export const watchedServices = (picture: Picture): readonly ServiceView[] =>
  picture.services.filter(({ controller, status }) => controller === "EXTERNAL" && status === "ACTIVE");

export const isLive = (set: TaskSetView): boolean => set.status !== "DRAINING";

/** How many of a set's tasks its target group finds healthy. */
export function healthyTasks(picture: Picture, set: TaskSetView): number {
  const group = picture.groups.get(set.targetGroupArn ?? "");
  const healthy = new Set(
    group?.targets.filter(({ state }) => state === "healthy").map(({ id, port }) => `${id}:${port}`),
  );
  return set.tasks.filter(({ target }) => target && healthy.has(`${target.id}:${target.port}`)).length;
}

/** Targets of a group that are not on their way out. */
export const registeredTargets = (group: GroupView | undefined): GroupView["targets"] =>
  group?.targets.filter(({ state }) => state !== "draining") ?? [];

/** AWS's default is 300 seconds. */
export const deregistrationDelaySeconds = (group: GroupView | undefined): number =>
  Number(group?.attributes["deregistration_delay.timeout_seconds"] ?? "300");
