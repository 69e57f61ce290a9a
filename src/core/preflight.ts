import type { RouteRef } from "./observation.ts";
import type { Plan, Release } from "./plan.ts";
import { cohortListeners, cohortProblems } from "./preflight/cohorts.ts";
import { firstContainer, firstProblems, isEmpty } from "./preflight/first.ts";
import { freezeProblems } from "./preflight/freeze.ts";
import type { Infrastructure, PlanProblem } from "./preflight/infrastructure.ts";
import { groupProblems, groupsOf, routeProblems } from "./preflight/routes.ts";
import { containerOf, containerProblems, serviceProblems } from "./preflight/service.ts";
import { weightProblems } from "./preflight/weights.ts";
import type { ServiceSpec } from "./spec/schema.ts";

/** Of an empty service for which no first deployment can begin: what else is done to it needs none. */
const UNKNOWN = { name: "", port: 0 };

export interface PlanRequest {
  readonly spec: ServiceSpec;
  readonly rollout: string;
  readonly release: Release;
  readonly approvals: number;
  readonly withoutEvidence?: boolean | undefined;
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
      ? [
          ...groupProblems(groups.groups, production, testRoute, infra),
          ...weightProblems(spec, groups.groups, production, infra),
        ]
      : groups.problems),
    ...containerProblems(spec, infra),
    ...firstProblems(request, groups.kind === "groups" ? groups.groups : undefined, production, infra),
    ...cohortProblems(spec, request.rollout, production, infra),
    ...(request.release.isRollback ? [] : freezeProblems(spec, infra, request.nowMs)),
  ];
  const container = isEmpty(infra) ? (firstContainer(spec, infra.definition) ?? UNKNOWN) : containerOf(infra);
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
    approvals: request.approvals,
    ...(request.withoutEvidence ? { withoutEvidence: true } : {}),
    scalable: infra.scaling !== undefined,
    cohortListeners: cohortListeners(spec, production, infra),
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
