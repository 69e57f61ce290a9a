import { firstGroup } from "../first-group.ts";
import type { RouteRef } from "../observation.ts";
import type { Release } from "../plan.ts";
import type { ServiceSpec } from "../spec/schema.ts";
import { sharePercent } from "../weights.ts";
import { type Infrastructure, type PlanProblem, type ReleasedDefinition, when } from "./infrastructure.ts";

type Container = { readonly name: string; readonly port: number };

/** No task set stands that a new version could replace: the next release is the service's first. */
export function isEmpty(infra: Pick<Infrastructure, "taskSets">): boolean {
  return infra.taskSets.every((set) => set.status === "DRAINING");
}

/**
 * What a first deployment lacks that any later one copies from the task set that serves. Nothing where one does.
 * All of it is the release's only: what is left of a first deployment can be taken back without.
 */
export function firstProblems(
  { spec, release }: { readonly spec: ServiceSpec; readonly release: Release },
  groups: readonly [string, string] | undefined,
  production: readonly RouteRef[],
  infra: Infrastructure,
): readonly PlanProblem[] {
  if (!isEmpty(infra)) return [];
  return [
    ...settingsProblems(spec, infra),
    ...sourceProblems(release, infra),
    ...(infra.definition ? definitionProblems(spec, infra.definition) : []),
    ...(groups ? targetTypeProblems(groups, infra) : []),
    ...(groups ? splitProblems(groups, production, infra) : []),
  ];
}

/** The container behind the load balancer, as the spec says it or the task definition leaves no choice. */
export function firstContainer(
  spec: ServiceSpec,
  definition: ReleasedDefinition | undefined,
): Container | undefined {
  const name = spec.container ?? onlyOne(mapped(definition))?.name;
  const own = definition?.containers.find((container) => container.name === name);
  const port = spec["first-task-set"]?.["container-port"] ?? onlyOne(own?.ports ?? []);
  return name === undefined || port === undefined ? undefined : { name, port };
}

function settingsProblems(spec: ServiceSpec, infra: Infrastructure): readonly PlanProblem[] {
  const given = spec["first-task-set"];
  const subject = `service ${infra.serviceArn}`;
  if (!given) {
    return when(true, true, {
      subject,
      message:
        "it has no task set, and the spec does not say how to make its first: first-task-set is missing",
      hint: "Give first-task-set in the spec (launch-type, subnets, security-groups); later task sets copy the one that serves.",
    });
  }
  const isFargate = given["launch-type"] === "FARGATE";
  const mode = infra.definition?.networkMode;
  const needsSubnets = mode === undefined ? isFargate : mode === "awsvpc";
  return [
    ...when(needsSubnets && given.subnets === undefined, true, {
      subject: "first-task-set",
      message: "it names no subnets, and the tasks' network mode is awsvpc",
      hint: "Give first-task-set.subnets, and security-groups.",
    }),
    ...when(isFargate && mode !== undefined && mode !== "awsvpc", true, {
      subject: "first-task-set",
      message: `its launch-type is FARGATE, which needs network mode awsvpc; the task definition's is ${mode}`,
      hint: "Set first-task-set.launch-type to EC2 or EXTERNAL, or the task definition's networkMode to awsvpc.",
    }),
  ];
}

/** A phase that would only go on has nothing staged to go on with, so it says the same. */
function sourceProblems({ source }: Release, infra: Infrastructure): readonly PlanProblem[] {
  const isWhole = source.kind === "task-definition" || source.kind === "definition";
  const given = source.kind === "image" ? "only an image is given" : "nothing is given";
  return when(!isWhole, true, {
    subject: `service ${infra.serviceArn}`,
    message: `it has no running task definition that an image could be put into, and ${given}`,
    hint: "Give input task-definition: a family, a revision, or a JSON file, which may come with an image.",
  });
}

function definitionProblems(spec: ServiceSpec, definition: ReleasedDefinition): readonly PlanProblem[] {
  const { containers } = definition;
  const names = containers.map(({ name }) => name).join(", ") || "none";
  if (spec.container !== undefined && !containers.some(({ name }) => name === spec.container)) {
    return when(true, true, {
      subject: "container",
      message: `the task definition has no container ${spec.container}; it has ${names}`,
      hint: "Correct container in the spec, or the task definition.",
    });
  }
  const behind = mapped(definition);
  if (spec.container === undefined && behind.length !== 1) {
    return when(true, true, {
      subject: "container",
      message: `it is unclear which container stands behind the load balancer: ${behind.length === 0 ? `none of ${names} has` : `${behind.map(({ name }) => name).join(" and ")} have`} a port mapping`,
      hint: "Name it in the spec (container), with its port (first-task-set.container-port).",
    });
  }
  const container = containers.find(({ name }) => name === (spec.container ?? behind[0]?.name));
  const ports = container?.ports ?? [];
  const given = spec["first-task-set"]?.["container-port"];
  if (given !== undefined) {
    return when(ports.length > 0 && !ports.includes(given), true, {
      subject: "first-task-set.container-port",
      message: `container ${container?.name} maps no port ${given}; it maps ${ports.join(", ")}`,
      hint: "Correct first-task-set.container-port, or the task definition's port mappings.",
    });
  }
  return when(ports.length !== 1, true, {
    subject: "first-task-set.container-port",
    message: `it is unclear which port of container ${container?.name} stands behind the load balancer: it maps ${ports.join(", ") || "none"}`,
    hint: "Give first-task-set.container-port.",
  });
}

/** ECS registers tasks of network mode awsvpc by address, others by instance. */
function targetTypeProblems(groups: readonly string[], infra: Infrastructure): readonly PlanProblem[] {
  const mode = infra.definition?.networkMode;
  if (mode === undefined) return [];
  const wanted = mode === "awsvpc" ? "ip" : "instance";
  const unfit = infra.groups.filter(
    ({ arn, targetType }) =>
      groups.includes(arn) && targetType !== wanted && ["ip", "instance"].includes(targetType),
  );
  return unfit.map(({ arn, targetType }) => ({
    subject: arn,
    message: `its targets are of type ${targetType}; tasks of network mode ${mode} register as ${wanted}`,
    hint: `Use target groups of type ${wanted}, or another networkMode in the task definition.`,
    onlyRelease: true,
  }));
}

/** That a route has no weight at all, or lacks a group, is said of any service. */
function splitProblems(
  groups: readonly [string, string],
  production: readonly RouteRef[],
  infra: Infrastructure,
): readonly PlanProblem[] {
  const routes = infra.routes.filter(
    (route) =>
      production.some((ref) => ref.arn === route.arn) && sharePercent(route, groups, groups[0]) !== undefined,
  );
  const first = firstGroup(routes, groups);
  if (first.kind === "group") return [];
  return first.problems.map(({ arn, message, hint }) => ({ subject: arn, message, hint, onlyRelease: true }));
}

function mapped(definition: ReleasedDefinition | undefined): ReleasedDefinition["containers"] {
  return (definition?.containers ?? []).filter(({ ports }) => ports.length > 0);
}

function onlyOne<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
