import type { ObservedRoute, ServiceTags } from "../observation.ts";

/** What stands in AWS before a rollout, as far as it can be wrong for one. */
export interface Infrastructure {
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly controller: string;
  readonly status: string;
  readonly desiredCount: number;
  readonly tags: ServiceTags;
  readonly taskSets: readonly {
    readonly id: string;
    readonly status: string;
    readonly targetGroupArn: string | undefined;
    readonly container: { readonly name: string; readonly port: number } | undefined;
  }[];
  /** Rollouts whose task set stands beside the one that it is to replace, the oldest first. */
  readonly unfinished: readonly string[];
  /** Containers of the running task definition, or of the one given. */
  readonly containers: readonly string[];
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
  readonly users: readonly { readonly arn: string; readonly groupArns: readonly string[] }[];
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
