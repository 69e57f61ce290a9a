import type { ObservedRoute, RouteRef } from "../observation.ts";
import type { ServiceSpec } from "../spec/schema.ts";
import { groupName, sharePercent } from "../weights.ts";
import { type Infrastructure, type PlanProblem, when } from "./infrastructure.ts";

/** A rollback works with the production routes that are left, and without a test route. */
export function routeProblems(
  production: readonly RouteRef[],
  test: RouteRef,
  infra: Infrastructure,
): readonly PlanProblem[] {
  const isMissing = (ref: RouteRef): boolean => !infra.routes.some((route) => route.arn === ref.arn);
  const notApplication = infra.loadBalancers.filter((balancer) => balancer.type !== "application");
  return [
    ...[...production, test].filter(isMissing).map((ref) => ({
      subject: ref.arn,
      message: `there is no such ${ref.kind.replace("-", " ")}`,
      hint: "Check the ARN in the spec, and the Region and account of the credentials.",
      onlyRelease: ref === test || !production.every(isMissing),
    })),
    ...notApplication.map((balancer) => ({
      subject: balancer.arn,
      message: `it is a ${balancer.type} load balancer; only an Application Load Balancer can split traffic by weight`,
      hint: "Put an Application Load Balancer in front of the service.",
      onlyRelease: false,
    })),
  ];
}

type Groups =
  | { readonly kind: "groups"; readonly groups: readonly [string, string] }
  | { readonly kind: "problems"; readonly problems: readonly PlanProblem[] };

/** The two groups: as the spec says, else those of the first production route there is (with one that a rollback took out). */
export function groupsOf(spec: ServiceSpec, production: readonly RouteRef[], infra: Infrastructure): Groups {
  const given = spec.traffic["target-groups"];
  if (given) return { kind: "groups", groups: given };
  const route = infra.routes.find((found) => production.some((ref) => ref.arn === found.arn));
  if (!route) return { kind: "problems", problems: [] };
  const parked = infra.tags.idleGroup;
  const own = [...new Set(route.weights.map((entry) => entry.groupArn))];
  const found = own.length === 1 && parked && parked !== own[0] ? [...own, parked] : own;
  const [one, two, ...more] = found;
  if (one && two && more.length === 0) return { kind: "groups", groups: [one, two] };
  const names = found.map(groupName).join(", ") || "none";
  return {
    kind: "problems",
    problems: [
      {
        subject: route.arn,
        message: `it forwards to ${found.length} target group${found.length === 1 ? "" : "s"} (${names}); a release needs two, one of them idle`,
        hint:
          found.length > 2
            ? "Name the two of this service in traffic.target-groups."
            : "Add a second, empty target group to its forward action, at weight 0.",
        onlyRelease: false,
      },
    ],
  };
}

export function groupProblems(
  groups: readonly [string, string],
  production: readonly RouteRef[],
  test: RouteRef,
  infra: Infrastructure,
): readonly PlanProblem[] {
  const balancers = infra.loadBalancers.map((balancer) => balancer.arn);
  const testRoute = infra.routes.find((route) => route.arn === test.arn);
  const routes = infra.routes.filter((route) => production.some((ref) => ref.arn === route.arn));
  return [
    ...groups.flatMap((arn) => oneGroupProblems(arn, balancers, infra)),
    ...routes.flatMap((route) => productionProblems(route, groups, infra)),
    ...(testRoute ? testProblems(testRoute, groups) : []),
    ...unlistedProblems(groups, [...production, test], infra),
    ...servingProblems(groups, infra),
  ];
}

function oneGroupProblems(
  arn: string,
  balancers: readonly string[],
  infra: Infrastructure,
): readonly PlanProblem[] {
  const group = infra.groups.find((found) => found.arn === arn);
  if (!group) {
    return [
      {
        subject: arn,
        message: "there is no such target group on the load balancer of the production routes",
        hint: `A target group belongs to one load balancer; these routes are on ${balancers.map(lastPart).join(", ")}.`,
        onlyRelease: false,
      },
    ];
  }
  return when(!["ip", "instance"].includes(group.targetType), false, {
    subject: arn,
    message: `its targets are of type ${group.targetType}; ECS tasks register as ip or instance`,
    hint: "Use a target group of type ip (awsvpc) or instance (bridge, host).",
  });
}

function productionProblems(
  route: ObservedRoute,
  groups: readonly [string, string],
  infra: Infrastructure,
): readonly PlanProblem[] {
  const missing = groups.filter(
    (arn) => arn !== infra.tags.idleGroup && !route.weights.some((entry) => entry.groupArn === arn),
  );
  if (missing.length > 0) {
    return [
      {
        subject: route.arn,
        message: `it does not forward to ${missing.map(groupName).join(" and ")}`,
        hint: "Every production route needs both target groups in its forward action, the idle one at weight 0.",
        onlyRelease: true,
      },
    ];
  }
  return when(sharePercent(route, groups, groups[0]) === undefined, true, {
    subject: route.arn,
    message: "neither of the two target groups has any weight there",
    hint: "Give the serving group its weight.",
  });
}

function testProblems(route: ObservedRoute, groups: readonly string[]): readonly PlanProblem[] {
  return when(!route.weights.some((entry) => groups.includes(entry.groupArn)), true, {
    subject: route.arn,
    message: "the test route forwards to neither of the two target groups",
    hint: "Let it forward to one of them; each stage points it at the new version.",
  });
}

function unlistedProblems(
  groups: readonly string[],
  refs: readonly RouteRef[],
  infra: Infrastructure,
): readonly PlanProblem[] {
  const unlisted = infra.users.filter(
    (user) =>
      !user.cohort &&
      !refs.some((ref) => ref.arn === user.arn) &&
      user.groupArns.some((arn) => groups.includes(arn)),
  );
  return unlisted.map((user) => ({
    subject: user.arn,
    message: `it forwards to ${user.groupArns
      .filter((arn) => groups.includes(arn))
      .map(groupName)
      .join(" and ")}, but the spec does not list it; its users would lose their targets`,
    hint: "List it in traffic.production, or let it forward elsewhere.",
    onlyRelease: true,
  }));
}

function servingProblems(groups: readonly string[], infra: Infrastructure): readonly PlanProblem[] {
  const elsewhere = infra.taskSets.filter(
    (set) => set.status !== "DRAINING" && set.targetGroupArn && !groups.includes(set.targetGroupArn),
  );
  return elsewhere.map((set) => ({
    subject: `task set ${set.id}`,
    message: `its target group ${groupName(set.targetGroupArn ?? "")} is not one of the two of the production routes`,
    hint: "Check the spec's routes: they may be another service's.",
    onlyRelease: true,
  }));
}

function lastPart(arn: string): string {
  return arn.split("/").slice(-2, -1)[0] ?? arn;
}
