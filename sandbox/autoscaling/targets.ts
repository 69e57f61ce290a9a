import type { RegisterScalableTargetRequest, ScalableTarget } from "@aws-sdk/client-application-auto-scaling";
import { type Account, stableId } from "../arns.ts";
import { AwsError } from "../wire/service.ts";

/** What a scalable target is told apart by. */
export interface TargetKey {
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
}

/** `service/CLUSTER/NAME`. */
export interface ScaledService {
  readonly cluster: string;
  readonly name: string;
}

const NOTHING_SUSPENDED = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
};

/** The account's scalable targets, in the order of their registration. */
export class Targets {
  readonly #targets = new Map<string, ScalableTarget & { readonly MinCapacity: number }>();
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  all(): readonly ScalableTarget[] {
    return [...this.#targets.values()];
  }

  find(key: TargetKey): ScalableTarget | undefined {
    return this.#targets.get(textOf(key));
  }

  /**
   * Creates the target, or changes of it what the request has. A SuspendedState that leaves out a flag clears it:
   * AWS says that parameters left out stay, and nothing of members of parameters. @throws ValidationException
   */
  register(request: RegisterScalableTargetRequest, nowMs: number): ScalableTarget {
    const present = this.find(keyOf(request));
    const MinCapacity = request.MinCapacity ?? present?.MinCapacity;
    const MaxCapacity = request.MaxCapacity ?? present?.MaxCapacity;
    if (MinCapacity === undefined || MaxCapacity === undefined)
      throw invalid("Minimum and maximum capacity are required when a scalable target is registered");
    if (MaxCapacity < MinCapacity) throw invalid("Maximum capacity cannot be less than minimum capacity");
    const target = {
      ...keyOf(request),
      ServiceNamespace: request.ServiceNamespace,
      ScalableDimension: request.ScalableDimension,
      MinCapacity,
      MaxCapacity,
      RoleARN: present?.RoleARN ?? roleArn(this.#account),
      CreationTime: present?.CreationTime ?? new Date(nowMs),
      SuspendedState: request.SuspendedState
        ? { ...NOTHING_SUSPENDED, ...request.SuspendedState }
        : (present?.SuspendedState ?? NOTHING_SUSPENDED),
      ScalableTargetARN: scalableTargetArn(this.#account, keyOf(request)),
    };
    this.#targets.set(textOf(target), target);
    return target;
  }

  /** @throws ObjectNotFoundException */
  deregister(key: TargetKey): void {
    if (this.#targets.delete(textOf(key))) return;
    const { ServiceNamespace, ResourceId, ScalableDimension } = key;
    throw new AwsError(
      "ObjectNotFoundException",
      `No scalable target found for service namespace: ${ServiceNamespace}, resource ID: ${ResourceId}, scalable dimension: ${ScalableDimension}`,
    );
  }
}

/** The service that a request is about. @throws ValidationException where it is about anything else */
export function scaledService({ ServiceNamespace, ResourceId, ScalableDimension }: TargetKey): ScaledService {
  const [, cluster, name] = /^service\/([^/]+)\/([^/]+)$/.exec(ResourceId) ?? [];
  if (ServiceNamespace !== "ecs" || ScalableDimension !== "ecs:service:DesiredCount" || !cluster || !name)
    throw invalid("Unsupported service namespace, resource type or scalable dimension");
  return { cluster, name };
}

/** Its id is 34 hexadecimal digits, the same for the same target. */
export function scalableTargetArn(account: Account, key: TargetKey): string {
  return `arn:aws:application-autoscaling:${account.region}:${account.accountId}:scalable-target/${stableId(34, textOf(key))}`;
}

export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

function roleArn({ accountId }: Account): string {
  const service = "ecs.application-autoscaling.amazonaws.com";
  return `arn:aws:iam::${accountId}:role/aws-service-role/${service}/AWSServiceRoleForApplicationAutoScaling_ECSService`;
}

function keyOf({ ServiceNamespace, ResourceId, ScalableDimension }: RegisterScalableTargetRequest) {
  return {
    ServiceNamespace: ServiceNamespace ?? "",
    ResourceId: ResourceId ?? "",
    ScalableDimension: ScalableDimension ?? "",
  };
}

function textOf(key: { readonly [K in keyof TargetKey]?: string | undefined }): string {
  return `${key.ServiceNamespace}|${key.ResourceId}|${key.ScalableDimension}`;
}
