import type { RouteRef } from "./observation.ts";
import type { ServiceSpec } from "./spec/schema.ts";

/** What a rollout is to do, with everything that can be discovered resolved. Never changes within a phase. */
export interface Plan {
  /** Names the rollout in tags: the workflow run's id. */
  readonly rollout: string;
  readonly spec: ServiceSpec;
  readonly clusterArn: string;
  readonly serviceArn: string;
  /** In the order of the spec. */
  readonly routes: readonly RouteRef[];
  readonly testRoute: RouteRef;
  readonly groups: readonly [string, string];
  /** With cross-zone load balancing off: the zones that each need a healthy target. Else empty. */
  readonly zones: readonly string[];
  /** The longer of the two groups' deregistration delays. */
  readonly drainMs: number;
  /** The container behind the load balancer, and its port there. */
  readonly container: { readonly name: string; readonly port: number };
  /** The container that gets the new image. */
  readonly imageContainer: string;
  readonly release: Release;
  /** How many of the spec's approve steps people have let pass so far. */
  readonly approvals: number;
  /** A person promotes without the evidence that the gates lack: what they cannot say holds nothing up. */
  readonly withoutEvidence?: boolean;
  /** Whether Application Auto Scaling scales the service. */
  readonly scalable: boolean;
  /** Listeners that may hold cohort rules of this rollout; empty where it has none. */
  readonly cohortListeners: readonly string[];
  /** When this phase began; its own waits count from here. */
  readonly startedAtMs: number;
}

/** What is to be released. A phase after `stage` needs none of it: the task set knows. */
export interface Release {
  readonly source:
    | { readonly kind: "image"; readonly image: string }
    | { readonly kind: "task-definition"; readonly taskDefinition: string }
    /** A task definition as RegisterTaskDefinition takes it, from a file. */
    | {
        readonly kind: "definition";
        readonly definition: Readonly<Record<string, unknown>>;
        readonly image?: string;
      }
    /** Nothing: an earlier run of this rollout has staged it. */
    | { readonly kind: "staged" };
  /** What smoke checks mean by ${version}. Default: the tag of the new task definition's image. */
  readonly version?: string;
  readonly commit?: string;
  readonly runUrl?: string;
  /** It goes back to what served before: no freeze holds it. */
  readonly isRollback?: boolean;
}

/**
 * The plan as a journal may have it: whoever reads the artifacts of a run reads that, and a task definition from a file
 * may have secrets in its environment. Of one, only the family is told.
 */
export function recordedPlan(plan: Plan): Plan {
  const { release } = plan;
  const { source } = release;
  if (source.kind !== "definition") return plan;
  const definition = { family: source.definition.family };
  return { ...plan, release: { ...release, source: { ...source, definition } } };
}

/** The group that `groupArn` is not. */
export function otherGroup(plan: Plan, groupArn: string | undefined): string {
  const [first, second] = plan.groups;
  return groupArn === first ? second : first;
}

/** "2" of "registry/orders:2", the digest of "registry/orders@sha256:…", "latest" where there is neither. */
export function imageTag(image: string): string {
  const [name = "", digest] = image.split("@");
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  return tag ?? digest ?? "latest";
}
