import type { ServiceView, TaskSetView } from "../ecs/view.ts";
import {
  deregistrationDelaySeconds,
  healthyTasks,
  isLive,
  type Picture,
  registeredTargets,
  watchedServices,
} from "./picture.ts";
import { abortedRollout, isRolling, isUnprovenFirst, replacedBy, roleOf, rolloutOf } from "./roles.ts";
import type { RouteFacts } from "./routes.ts";
import type { RouteOwner } from "./rules/unread-write.ts";
import { ServiceHistory } from "./service-history.ts";
import type { GroupState, ProductionRoute, ServiceState, SetState } from "./state.ts";

/** Turns pictures of the account into what the rules look at, with what went before. */
export class History {
  readonly #productionRoutes: readonly string[] | undefined;
  /** AWS's seconds pass this many times faster. */
  readonly #speed: () => number;
  readonly #services = new Map<string, ServiceHistory>();
  /** ARNs of cohorts' rules, those that are gone as well. */
  readonly #cohorts = new Set<string>();

  constructor(productionRoutes: readonly string[] | undefined, speed: () => number) {
    this.#productionRoutes = productionRoutes;
    this.#speed = speed;
  }

  observe(picture: Picture): void {
    for (const { arn, isCohort } of picture.routes) if (isCohort) this.#cohorts.add(arn);
    for (const service of watchedServices(picture)) {
      this.#of(service).observe(picture, service, this.#foreignGroups(picture, service));
    }
  }

  /** The watched services at the time of a picture, which need not be the last one observed. */
  states(picture: Picture): readonly ServiceState[] {
    return watchedServices(picture).map((service) => this.#state(picture, service));
  }

  /** Each watched service's part in a route, for those that have a group in one of its two versions. */
  owners(picture: Picture, routeArn: string, groupArns: readonly string[]): readonly RouteOwner[] {
    return watchedServices(picture)
      .map((service) => ({
        groups: this.#of(service).groups,
        stableGroups: service.taskSets
          .filter((set) => isLive(set) && roleOf(service, set) === "stable" && !isRetiring(service, set))
          .flatMap(({ targetGroupArn }) => targetGroupArn ?? []),
        production: this.#of(service).isProduction(routeArn),
      }))
      .filter(({ groups }) => groupArns.some((arn) => groups.includes(arn)));
  }

  /** Whether a route is a production route of any service. */
  isProduction(routeArn: string): boolean {
    return [...this.#services.values()].some((service) => service.isProduction(routeArn));
  }

  /** Whether users come by a route: a production route, or a cohort's rule. */
  isUsers(routeArn: string): boolean {
    return this.#cohorts.has(routeArn) || this.isProduction(routeArn);
  }

  #of(service: ServiceView): ServiceHistory {
    const known = this.#services.get(service.arn);
    if (known) return known;
    const created = new ServiceHistory(this.#productionRoutes);
    this.#services.set(service.arn, created);
    return created;
  }

  #foreignGroups(picture: Picture, service: ServiceView): ReadonlySet<string> {
    const present = picture.services
      .filter(({ arn }) => arn !== service.arn)
      .flatMap(({ taskSets }) => taskSets.flatMap(({ targetGroupArn }) => targetGroupArn ?? []));
    const past = [...this.#services]
      .filter(([arn]) => arn !== service.arn)
      .flatMap(([, history]) => history.groups);
    return new Set([...present, ...past]);
  }

  #state(picture: Picture, service: ServiceView): ServiceState {
    const history = this.#of(service);
    return {
      arn: service.arn,
      name: service.name,
      desiredCount: service.desiredCount,
      served: history.served,
      routes: picture.routes
        .filter(({ arn }) => history.isProduction(arn))
        .map((route) => routeState(history, route)),
      cohorts: picture.routes
        .filter(({ isCohort, weights }) => isCohort && Object.keys(history.ownWeights(weights)).length > 0)
        .map((route) => routeState(history, route)),
      groups: history.groups.map((arn) => this.#group(picture, history, arn)),
      sets: service.taskSets.map((set) => setState(picture, service, history, set)),
      aborted: abortedRollout(service),
    };
  }

  #group(picture: Picture, history: ServiceHistory, arn: string): GroupState {
    const group = picture.groups.get(arn);
    const { lostWeightAtMs, fullSinceMs, emptyUntilMs } = history.group(arn);
    return {
      arn,
      name: group?.name ?? arn,
      healthyCount: group?.targets.filter(({ state }) => state === "healthy").length ?? 0,
      registeredCount: registeredTargets(group).length,
      deregistrationDelayMs: (deregistrationDelaySeconds(group) * 1000) / this.#speed(),
      lostWeightAtMs,
      fullSinceMs,
      emptyUntilMs,
    };
  }
}

function routeState(
  history: ServiceHistory,
  { arn, label, weights, appliedWeights }: RouteFacts,
): ProductionRoute {
  return {
    arn,
    label,
    weights: history.ownWeights(weights),
    appliedWeights: history.ownWeights(appliedWeights),
  };
}

/** What ECS counts as running or pending. */
const BEFORE_STOPPING: ReadonlySet<string> = new Set(["PROVISIONING", "PENDING", "RUNNING"]);

/** The set that is to replace it is PRIMARY: the promotion is complete. */
const isRetiring = (service: ServiceView, set: TaskSetView): boolean =>
  service.taskSets.some((other) => other.status === "PRIMARY" && replacedBy(service, other) === set.id);

function setState(
  picture: Picture,
  service: ServiceView,
  history: ServiceHistory,
  set: TaskSetView,
): SetState {
  return {
    id: set.id,
    groupArn: set.targetGroupArn,
    role: roleOf(service, set),
    replaces: replacedBy(service, set),
    rollout: rolloutOf(set),
    rolling: isRolling(set),
    unprovenFirst: isUnprovenFirst(set),
    primary: set.status === "PRIMARY",
    live: isLive(set),
    scalePercent: set.scalePercent,
    computedCount: set.computedDesiredCount,
    healthyCount: healthyTasks(picture, set),
    taskCount: set.tasks.filter(({ lastStatus }) => BEFORE_STOPPING.has(lastStatus)).length,
    createdAtMs: set.createdAtMs,
    ...history.set(set.id),
  };
}
