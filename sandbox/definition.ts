/** The shape of a sandbox file (YAML): what stands in the account when the sandbox starts. */
export interface Definition {
  readonly region?: string;
  readonly accountId?: string;
  /** Images that can be "pulled", by name; everything else fails with CannotPullContainerError. */
  readonly images: Readonly<Record<string, ImageDefinition>>;
  readonly loadBalancers: readonly LoadBalancerDefinition[];
  readonly targetGroups: readonly TargetGroupDefinition[];
  /** Of CloudWatch Logs. */
  readonly logGroups?: readonly string[];
  readonly cluster: string;
  readonly services: readonly ServiceDefinition[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A local program that stands for a container image. It gets PORT, HOST and the container's environment. */
export interface ImageDefinition {
  readonly command: readonly string[];
  /** Relative to the sandbox file. Default: its folder. */
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** SHA-256 digest by which the image may be named as well. Default: a digest of its name. */
  readonly digest?: string;
}

export interface LoadBalancerDefinition {
  readonly name: string;
  readonly type?: "application" | "network";
  readonly zones?: readonly string[];
  readonly idleTimeoutSeconds?: number;
  readonly listeners: readonly ListenerDefinition[];
}

export interface ListenerDefinition {
  readonly name: string;
  /** Left out: any free port. */
  readonly port?: number;
  readonly default: ActionDefinition;
  readonly rules?: readonly RuleDefinition[];
}

export interface RuleDefinition {
  readonly name: string;
  readonly priority: number;
  readonly when: {
    readonly path?: readonly string[];
    readonly host?: readonly string[];
    readonly header?: { readonly name: string; readonly values: readonly string[] };
  };
  readonly action: ActionDefinition;
}

/** Weights by target group name, or a fixed response. */
export interface ActionDefinition {
  readonly forward?: Readonly<Record<string, number>>;
  readonly stickySeconds?: number;
  readonly respond?: { readonly status: number; readonly body?: string };
}

export interface TargetGroupDefinition {
  readonly name: string;
  readonly port?: number;
  readonly targetType?: "ip" | "instance";
  readonly healthCheck?: {
    readonly path?: string;
    readonly intervalSeconds?: number;
    readonly timeoutSeconds?: number;
    readonly healthyThreshold?: number;
    readonly unhealthyThreshold?: number;
    readonly matcher?: string;
  };
  /** E.g. { "deregistration_delay.timeout_seconds": "5" }. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ServiceDefinition {
  readonly name: string;
  readonly desiredCount: number;
  readonly controller?: "EXTERNAL" | "ECS";
  /** The task definition that stands in the account and the first task set runs. */
  readonly taskDefinition: {
    readonly family: string;
    readonly image: string;
    readonly container: string;
    readonly containerPort: number;
    readonly environment?: Readonly<Record<string, string>>;
    readonly networkMode?: "awsvpc" | "bridge" | "host";
    readonly stopTimeoutSeconds?: number;
    /** What it writes goes into this log group, to streams that begin with the prefix. */
    readonly logs?: { readonly group: string; readonly streamPrefix: string };
  };
  /** Application Auto Scaling may scale the service between these counts. */
  readonly scaling?: { readonly minCapacity: number; readonly maxCapacity: number };
  /** The target group of its first task set, by name. Left out: the service starts empty. */
  readonly targetGroup?: string;
}
