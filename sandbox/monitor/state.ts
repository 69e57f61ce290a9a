/** What the rules look at: one service at one moment, as plain data. ARNs name groups and routes. */
export interface ServiceState {
  readonly arn: string;
  readonly name: string;
  readonly desiredCount: number;
  /** It has had weight and a healthy target at once: from then on there are users to harm. */
  readonly served: boolean;
  /** Its production routes. */
  readonly routes: readonly ProductionRoute[];
  /** Rules that send some users to one of its groups, past the production routes. */
  readonly cohorts: readonly ProductionRoute[];
  /** The target groups that its task sets use or used, and idle partners of those. */
  readonly groups: readonly GroupState[];
  readonly sets: readonly SetState[];
  /** The rollout that was taken back, as the service's tags say. */
  readonly aborted: string | undefined;
}

export interface ProductionRoute {
  readonly arn: string;
  /** For people: "rule 10 of web:80". */
  readonly label: string;
  /** As last written; of the service's own groups only. */
  readonly weights: Weights;
  /** As the data plane has them. */
  readonly appliedWeights: Weights;
}

/** By target group ARN. */
export type Weights = Readonly<Record<string, number>>;

export interface GroupState {
  readonly arn: string;
  readonly name: string;
  /** Of whatever task set. */
  readonly healthyCount: number;
  /** Targets that are not draining. */
  readonly registeredCount: number;
  /** In time of the clock. */
  readonly deregistrationDelayMs: number;
  /** When its weight last became 0 on every production route. */
  readonly lostWeightAtMs: number | undefined;
  /** Since when it has had all of the service's traffic on every production route without a break. */
  readonly fullSinceMs: number | undefined;
  /** The last moment at which none of its targets was healthy: infinite while none is. */
  readonly emptyUntilMs: number;
}

export interface SetState {
  /** "ecs-svc/" and 19 digits. */
  readonly id: string;
  readonly groupArn: string | undefined;
  /** "new" is to replace a set that is still there, and nobody is to replace it. */
  readonly role: "stable" | "new";
  /** The id of the set that it is to replace, while that one is there. */
  readonly replaces: string | undefined;
  /** Tells rollouts apart: its `sluice:rollout`, or its own id. */
  readonly rollout: string;
  /** It exchanges the tasks of the set that it replaces batch by batch. */
  readonly rolling: boolean;
  /** The first of an empty service, not PRIMARY yet. */
  readonly unprovenFirst: boolean;
  readonly primary: boolean;
  /** Not DRAINING. */
  readonly live: boolean;
  readonly scalePercent: number;
  readonly computedCount: number;
  readonly healthyCount: number;
  /** Tasks that run or are about to, and are not being stopped. */
  readonly taskCount: number;
  readonly createdAtMs: number;
  /** It was created or scaled up, and has not since had as many healthy targets as it asks for. */
  readonly growing: boolean;
  /** The most healthy targets that it has had at once, of those that it still asks for. */
  readonly provenCount: number;
  /** It has had a healthy target since it last asked for none. */
  readonly stood: boolean;
}

/** The share of the service's traffic on a route that a group has by its weight, 0 to 1. */
export function shareOf(weights: Weights, groupArn: string): number {
  const total = totalOf(weights);
  return total === 0 ? 0 : (weights[groupArn] ?? 0) / total;
}

/** How many tasks a group's share of the desired count comes to, rounded up. */
export function tasksFor(weights: Weights, groupArn: string, desiredCount: number): number {
  const total = totalOf(weights);
  return total === 0 ? 0 : Math.ceil(((weights[groupArn] ?? 0) * desiredCount) / total);
}

const totalOf = (weights: Weights): number => Object.values(weights).reduce((sum, weight) => sum + weight, 0);

export const liveSetsIn = (service: ServiceState, groupArn: string): readonly SetState[] =>
  service.sets.filter((set) => set.live && set.groupArn === groupArn);

/** A set's healthy tasks that it means to keep: more than it asks for are about to be stopped. */
export const lastingTasks = (set: SetState): number => Math.min(set.healthyCount, set.computedCount);

/** Every route by which users come. */
export const userRoutes = ({ routes, cohorts }: ServiceState): readonly ProductionRoute[] => [
  ...routes,
  ...cohorts,
];

/** A live set that exchanges the tasks of a live one batch by batch. */
export const rollingSet = (service: ServiceState): SetState | undefined =>
  service.sets.find(
    (set) => set.live && set.rolling && service.sets.some((other) => other.live && other.id === set.replaces),
  );

export const groupOf = (service: ServiceState, groupArn: string | undefined): GroupState | undefined =>
  service.groups.find((group) => group.arn === groupArn);

export const setOf = (service: ServiceState, id: string): SetState | undefined =>
  service.sets.find((set) => set.id === id);

/** "12.5 %" of 0.125. */
export const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** "1.5 s" of 1500. */
export const seconds = (durationMs: number): string => `${Math.round(durationMs / 100) / 10} s`;
