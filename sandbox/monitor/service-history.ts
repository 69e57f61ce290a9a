import type { ServiceView, TaskSetView } from "../ecs/view.ts";
import { healthyTasks, type Picture, registeredTargets } from "./picture.ts";
import { isUnprovenFirst } from "./roles.ts";
import type { RouteFacts } from "./routes.ts";
import { shareOf, type Weights } from "./state.ts";

interface SetHistory {
  readonly scalePercent: number;
  readonly growing: boolean;
  readonly stood: boolean;
  readonly provenCount: number;
}

interface GroupHistory {
  readonly largestShare: number;
  readonly lostWeightAtMs: number | undefined;
  readonly fullSinceMs: number | undefined;
  readonly emptyUntilMs: number;
}

/** What one service's past says that a picture of it does not. */
export class ServiceHistory {
  readonly #named: readonly string[] | undefined;
  readonly #groups = new Map<string, GroupHistory>();
  readonly #production = new Set<string>();
  #sets: ReadonlyMap<string, SetHistory> | undefined;
  #served = false;

  /** `productionRoutes`: ARNs; undefined: every route that has once forwarded to two of its groups. */
  constructor(productionRoutes: readonly string[] | undefined) {
    this.#named = productionRoutes;
  }

  get served(): boolean {
    return this.#served;
  }

  /** The groups that its task sets use or used, and their idle partners. */
  get groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  isProduction(routeArn: string): boolean {
    return this.#production.has(routeArn);
  }

  group(arn: string): GroupHistory {
    return this.#groups.get(arn) ?? NO_GROUP_HISTORY;
  }

  set(id: string): Pick<SetHistory, "growing" | "stood" | "provenCount"> {
    const { growing = true, stood = false, provenCount = 0 } = this.#sets?.get(id) ?? {};
    return { growing, stood, provenCount };
  }

  /** A route's weights, of this service's groups only. */
  ownWeights(weights: Weights): Weights {
    return Object.fromEntries(Object.entries(weights).filter(([arn]) => this.#groups.has(arn)));
  }

  /** `foreign`: the groups that other services use or used. */
  observe(picture: Picture, service: ServiceView, foreign: ReadonlySet<string>): void {
    this.#learnGroups(picture, service, foreign);
    for (const route of picture.routes) this.#learnRoute(route);
    if (service.taskSets.length === 0) this.#served = false;
    for (const arn of this.groups) this.#observeGroup(picture, service, arn);
    const before = this.#sets;
    this.#sets = new Map(
      service.taskSets.map((set) => [set.id, nextSet(before, set, healthyTasks(picture, set))]),
    );
  }

  #learnGroups(picture: Picture, service: ServiceView, foreign: ReadonlySet<string>): void {
    for (const { targetGroupArn } of service.taskSets) if (targetGroupArn) this.#learn(targetGroupArn);
    for (const { weights } of picture.routes) {
      if (!Object.keys(weights).some((arn) => this.#groups.has(arn))) continue;
      for (const [arn, weight] of Object.entries(weights)) {
        const idle = weight === 0 && registeredTargets(picture.groups.get(arn)).length === 0;
        if (idle && !foreign.has(arn)) this.#learn(arn);
      }
    }
  }

  #learn(groupArn: string): void {
    if (!this.#groups.has(groupArn)) this.#groups.set(groupArn, NO_GROUP_HISTORY);
  }

  #learnRoute(route: RouteFacts): void {
    const own = Object.keys(this.ownWeights(route.weights)).length;
    const named = this.#named;
    const isProduction = named
      ? own > 0 && (named.includes(route.arn) || named.includes(route.ruleArn))
      : own > 1;
    if (isProduction) this.#production.add(route.arn);
  }

  #observeGroup(picture: Picture, service: ServiceView, arn: string): void {
    const was = this.group(arn);
    const share = ({ weights }: RouteFacts): number => shareOf(this.ownWeights(weights), arn);
    const shares = picture.routes.filter((route) => this.isProduction(route.arn)).map(share);
    const cohortShares = picture.routes.filter(({ isCohort }) => isCohort).map(share);
    const largestShare = Math.max(0, ...shares, ...cohortShares);
    const isFull = shares.length > 0 && shares.every((share) => share === 1);
    const isHealthy = picture.groups.get(arn)?.targets.some(({ state }) => state === "healthy") ?? false;
    this.#groups.set(arn, {
      largestShare,
      lostWeightAtMs: was.largestShare > 0 && largestShare === 0 ? picture.atMs : was.lostWeightAtMs,
      fullSinceMs: isFull ? (was.fullSinceMs ?? picture.atMs) : undefined,
      emptyUntilMs: isHealthy ? Math.min(was.emptyUntilMs, picture.atMs) : Number.POSITIVE_INFINITY,
    });
    const inGroup = service.taskSets.filter(({ targetGroupArn }) => targetGroupArn === arn);
    const isUnproven = inGroup.length > 0 && inGroup.every(isUnprovenFirst);
    if (largestShare > 0 && isHealthy && !isUnproven) this.#served = true;
  }
}

const NO_GROUP_HISTORY: GroupHistory = {
  largestShare: 0,
  lostWeightAtMs: undefined,
  fullSinceMs: undefined,
  emptyUntilMs: Number.NEGATIVE_INFINITY,
};

/** A set that stood there when the service was first seen is not taken to be growing. */
function nextSet(
  sets: ReadonlyMap<string, SetHistory> | undefined,
  set: TaskSetView,
  healthyCount: number,
): SetHistory {
  const was = sets?.get(set.id);
  const wasGrowing = was ? was.growing || set.scalePercent > was.scalePercent : sets !== undefined;
  return {
    scalePercent: set.scalePercent,
    growing: wasGrowing && healthyCount < set.computedDesiredCount,
    stood: set.computedDesiredCount > 0 && (healthyCount > 0 || (was?.stood ?? false)),
    provenCount: Math.min(set.computedDesiredCount, Math.max(healthyCount, was?.provenCount ?? 0)),
  };
}
