import type { Service, TaskSet } from "@aws-sdk/client-ecs";
import {
  type Action,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  paginateDescribeListeners,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { SluiceError } from "../core/errors.ts";
import type { Release } from "../core/plan.ts";
import type { Infrastructure } from "../core/preflight/infrastructure.ts";
import { toRef } from "../core/preflight.ts";
import { parseElbArn } from "../core/spec/elb-arn.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { parseOrigin, parseServiceTags } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";
import { observeRoute, readRoutes } from "./routes.ts";
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
  const [taskSets, groups] = await Promise.all([
    readTaskSets(clients, service),
    readGroups(clients, balancerArns, distinct(named)),
  ]);
  return {
    ...described,
    taskSets: taskSets.map(describeTaskSet),
    unfinished: unfinishedRollouts(taskSets),
    containers: await readContainers(clients, taskSets, release),
    routes,
    loadBalancers,
    users,
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
  };
}

function unfinishedRollouts(taskSets: readonly TaskSet[]): readonly string[] {
  const live = taskSets.filter((set) => set.status !== "DRAINING");
  return live
    .slice()
    .sort((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0))
    .map((set) => parseOrigin(tagsOf(set.tags)))
    .flatMap((origin) => (origin && live.some((set) => set.id === origin.replaces) ? [origin.rollout] : []));
}

async function readContainers(
  clients: Clients,
  taskSets: readonly TaskSet[],
  release: Release,
): Promise<readonly string[]> {
  const { source } = release;
  if (source.kind === "definition") return namesOf(source.definition.containerDefinitions);
  const running = taskSets.find((set) => set.status !== "DRAINING")?.taskDefinition;
  const name = source.kind === "task-definition" ? source.taskDefinition : running;
  if (!name) return [];
  const { definition } = await readTaskDefinition(clients, name);
  return namesOf(definition.containerDefinitions);
}

function namesOf(containers: unknown): readonly string[] {
  if (!Array.isArray(containers)) return [];
  return containers.map((container: { name?: unknown }) => String(container.name ?? ""));
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

/** Every listener's default action and every rule of the load balancers. */
async function readUsers(clients: Clients, arns: readonly string[]): Promise<Infrastructure["users"]> {
  const listeners = await collect("elasticloadbalancing:DescribeListeners", arns, async (arn) => {
    const found = [];
    const pages = paginateDescribeListeners({ client: clients.elb }, { LoadBalancerArn: arn });
    for await (const page of pages) found.push(...(page.Listeners ?? []));
    return found;
  });
  const rules = await collect(
    "elasticloadbalancing:DescribeRules",
    listeners.map((listener) => listener.ListenerArn ?? ""),
    (arn) => readRulesOf(clients, arn),
  );
  return [
    ...listeners.map((listener) => describeUser(listener.ListenerArn, listener.DefaultActions)),
    ...rules.filter((rule) => !rule.IsDefault).map((rule) => describeUser(rule.RuleArn, rule.Actions)),
  ];
}

async function readRulesOf(clients: Clients, listenerArn: string) {
  const found = [];
  let marker: string | undefined;
  do {
    const answer = await call("elasticloadbalancing:DescribeRules", () =>
      clients.elb.send(
        new DescribeRulesCommand({ ListenerArn: listenerArn, ...(marker ? { Marker: marker } : {}) }),
      ),
    );
    found.push(...(answer.Rules ?? []));
    marker = answer.NextMarker;
  } while (marker);
  return found;
}

function describeUser(
  arn: string | undefined,
  actions: readonly Action[] | undefined,
): Infrastructure["users"][number] {
  const { weights } = observeRoute({ kind: "listener-rule", arn: arn ?? "" }, actions ?? []);
  return { arn: arn ?? "", groupArns: weights.map((entry) => entry.groupArn) };
}

/** A listener's and a rule's ARN contain their load balancer's. */
export function loadBalancerOf(routeArn: string): string {
  const parsed = parseElbArn(routeArn);
  if (!parsed?.balancer)
    throw new SluiceError("configuration", `${routeArn} is no ARN of a rule or a listener`);
  return `${routeArn.slice(0, routeArn.indexOf(`:${parsed.resource}/`))}:loadbalancer/${parsed.balancer.id}`;
}

/** Of a load balancer that does not exist there is nothing; `preflight` says so of its routes. */
async function collect<T>(
  operation: string,
  arns: readonly string[],
  read: (arn: string) => Promise<readonly T[]>,
): Promise<T[]> {
  const found = await Promise.all(
    arns.map(async (arn) => {
      try {
        return await call(operation, () => read(arn));
      } catch (error) {
        if (isNamed(error, "LoadBalancerNotFoundException", "ListenerNotFoundException")) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
