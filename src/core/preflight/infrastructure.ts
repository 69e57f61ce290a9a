import type { ConditionCounts } from "../cohorts.ts";
import type { ObservedRoute, ObservedScaling, ServiceTags, TaskSetOrigin } from "../observation.ts";
import type { CohortTags } from "../tags.ts";

/** What stands in AWS before a rollout, as far as it can be wrong for one. */
export interface Infrastructure {
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly controller: string;
  readonly status: string;
  readonly desiredCount: number;
  readonly tags: ServiceTags;
  readonly scaling?: ObservedScaling;
  readonly taskSets: readonly {
    readonly id: string;
    readonly status: string;
    readonly targetGroupArn: string | undefined;
    readonly container: { readonly name: string; readonly port: number } | undefined;
    readonly taskDefinitionArn?: string | undefined;
    /** From its tags; undefined on a set that Sluice did not make. */
    readonly origin?: TaskSetOrigin | undefined;
  }[];
  /** Rollouts whose task set stands beside the one that it is to replace, or is a service's first and not PRIMARY yet; the oldest first. */
  readonly unfinished: readonly string[];
  /** Containers of the running task definition, or of the one given. */
  readonly containers: readonly string[];
  /** Of the task definition given, where one is: only a first deployment depends on it. */
  readonly definition?: ReleasedDefinition;
  /** Production routes and the test route as they are; one that does not exist is missing here. */
  readonly routes: readonly ObservedRoute[];
  readonly loadBalancers: readonly {
    readonly arn: string;
    readonly type: string;
    readonly zones: readonly string[];
  }[];
  readonly groups: readonly {
    readonly arn: string;
    readonly loadBalancerArns: readonly string[];
    readonly targetType: string;
    readonly deregistrationDelayMs: number;
    readonly crossZone: boolean;
  }[];
  /** Every rule and default action of the load balancers, and the groups that it forwards to. */
  readonly users: readonly RouteUser[];
}

/** A task definition that is to be released, as far as its task set depends on it. */
export interface ReleasedDefinition {
  /** ECS's default where it says nothing: bridge, or awsvpc for Fargate. */
  readonly networkMode: string | undefined;
  readonly containers: readonly { readonly name: string; readonly ports: readonly number[] }[];
}

export interface RouteUser {
  readonly arn: string;
  readonly groupArns: readonly string[];
  /** Undefined for a default action, which stands after every rule and has no conditions. */
  readonly rule?: ConditionCounts & { readonly priority: number };
  /** It signs users in by authenticate-oidc, whose client secret no other rule can be given. */
  readonly signsInByOidc?: boolean;
  /** Made by a rollout for a cohort. */
  readonly cohort?: CohortTags;
}

/** Something in AWS that a rollout cannot work with. `onlyRelease`: a rollback can. */
export interface PlanProblem {
  readonly subject: string;
  readonly message: string;
  readonly hint: string;
  readonly onlyRelease: boolean;
}

export function when(
  wrong: boolean,
  onlyRelease: boolean,
  problem: Omit<PlanProblem, "onlyRelease">,
): readonly PlanProblem[] {
  return wrong ? [{ ...problem, onlyRelease }] : [];
}
