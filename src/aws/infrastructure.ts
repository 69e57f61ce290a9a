import type { Service, TaskSet } from "@aws-sdk/client-ecs";
import { DescribeLoadBalancersCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { SluiceError } from "../core/errors.ts";
import type { ServiceTags } from "../core/observation.ts";
import type { Release } from "../core/plan.ts";
import type { Infrastructure, ReleasedDefinition } from "../core/preflight/infrastructure.ts";
import { toRef } from "../core/preflight.ts";
import { isProvenFirst } from "../core/situation.ts";
import { parseElbArn } from "../core/spec/elb-arn.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { parseOrigin, parseServiceTags, REPLACES_NONE } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";
import { releasedDefinition } from "./released-definition.ts";
import { markCohorts, readUsers } from "./route-users.ts";
import { readRoutes } from "./routes.ts";
import { readScalingOrNote } from "./scaling.ts";
import { readService, readTaskSets, tagsOf } from "./service.ts";
import { readGroups } from "./target-groups.ts";
import { readTaskDefinition } from "./task-definition.ts";

/** Reads all that a rollout depends on. Reads only; what is not there is left out, for `preflight` to say. */
export async function readInfrastructure(
  clients: Clients,
  spec: ServiceSpec,
  release: Release,
): Promise<Infrastructure> {
  const refs = [...spec.traffic.production, spec.traffic.test].map(toRef);
  const balancerArns = distinct(refs.map((ref) => loadBalancerOf(ref.arn)));
  const [service, routes, loadBalancers, users] = await Promise.all([
    readService(clients, spec.cluster, spec.service),
    readRoutes(clients, refs),
    readLoadBalancers(clients, balancerArns),
    readUsers(clients, balancerArns),
  ]);
  const described = describeService(service);
  const idle = described.tags.idleGroup;
  const named = [...(spec.traffic["target-groups"] ?? []), ...(idle ? [idle] : [])];
  const ofRoutes = routes.flatMap((route) => route.weights.map((entry) => entry.groupArn));
  const listed = refs.map((ref) => ref.arn);
  const [scaling, taskSets, groups] = await Promise.all([
    readScalingOrNote(clients, described.clusterArn, spec.service, described.tags),
    readTaskSets(clients, service),
    readGroups(clients, balancerArns, distinct(named)),
  ]);
  return {
    ...described,
    ...(scaling ? { scaling } : {}),
    taskSets: taskSets.map(describeTaskSet),
    unfinished: unfinishedRollouts(taskSets, described.tags),
    ...(await readDefinition(clients, taskSets, release)),
    routes,
    loadBalancers,
    users: await markCohorts(clients, users, listed, distinct([...named, ...ofRoutes])),
    groups,
  };
}

function describeService(
  service: Service,
): Pick<Infrastructure, "serviceArn" | "clusterArn" | "controller" | "status" | "desiredCount" | "tags"> {
  return {
    serviceArn: service.serviceArn ?? "",
    clusterArn: service.clusterArn ?? "",
    controller: service.deploymentController?.type ?? "ECS",
    status: service.status ?? "",
    desiredCount: service.desiredCount ?? 0,
    tags: parseServiceTags(tagsOf(service.tags)),
  };
}

function describeTaskSet(set: TaskSet): Infrastructure["taskSets"][number] {
  const balancer = set.loadBalancers?.[0];
  return {
    id: set.id ?? "",
    status: set.status ?? "",
    targetGroupArn: balancer?.targetGroupArn,
    container: balancer?.containerName
      ? { name: balancer.containerName, port: balancer.containerPort ?? 0 }
      : undefined,
    taskDefinitionArn: set.taskDefinition,
    origin: parseOrigin(tagsOf(set.tags)),
  };
}

function unfinishedRollouts(taskSets: readonly TaskSet[], tags: ServiceTags): readonly string[] {
  const live = taskSets.filter((set) => set.status !== "DRAINING");
  return live
    .slice()
    .sort((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0))
    .flatMap((set) => {
      const origin = parseOrigin(tagsOf(set.tags));
      const isProven = isProvenFirst({ status: set.status ?? "", origin }, live.length > 1 ? {} : tags);
      const isFirst = origin?.replaces === REPLACES_NONE && !isProven;
      const isUnfinished = isFirst || live.some((other) => other.id === origin?.replaces);
      return origin && isUnfinished ? [origin.rollout] : [];
    });
}

async function readDefinition(
  clients: Clients,
  taskSets: readonly TaskSet[],
  { source }: Release,
): Promise<Pick<Infrastructure, "containers" | "definition">> {
  if (source.kind === "definition") return given(releasedDefinition(source.definition));
  if (source.kind === "task-definition") {
    const { definition } = await readTaskDefinition(clients, source.taskDefinition);
    return given(releasedDefinition({ ...definition }));
  }
  const running = taskSets.find((set) => set.status !== "DRAINING")?.taskDefinition;
  if (!running) return { containers: [] };
  const { definition } = await readTaskDefinition(clients, running);
  return { containers: namesIn(releasedDefinition({ ...definition })) };
}

function given(definition: ReleasedDefinition): Pick<Infrastructure, "containers" | "definition"> {
  return { containers: namesIn(definition), definition };
}

function namesIn({ containers }: ReleasedDefinition): readonly string[] {
  return containers.map(({ name }) => name);
}

async function readLoadBalancers(
  clients: Clients,
  arns: readonly string[],
): Promise<Infrastructure["loadBalancers"]> {
  try {
    const answer = await call("elasticloadbalancing:DescribeLoadBalancers", () =>
      clients.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [...arns] })),
    );
    return (answer.LoadBalancers ?? []).map((balancer) => ({
      arn: balancer.LoadBalancerArn ?? "",
      type: balancer.Type ?? "",
      zones: (balancer.AvailabilityZones ?? []).map((zone) => zone.ZoneName ?? ""),
    }));
  } catch (error) {
    if (isNamed(error, "LoadBalancerNotFoundException")) return [];
    throw error;
  }
}

/** A listener's and a rule's ARN contain their load balancer's. */
export function loadBalancerOf(routeArn: string): string {
  const parsed = parseElbArn(routeArn);
  if (!parsed?.balancer)
    throw new SluiceError("configuration", `${routeArn} is no ARN of a rule or a listener`);
  return `${routeArn.slice(0, routeArn.indexOf(`:${parsed.resource}/`))}:loadbalancer/${parsed.balancer.id}`;
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
