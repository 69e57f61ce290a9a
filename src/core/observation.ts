/** What AWS says of a rollout at one moment. Plain data; everything that is decided is decided from it. */
export interface Observation {
  readonly atMs: number;
  readonly service: ObservedService;
  /** Every task set that still exists, DRAINING ones included. */
  readonly taskSets: readonly ObservedTaskSet[];
  /** The production routes, in the order of the spec. One that somebody has deleted is missing. */
  readonly routes: readonly ObservedRoute[];
  /** Undefined when somebody has deleted it. */
  readonly testRoute: ObservedRoute | undefined;
}

export interface ObservedService {
  readonly arn: string;
  readonly desiredCount: number;
  readonly tags: ServiceTags;
}

/** The rollout's own words on the service; see `tags.ts`. */
export interface ServiceTags {
  /** The rollout that began to shift traffic. Written before its first weight. */
  readonly shifted?: string;
  /** The weight that was last read back, and when. */
  readonly step?: { readonly weightPercent: number; readonly atMs: number };
  /** The rollout that was taken back. */
  readonly aborted?: string;
  /** The group that a rollback took out of a sticky action, to be put back by the next stage. */
  readonly idleGroup?: string;
}

export interface ObservedTaskSet {
  readonly arn: string;
  /** "ecs-svc/…": what a task's `startedBy` says. */
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE" | "DRAINING";
  readonly taskDefinitionArn: string;
  readonly targetGroupArn: string | undefined;
  readonly scalePercent: number;
  /** ceil(desired × scale / 100). */
  readonly computedDesiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly createdAtMs: number;
  /** From its tags, set at creation by Sluice; undefined on anybody else's set. */
  readonly origin: TaskSetOrigin | undefined;
  /** Targets of this set's own tasks that the load balancer calls healthy … */
  readonly healthyCount: number;
  /** … and the Availability Zones that they are in. */
  readonly healthyZones: readonly string[];
  /** Why targets of this set are not healthy, in the load balancer's words, without repetition. */
  readonly unhealthyReasons: readonly string[];
  /** Tasks of this set that stopped, newest first. */
  readonly stops: readonly TaskStop[];
}

export interface TaskSetOrigin {
  readonly rollout: string;
  /** The id of the task set that this one is to replace: the stable one. */
  readonly replaces: string;
  readonly previousTaskDefinition: string;
  readonly commit?: string;
  readonly runUrl?: string;
}

/** A stopped task, in ECS's words. */
export interface TaskStop {
  readonly taskArn: string;
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly stoppedAtMs: number;
  readonly exits: readonly {
    readonly container: string;
    readonly exitCode?: number;
    readonly reason?: string;
  }[];
}

/** A listener rule, or a listener's default action. */
export interface RouteRef {
  readonly kind: "listener-rule" | "listener";
  readonly arn: string;
}

export interface ObservedRoute extends RouteRef {
  /** The forward action's target groups with their weights, 0-999, in its order. */
  readonly weights: readonly GroupWeight[];
  /** Target-group stickiness is on. */
  readonly sticky: boolean;
}

export interface GroupWeight {
  readonly groupArn: string;
  readonly weight: number;
}
