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
  /** The rules that Sluice made for cohorts, of whichever rollout. */
  readonly cohorts: readonly ObservedCohort[];
}

/** A rule before a production route, made by a rollout, that sends a cohort to its new version. */
export interface ObservedCohort {
  readonly ruleArn: string;
  readonly rollout: string;
  /** The production route that it stands before. */
  readonly routeArn: string;
  /** Which of the spec's route steps it serves, from 0. */
  readonly step: number;
  readonly groupArn: string;
}

export interface ObservedService {
  readonly arn: string;
  readonly desiredCount: number;
  readonly tags: ServiceTags;
  /** Undefined where Application Auto Scaling does not scale the service. */
  readonly scaling?: ObservedScaling;
}

export interface ObservedScaling {
  /** DynamicScalingInSuspended of the scalable target. */
  readonly scaleInSuspended: boolean;
}

/** The rollout's own words on the service; see `tags.ts`. */
export interface ServiceTags {
  /** The rollout that began to shift traffic. Written before its first weight. */
  readonly shifted?: string;
  /** The weight that was last read back, and when. */
  readonly step?: { readonly weightPercent: number; readonly atMs: number };
  /** The rollout that was taken back last … */
  readonly aborted?: string;
  /** … and those before it, the latest first. */
  readonly abortedBefore?: readonly string[];
  /** How many route steps of the rollout stand, and since when the last does. */
  readonly cohort?: { readonly steps: number; readonly atMs: number };
  /** The rollout that suspended scaling in; it was not suspended before. */
  readonly scaleIn?: string;
  /** Why no release may begin; set by people. */
  readonly freeze?: string;
  /** Task definitions ("orders:12") that served, the current one first; see `history.ts`. */
  readonly history?: readonly string[];
  /** Workflow runs that were asked to roll back whatever is current, and have, the latest first. */
  readonly rolledBackBy?: readonly string[];
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
  /** The id of the task set that this one is to replace: the stable one. "none" where it is a service's first. */
  readonly replaces: string;
  /** In a rolling rollout the old set shrinks while the new one grows, so the way back begins with capacity. */
  readonly strategy: "canary" | "blue-green" | "rolling";
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
  /** How long it pins a client, where it is on. */
  readonly stickySeconds?: number;
  /** Types of the actions beside the forward, in their order: authentication, for example. Absent: none. */
  readonly otherActions?: readonly string[];
}

export interface GroupWeight {
  readonly groupArn: string;
  readonly weight: number;
}
