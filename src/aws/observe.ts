import type { Service, TaskSet } from "@aws-sdk/client-ecs";
import {
  DescribeTargetHealthCommand,
  type TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Observation, ObservedTaskSet, TaskStop } from "../core/observation.ts";
import type { Plan } from "../core/plan.ts";
import { parseOrigin, parseServiceTags } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { readCohorts } from "./cohorts.ts";
import { call, isNamed } from "./failures.ts";
import { readRoutes } from "./routes.ts";
import { readScalingOrNote } from "./scaling.ts";
import { readService, readTaskSets, tagsOf } from "./service.ts";
import { addressesOf, readTasks, type TaskAddress, targetKeys, toStop } from "./tasks.ts";

/**
 * Looks at a rollout. One look is DescribeServices, DescribeTaskSets, DescribeRules (or DescribeListeners) and
 * one DescribeTargetHealth a group; tasks are only read while there are targets that nobody has been seen to
 * own, and stopped ones only while a set lacks healthy targets.
 */
export class Observer {
  readonly #clients: Clients;
  readonly #plan: Plan;
  /** Whose a target is never changes while it is registered, so it is looked up once. */
  readonly #owners = new Map<string, TaskAddress>();

  constructor(clients: Clients, plan: Plan) {
    this.#clients = clients;
    this.#plan = plan;
  }

  async observe(atMs: number): Promise<Observation> {
    const { routes, testRoute, groups, spec, clusterArn } = this.#plan;
    const [service, found, cohorts, ...health] = await Promise.all([
      readService(this.#clients, clusterArn, spec.service),
      readRoutes(this.#clients, [...routes, testRoute]),
      readCohorts(this.#clients, this.#plan),
      ...groups.map((groupArn) => this.#readTargets(groupArn)),
    ]);
    const sets = await readTaskSets(this.#clients, service);
    const targets = new Map(groups.map((groupArn, index) => [groupArn, health[index] ?? []]));
    await this.#learnOwners(sets, targets);
    const tags = parseServiceTags(tagsOf(service.tags));
    const scaling = this.#plan.scalable
      ? await readScalingOrNote(this.#clients, clusterArn, spec.service, tags)
      : undefined;
    return {
      atMs,
      service: {
        arn: service.serviceArn ?? this.#plan.serviceArn,
        desiredCount: service.desiredCount ?? 0,
        tags,
        ...(scaling ? { scaling } : {}),
      },
      taskSets: await this.#observeSets(service, sets, targets),
      routes: found.filter((route) => route.arn !== testRoute.arn),
      testRoute: found.find((route) => route.arn === testRoute.arn),
      cohorts,
    };
  }

  async #readTargets(groupArn: string): Promise<readonly TargetHealthDescription[]> {
    try {
      const answer = await call("elasticloadbalancing:DescribeTargetHealth", () =>
        this.#clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: groupArn })),
      );
      return answer.TargetHealthDescriptions ?? [];
    } catch (error) {
      if (isNamed(error, "TargetGroupNotFoundException")) return []; // deleted meanwhile: nobody is there
      throw error;
    }
  }

  async #learnOwners(
    sets: readonly TaskSet[],
    targets: ReadonlyMap<string, readonly TargetHealthDescription[]>,
  ): Promise<void> {
    const unknown = [...targets.values()]
      .flat()
      .some((target) => target.TargetHealth?.State !== "draining" && !this.#ownerOf(target));
    if (!unknown || sets.length === 0) return;
    const tasks = await readTasks(this.#clients, this.#plan.clusterArn, this.#plan.spec.service, "RUNNING");
    for (const address of await addressesOf(this.#clients, this.#plan.clusterArn, tasks)) {
      for (const key of address.keys) this.#owners.set(key, address);
    }
  }

  #ownerOf({ Target }: TargetHealthDescription): TaskAddress | undefined {
    const [key = ""] = targetKeys(Target?.Id ?? "", Target?.Port);
    return this.#owners.get(key);
  }

  async #observeSets(
    service: Service,
    sets: readonly TaskSet[],
    targets: ReadonlyMap<string, readonly TargetHealthDescription[]>,
  ): Promise<readonly ObservedTaskSet[]> {
    const seen = sets.map((set) => this.#observeSet(set, targets));
    const lacking = seen.some((set) => set.origin && set.healthyCount < set.computedDesiredCount);
    if (!lacking) return seen;
    const stopped = await readTasks(
      this.#clients,
      service.clusterArn ?? "",
      this.#plan.spec.service,
      "STOPPED",
    );
    return seen.map((set) => ({
      ...set,
      stops: stopped
        .filter((task) => task.startedBy === set.id && task.lastStatus === "STOPPED")
        .map(toStop)
        .sort(latestFirst),
    }));
  }

  #observeSet(
    set: TaskSet,
    targets: ReadonlyMap<string, readonly TargetHealthDescription[]>,
  ): ObservedTaskSet {
    const targetGroupArn = set.loadBalancers?.[0]?.targetGroupArn;
    const own = (targets.get(targetGroupArn ?? "") ?? []).filter(
      (target) => this.#ownerOf(target)?.taskSetId === set.id,
    );
    const healthy = own.filter((target) => target.TargetHealth?.State === "healthy");
    const ailing = own.filter(
      (target) => !["healthy", "draining"].includes(target.TargetHealth?.State ?? ""),
    );
    return {
      arn: set.taskSetArn ?? "",
      id: set.id ?? "",
      status: set.status === "PRIMARY" || set.status === "DRAINING" ? set.status : "ACTIVE",
      taskDefinitionArn: set.taskDefinition ?? "",
      targetGroupArn,
      scalePercent: set.scale?.value ?? 0,
      computedDesiredCount: set.computedDesiredCount ?? 0,
      runningCount: set.runningCount ?? 0,
      pendingCount: set.pendingCount ?? 0,
      createdAtMs: set.createdAt?.getTime() ?? 0,
      origin: parseOrigin(tagsOf(set.tags)),
      healthyCount: healthy.length,
      healthyZones: distinct(healthy.map((target) => this.#ownerOf(target)?.zone ?? "")),
      unhealthyReasons: distinct(ailing.map((target) => target.TargetHealth?.Reason ?? "")),
      stops: [],
    };
  }
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words.filter(Boolean))].sort();
}

function latestFirst(a: TaskStop, b: TaskStop): number {
  return b.stoppedAtMs - a.stoppedAtMs;
}
