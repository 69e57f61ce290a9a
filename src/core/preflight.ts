import type { RouteRef } from "./observation.ts";
import type { Plan, Release } from "./plan.ts";
import type { Infrastructure, PlanProblem } from "./preflight/infrastructure.ts";
import { groupProblems, groupsOf, routeProblems } from "./preflight/routes.ts";
import { containerOf, containerProblems, serviceProblems } from "./preflight/service.ts";
import type { ServiceSpec } from "./spec/schema.ts";

export interface PlanRequest {
  readonly spec: ServiceSpec;
  readonly rollout: string;
  readonly release: Release;
  readonly nowMs: number;
}

export type Preflight =
  | { readonly kind: "plan"; readonly plan: Plan; readonly problems: readonly PlanProblem[] }
  | { readonly kind: "problems"; readonly problems: readonly PlanProblem[] };

/**
 * Resolves the plan and lists everything that is wrong with the spec, the service and the routes, at once.
 * Pure. A plan may come with problems that only keep a new release from beginning.
 */
export function preflight(request: PlanRequest, infra: Infrastructure): Preflight {
  const { spec } = request;
  const production = spec.traffic.production.map(toRef);
  const testRoute = toRef(spec.traffic.test);
  const groups = groupsOf(spec, production, infra);
  const problems = [
    ...serviceProblems(infra),
    ...routeProblems(production, testRoute, infra),
    ...(groups.kind === "groups"
      ? groupProblems(groups.groups, production, testRoute, infra)
      : groups.problems),
    ...containerProblems(spec, infra),
  ];
  const container = containerOf(infra);
  if (groups.kind === "problems" || !container || problems.some((problem) => !problem.onlyRelease)) {
    return { kind: "problems", problems };
  }
  const chosen = infra.groups.filter((group) => groups.groups.includes(group.arn));
  const plan: Plan = {
    rollout: request.rollout,
    spec,
    clusterArn: infra.clusterArn,
    serviceArn: infra.serviceArn,
    routes: production,
    testRoute,
    groups: groups.groups,
    zones: chosen.some((group) => !group.crossZone) ? (infra.loadBalancers[0]?.zones ?? []) : [],
    drainMs: Math.max(0, ...chosen.map((group) => group.deregistrationDelayMs)),
    container,
    imageContainer: spec.container ?? container.name,
    release: request.release,
    startedAtMs: request.nowMs,
  };
  return { kind: "plan", plan, problems };
}

export function toRef(route: {
  readonly "listener-rule"?: string | undefined;
  readonly listener?: string | undefined;
}): RouteRef {
  return route["listener-rule"]
    ? { kind: "listener-rule", arn: route["listener-rule"] }
    : { kind: "listener", arn: route.listener ?? "" };
}
